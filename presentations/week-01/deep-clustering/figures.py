"""Draw the figures of the talk on deep clustering.

Run `python figures.py`: it writes figures/*.png next to this file, with the same bytes each time.
Only numpy and matplotlib (with its Pillow) are needed; nothing is downloaded and nothing is recorded speech.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image  # matplotlib brings it

mpl.use("Agg")

Array = NDArray[Any]

FIGURES = Path(__file__).resolve().parent / "figures"
DPI = 100
TEAL, DARK, MID = "#00796b", "#37474f", "#90a4ae"

RATE = 8000  # Hz
WINDOW, HOP = 256, 64  # samples: 32 ms and 8 ms
SECONDS = 2.0
SILENCE_DB = 40.0  # a bin this far below the loudest belongs to nobody

# Centres (Hz) of three resonances of five vowels, of textbook size: they give the syllables a shape.
VOWELS = np.array(
    [[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480], [570, 840, 2410]]
)
FORMANT_WIDTHS = np.array([90.0, 130.0, 200.0])  # Hz
FORMANT_GAINS = np.array([1.0, 0.6, 0.3])


def roomy() -> ConstrainedLayoutEngine:
    """A layout that keeps a margin (in inches) around and between the panels."""
    return ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15)


# ---------------------------------------------------------------- two synthetic voices


def syllables(rng: np.random.Generator, rate_hz: float, tract: float) -> tuple[Array, Array]:
    """Loudness (samples,) and formant centres (samples, 3) in Hz of a run of random vowels."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    beats = np.arange(-0.5, SECONDS + 1, 1 / rate_hz) + rng.uniform(
        -0.03, 0.03, int(np.ceil((SECONDS + 1.5) * rate_hz))
    )
    strength = rng.uniform(0.35, 1.0, len(beats)) * (rng.random(len(beats)) > 0.18)
    width = 0.32 / rate_hz
    loudness = np.sum(strength * np.exp(-0.5 * ((time[:, None] - beats) / width) ** 4), axis=1)
    vowels = VOWELS[rng.integers(len(VOWELS), size=len(beats))] * tract
    formants = np.stack([np.interp(time, beats, vowels[:, k]) for k in range(3)], axis=1)
    return loudness, formants


def voice(seed: int, pitch_hz: float, rate_hz: float, tract: float) -> Array:
    """A voice-like signal (samples,) of unit variance: harmonics with vibrato under moving formants."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(RATE * SECONDS)) / RATE
    loudness, formants = syllables(rng, rate_hz, tract)
    drift = 1 + 0.10 * np.sin(2 * np.pi * 0.6 * time + rng.uniform(0, 6)) - 0.06 * time
    pitch = pitch_hz * drift * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    signal = np.zeros_like(time)
    for harmonic in range(1, int(RATE / 2 / pitch.min()) + 1):
        frequency = harmonic * pitch
        peaks = FORMANT_GAINS / (1 + ((frequency[:, None] - formants) / FORMANT_WIDTHS) ** 2)
        audible = frequency < 0.97 * RATE / 2  # a harmonic above half the sample rate would fold back
        signal += audible * (peaks.sum(axis=1) + 0.01) * np.sin(harmonic * phase)
    breath = 0.004 * rng.standard_normal(len(time))
    signal = loudness * (signal + breath * np.abs(signal).max())
    scaled: Array = signal / signal.std()
    return scaled


def stft(signal: Array) -> Array:
    """Complex spectrogram (frequencies, frames) with a square-root Hann window of 32 ms every 8 ms."""
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(signal, WINDOW // 2), WINDOW)[::HOP]
    return np.fft.rfft(frames * window, axis=1).T


def ideal_binary_mask(first: Array, second: Array) -> Array:
    """1 where the first voice is louder, 2 where the second is, 0 where the mixture is silent."""
    mixture = np.abs(first + second)
    owner = np.where(np.abs(first) >= np.abs(second), 1, 2)
    return np.where(mixture < mixture.max() * 10 ** (-SILENCE_DB / 20), 0, owner)


def draw_two_voices() -> Figure:
    """Two voices, their mixture, and which of the two is louder in each bin of it."""
    first = stft(voice(seed=3, pitch_hz=112, rate_hz=3.6, tract=0.95))
    second = stft(voice(seed=8, pitch_hz=205, rate_hz=4.4, tract=1.12))
    top = np.abs(first + second).max()
    figure, axes = plt.subplots(2, 2, figsize=(16, 7.4), sharex=True, sharey=True, layout=roomy())
    titles = ("Voice A", "Voice B", "Mixture")
    image = None
    for axis, title, spectrum in zip(axes.flat, titles, (first, second, first + second), strict=False):
        decibels = 20 * np.log10(np.abs(spectrum) / top + 1e-9)
        image = show(axis, decibels, cmap=mpl.colormaps["gray_r"].resampled(24), vmin=-60, vmax=0)
        axis.set_title(title)
    mask_axis = axes[1, 1]
    show(
        mask_axis, ideal_binary_mask(first, second), cmap=ListedColormap(["white", TEAL, MID]), vmin=0, vmax=2
    )
    mask_axis.set_title("Ideal binary mask", loc="left")
    handles = [Patch(facecolor=TEAL, label="A"), Patch(facecolor=MID, label="B")]
    legend = {
        "handlelength": 0.7,
        "handletextpad": 0.4,
        "columnspacing": 0.8,
        "frameon": False,
        "borderpad": 0,
    }
    mask_axis.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1.02), ncols=2, **legend)
    for axis in axes[:, 0]:
        axis.set_ylabel("Freq. (kHz)")
    for axis in axes[1]:
        axis.set(xlabel="Time (s)", xticks=(0.5, 1.0, 1.5))
    assert image is not None
    figure.colorbar(image, ax=axes, label="Level (dB)", pad=0.01)
    return figure


def show(axis: Any, picture: Array, **style: Any) -> Any:
    """Draw a (frequencies, frames) picture with seconds and kilohertz on its axes."""
    extent = (0, SECONDS, 0, RATE / 2000)
    return axis.imshow(
        picture, origin="lower", aspect="auto", extent=extent, interpolation="nearest", **style
    )


# ---------------------------------------------------------------- affinities


def unit(vectors: Array) -> Array:
    """Rows (N, D) divided by their length."""
    scaled: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def toy_features(rng: np.random.Generator, owner: Array) -> Array:
    """Noisy features (N, 13): eight tell the sources apart a little, four say nothing, one is a constant."""
    directions = np.hstack([rng.standard_normal((3, 8)), np.zeros((3, 4))])
    noisy = directions[owner] + 1.0 * rng.standard_normal((len(owner), 12))
    return np.hstack([noisy, np.ones((len(owner), 1))])


def trained_embeddings(features: Array, assignment: Array, start: Array, steps: int = 400) -> Array:
    """Embeddings (N, D): a linear layer and unit norm, trained on |VV' - YY'|^2 / N^2 by gradient descent."""
    weights, count = start.copy(), len(features)
    for _ in range(steps):
        raw = features @ weights
        v = unit(raw)
        slope = 4 * (v @ (v.T @ v) - assignment @ (assignment.T @ v)) / count**2
        tangent = (slope - v * np.sum(v * slope, axis=1, keepdims=True)) / np.linalg.norm(
            raw, axis=1, keepdims=True
        )
        weights -= 2.0 * features.T @ tangent
    return unit(features @ weights)


def draw_affinity() -> Figure:
    """Who belongs with whom: the truth, before training, after training."""
    rng = np.random.default_rng(2020)
    owner = np.repeat([0, 1, 2], [45, 30, 15])
    assignment = np.eye(3)[owner]
    features = toy_features(rng, owner)
    start = 0.3 * rng.standard_normal((features.shape[1], 6))
    before = unit(rng.standard_normal((len(owner), 6)))
    after = trained_embeddings(features, assignment, start)
    colours = LinearSegmentedColormap.from_list("affinity", [DARK, "white", TEAL], N=65)
    panels = (
        ("Ideal  $YY^\\top$", assignment),
        ("Random  $VV^\\top$", before),
        ("Trained  $VV^\\top$", after),
    )
    figure, axes = plt.subplots(1, 3, figsize=(16, 6), sharey=True, layout=roomy())
    image = None
    for axis, (title, vectors) in zip(axes, panels, strict=True):
        extent = (0, len(owner), len(owner), 0)
        image = axis.imshow(
            vectors @ vectors.T, cmap=colours, vmin=-1, vmax=1, extent=extent, interpolation="nearest"
        )
        axis.set(title=title, xlabel="Bin, by source", xticks=[0, 45, 75, 90], yticks=[0, 45, 75, 90])
    axes[0].set_ylabel("Bin, by source")
    assert image is not None
    figure.colorbar(image, ax=axes, label="Affinity (cosine)", ticks=[-1, 0, 1], shrink=0.86, pad=0.01)
    return figure


# ---------------------------------------------------------------- what the papers report

REPORTED = (
    ("Mask inference (MI)", 10.0),
    ("Deep clustering (DC)", 10.2),
    ("Whitened k-means (WKM)", 10.4),
    ("MI + WKM (chimera++)", 11.2),
    ("… with iterative phase\nreconstruction", 11.5),
)
SOURCES = (
    "Wang, Le Roux, Hershey (ICASSP 2018, MERL TR2018-005). First four bars: as quoted in AutoClip\n"
    "(Seetharaman, Wichern, Pardo, Le Roux 2020). Last bar: the paper’s abstract, which says “SDR”;\n"
    "Conv-TasNet, Table IV, lists Chimera++ at SI-SNRi 11.5."
)


def draw_reported() -> Figure:
    """The published scores of each objective on wsj0-2mix."""
    figure, axis = plt.subplots(figsize=(16, 8), layout=roomy())
    names, values = [name for name, _ in REPORTED], [value for _, value in REPORTED]
    bars = axis.barh(names, values, color=[MID, MID, MID, TEAL, TEAL], height=0.66)
    axis.bar_label(
        bars, labels=[f"{value:.1f}" for value in values], padding=10, color=DARK, fontweight="bold"
    )
    axis.invert_yaxis()
    axis.set(
        xlim=(0, 12.8),
        xticks=range(0, 13, 2),
        xlabel="SI-SDR (dB), as reported",
        title="Separation of two voices on wsj0-2mix",
    )
    axis.tick_params(axis="y", length=0)
    axis.spines[["top", "right", "left"]].set_visible(False)
    figure.supxlabel(SOURCES, fontsize=20, color=DARK, ha="left", x=0.02)
    return figure


STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 27,
    "axes.titlesize": 29,
    "text.color": DARK,
    "xtick.color": DARK,
    "ytick.color": DARK,
    "axes.edgecolor": DARK,
    "axes.labelcolor": DARK,
    "axes.titlecolor": DARK,
}


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG (a palette) whose bytes stay the same (no name of the software)."""
    buffer = BytesIO()
    figure.savefig(buffer, dpi=DPI, facecolor="white", metadata={"Software": None})
    plt.close(figure)
    with Image.open(buffer) as picture:
        few_colours = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few_colours.save(path, optimize=True)


def main() -> None:
    """Write every figure as a PNG of 1600 pixels in width."""
    FIGURES.mkdir(exist_ok=True)
    plt.rcParams.update(STYLE)
    drawings = {"two-voices": draw_two_voices, "affinity": draw_affinity, "reported": draw_reported}
    for name, draw in drawings.items():
        save(draw(), FIGURES / f"{name}.png")


if __name__ == "__main__":
    main()
