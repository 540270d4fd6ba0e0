"""Draw the figures of the talk on deep clustering.

Run `python figures.py`: it writes figures/*.png next to this file, with the same bytes each time. It needs the course's
own package (`make separation`), since that draws from the equations that train: the sounds are a test mixture of
runs/chimera, which is synthetic speech, and the trained network is the one that comes with the package. Nothing is
downloaded, synthesised or trained here.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image  # matplotlib brings it
from torch import Tensor

from separation.audio import read_audio
from separation.checkpoint import SHIPPED, load, rebuild
from separation.losses import deep_clustering
from separation.masks import ideal_binary_mask
from separation.models import Network
from separation.pictures import DARK, MID, ORANGE, TEAL
from separation.signal import SignalConfig, active_bins, stft

mpl.use("Agg")

Array = NDArray[Any]

FIGURES = Path(__file__).resolve().parent / "figures"
DPI = 100

# found from the package, so that a copy of this script draws the same
TALK = SHIPPED.resolve().parents[3] / "presentations" / "week-01" / "deep-clustering"
ITEM = TALK / "runs" / "chimera" / "audio" / "test-different-sex-000"
START, SECONDS = 0.0, 2.0  # the part of it that is shown as spectrograms, in seconds


def roomy() -> ConstrainedLayoutEngine:
    """A layout that keeps a margin (in inches) around and between the panels."""
    return ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15)


# ---------------------------------------------------------------- two voices, and who owns which bin


def spectra(config: SignalConfig) -> tuple[Tensor, Tensor]:
    """Spectra of the mixture (1, frame, frequency) and of its voices (1, frame, frequency, voice).

    In double precision, here and below: what a processor does to the last digit then shows in no picture.
    """
    parts = ("mixture", "reference-1", "reference-2")
    sounds = [read_audio(ITEM.with_name(f"{ITEM.name}-{part}.flac"))[0][:, 0] for part in parts]
    mixture, first, second = (torch.from_numpy(sound)[None] for sound in sounds)
    return stft(mixture, config), stft(torch.stack([first, second], dim=-1), config)


def owners(mixture: Tensor, voices: Tensor) -> Array:
    """Who is louder in each bin (frame, frequency): 1 for voice A, 2 for B, 0 where the mixture is silent."""
    louder = 1 + ideal_binary_mask(voices).argmax(dim=-1)
    found: Array = torch.where(active_bins(mixture.abs()), louder, 0)[0].numpy()
    return found


def draw_two_voices() -> Figure:
    """Two voices, their mixture, and which of the two is louder in each bin of it."""
    config = SignalConfig()
    mixture, voices = spectra(config)
    owner = owners(mixture, voices)
    frames = slice(*(int(second * config.sample_rate / config.hop) for second in (START, START + SECONDS)))
    top = mixture.abs().max()
    figure, axes = plt.subplots(2, 2, figsize=(16, 7.4), sharex=True, sharey=True, layout=roomy())
    panels = (("Voice A", voices[0, ..., 0]), ("Voice B", voices[0, ..., 1]), ("Mixture", mixture[0]))
    image = None
    for axis, (title, spectrum) in zip(axes.flat, panels, strict=False):
        decibels = (20 * torch.log10(spectrum.abs() / top + 1e-9)).numpy()[frames]
        image = show(axis, decibels.T, cmap=mpl.colormaps["gray_r"].resampled(24), vmin=-60, vmax=0)
        axis.set_title(title)
    mask_axis = axes[1, 1]
    show(mask_axis, owner[frames].T, cmap=ListedColormap(["white", TEAL, ORANGE]), vmin=0, vmax=2)
    mask_axis.set_title("Ideal binary mask", loc="left")
    handles = [Patch(facecolor=TEAL, label="A"), Patch(facecolor=ORANGE, label="B")]
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
    return axis.imshow(
        picture, origin="lower", aspect="auto", extent=(0, SECONDS, 0, 4), interpolation="nearest", **style
    )


# ---------------------------------------------------------------- embeddings before and after training


def embeddings(network: Network, mixture: Tensor, counted: Array) -> Array:
    """What a network makes of the counted bins (frame, frequency) of a mixture's spectrum: (bin, dimension)."""
    with torch.no_grad():
        vectors = network.double().eval()(mixture.abs()).embeddings
    assert vectors is not None
    found: Array = vectors[0].numpy()[counted]
    return found


def on_two_axes(points: Array) -> tuple[Array, float]:
    """Points (N, D) on the two axes that hold most of their variance, and the share of it that they hold."""
    centred = points - points.mean(axis=0)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ axes[:2].T
    share = float((spread[:2] ** 2).sum() / (spread**2).sum())
    return flat * np.sign((flat**3).sum(axis=0)), share  # an axis may come out either way round


def draw_embeddings() -> Figure:
    """The bins of one mixture as a network places them, untrained and trained."""
    config, trained = rebuild(load(SHIPPED), SHIPPED)
    torch.manual_seed(1)
    fresh = Network(config.network)
    fresh.feature_mean.copy_(trained.feature_mean)  # both hear the same features
    fresh.feature_scale.copy_(trained.feature_scale)
    mixture, voices = spectra(config.signal)
    owner = owners(mixture, voices)
    counted = owner > 0
    colours = np.array([TEAL, ORANGE])[owner[counted] - 1]
    order = np.random.default_rng(0).permutation(len(colours))  # so that neither voice covers the other
    figure, axes = plt.subplots(1, 2, figsize=(16, 8), layout=roomy())
    panels = (("Before training", fresh), ("After training", trained))
    for axis, (title, network) in zip(axes, panels, strict=True):
        flat, share = on_two_axes(embeddings(network, mixture, counted))
        axis.scatter(*flat[order].T, c=colours[order], s=14, alpha=0.45, linewidths=0)
        axis.set(title=title, xlabel=f"Two axes: {100 * share:.0f} % of the spread")
        axis.locator_params(nbins=5)
        axis.spines[["top", "right"]].set_visible(False)
    dots: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 14}
    handles = [
        Line2D([], [], color=TEAL, label="Voice A louder", **dots),
        Line2D([], [], color=ORANGE, label="Voice B louder", **dots),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, handletextpad=0.1)
    return figure


# ---------------------------------------------------------------- the loss of a toy


def draw_minima() -> Figure:
    """Two voices, ten bins each, all of a voice at one angle: the loss over both angles, for two kinds of target."""
    degrees = np.linspace(0, 90, 91)
    grid = np.stack(np.meshgrid(degrees, degrees), axis=-1).reshape(-1, 2)  # (point, voice)
    owner = torch.arange(2).repeat_interleave(10)
    angles = torch.from_numpy(np.deg2rad(grid))[:, owner]
    vectors = torch.stack([angles.cos(), angles.sin()], dim=-1).unsqueeze(1)  # (point, 1, bin, dimension)
    assignment = torch.eye(2, dtype=torch.float64)[owner].expand(len(grid), 1, -1, -1)
    panels = (
        ("Names: $|V - Y|^2$", (vectors - assignment).square().sum(dim=(1, 2, 3))),
        ("Pairs: $|VV^\\top - YY^\\top|^2$", deep_clustering(vectors, assignment)),
    )
    figure, axes = plt.subplots(1, 2, figsize=(16, 7.8), sharey=True, layout=roomy())
    colours = LinearSegmentedColormap.from_list("loss", [TEAL, "white"])
    filled = None
    for axis, (title, loss) in zip(axes, panels, strict=True):
        height = (loss / loss.max()).numpy().reshape(91, 91)
        levels = np.linspace(0, 1, 11)
        filled = axis.contourf(degrees, degrees, height.clip(0, 1), levels=levels, cmap=colours)
        axis.contour(degrees, degrees, height, levels=levels[1:-1], colors=[DARK], linewidths=0.8)
        lowest = grid[np.isclose(height.ravel(), 0, atol=1e-9)]
        axis.plot(*lowest.T, "*", color=ORANGE, markersize=46, markeredgecolor="white")
        axis.set(title=title, xlabel="Angle of A’s bins", aspect="equal")
        axis.set(xticks=(0, 45, 90), yticks=(0, 45, 90), xlim=(-7, 97), ylim=(-7, 97))
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
        axis.xaxis.set_major_formatter("{x:.0f}°")
        axis.yaxis.set_major_formatter("{x:.0f}°")
    axes[0].set_ylabel("Angle of B’s bins")
    assert filled is not None
    figure.colorbar(filled, ax=axes, label="Loss / its maximum", ticks=(0, 0.5, 1), pad=0.02)
    return figure


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
    drawings = {
        "two-voices": draw_two_voices,
        "embeddings": draw_embeddings,
        "minima": draw_minima,
        "affinity": draw_affinity,
        "reported": draw_reported,
    }
    for name, draw in drawings.items():
        save(draw(), FIGURES / f"{name}.png")


if __name__ == "__main__":
    main()
