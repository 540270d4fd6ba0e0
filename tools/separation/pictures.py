"""What a run looks like: spectrograms, masks, embeddings, the curve. Each picture comes with caption and alt text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

DARK, TEAL, ORANGE, MID = "#37474f", "#00796b", "#d1662b", "#90a4ae"
VOICES = (TEAL, ORANGE, "#5c6bc0")
_FLOOR = 60.0  # dB shown below the loudest bin
_LEVELS = 61  # colours of a spectrogram, a dB each: with those of the text they fit into a palette
_STYLE = {
    "font.size": 9,
    "text.color": DARK,
    "axes.edgecolor": MID,
    "axes.labelcolor": DARK,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.color": DARK,
    "ytick.color": DARK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "savefig.dpi": 100,
    "figure.facecolor": "white",
}


@dataclass(frozen=True)
class Picture:
    """A figure of a run folder: its path in the folder, and what run.json says of it."""

    file: str
    caption: str
    alt: str


def draw_spectrograms(
    file: Path, magnitudes: Sequence[tuple[str, Array]], seconds: float, sample_rate: int
) -> None:
    """One panel for each title and magnitudes (frame, frequency), all on the level of the first."""
    top = float(20 * np.log10(magnitudes[0][1].max() + 1e-12))
    figure = _figure(7.2, 1.35 * len(magnitudes) + 0.4)
    panels = figure.subplots(len(magnitudes), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (title, magnitude) in zip(panels, magnitudes, strict=True):
        level = 20 * np.log10(magnitude + 1e-12) - top
        image = _show(
            panel,
            level.clip(-_FLOOR, 0),
            seconds,
            sample_rate,
            cmap=mpl.colormaps["magma"].resampled(_LEVELS),
            vmin=-_FLOOR,
            vmax=0,
        )
        panel.set_title(title)
    panels[-1].set_xlabel("time (s)")
    figure.colorbar(image, ax=list(panels), label="level (dB)", shrink=0.6, pad=0.01)
    _save(figure, file)


def draw_masks(
    file: Path, masks: Sequence[tuple[str, Array]], loudness: Array, seconds: float, sample_rate: int
) -> None:
    """One panel for each title and first voice's mask (frame, frequency): teal is the first voice, orange the other.

    Bins fade to white with the mixture's `loudness`, from 0 to 1, so that silence has no colour.
    """
    figure = _figure(7.2, 1.6 * len(masks) + 0.4)
    panels = figure.subplots(len(masks), 1, sharex=True, squeeze=False)[:, 0]
    colours = mpl.colors.LinearSegmentedColormap.from_list("voices", [ORANGE, "#eeeeee", TEAL])
    for panel, (title, mask) in zip(panels, masks, strict=True):
        rgb = colours(mask)[..., :3] * loudness[..., None] + (1 - loudness[..., None])
        _show(panel, rgb, seconds, sample_rate)
        panel.set_title(title)
    panels[-1].set_xlabel("time (s)")
    _save(figure, file)


def draw_embeddings(file: Path, points: Array, voice: npt.NDArray[np.int64], share: float) -> None:
    """Embeddings (bin, dimension) on their two widest axes, coloured by the voice that is louder in the bin."""
    centred = points - points.mean(axis=0)
    flat = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    figure = _figure(4.6, 4.0)
    panel = figure.subplots()
    for number in range(int(voice.max()) + 1):
        mine = flat[voice == number]
        name = f"voice {number + 1} louder"
        panel.scatter(mine[:, 0], mine[:, 1], s=3, alpha=0.35, color=VOICES[number], linewidths=0, label=name)
    panel.set_xlabel("first principal axis")
    panel.set_ylabel("second")
    panel.set_title(f"two axes hold {share:.0%} of the spread")
    panel.legend(markerscale=4, frameon=False)
    _save(figure, file)


def draw_curve(file: Path, history: Sequence[dict[str, float]]) -> None:
    """Losses and validation SI-SDR improvement over the steps."""
    figure = _figure(7.2, 2.6)
    left, right = figure.subplots(1, 2)
    steps = [row["step"] for row in history]
    for key, colour in (("train_loss", MID), ("valid_loss", TEAL)):
        left.plot(steps, [row[key] for row in history], color=colour, label=key.partition("_")[0])
    left.set_title("loss")
    left.legend(frameon=False)
    right.plot(steps, [row["valid_si_sdri"] for row in history], color=TEAL)
    right.axhline(0, color=MID, linewidth=0.8)
    right.set_title("validation SI-SDR improvement (dB)")
    for panel in (left, right):
        panel.set_xlabel("step")
    _save(figure, file)


def spread_on_two_axes(points: Array) -> float:
    """The share of the variance of points (bin, dimension) that their two widest axes hold."""
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    return float(values[:2].sum() / values.sum())


def _figure(width: float, height: float) -> Figure:
    mpl.rcParams.update(_STYLE)  # type: ignore[arg-type]  # its stubs list every key
    return Figure(figsize=(width, height), layout="constrained")


def _show(panel: Axes, image: Array, seconds: float, sample_rate: int, **options: Any) -> mpl.image.AxesImage:
    panel.set_ylabel("kHz")
    panel.set_yticks(np.arange(0, sample_rate / 2000 + 0.5, 1 if sample_rate <= 8000 else 2))
    turned = image.swapaxes(0, 1)
    extent = (0, seconds, 0, sample_rate / 2000)
    return panel.imshow(
        turned, origin="lower", aspect="auto", extent=extent, interpolation="nearest", **options
    )


def _save(figure: Figure, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # without the version of matplotlib in the file, the same figure is the same bytes
    figure.savefig(file, metadata={"Software": None})
    _shrink(file)


def _shrink(file: Path) -> None:
    """A palette of 256 colours takes a third of the bytes."""
    from PIL import Image  # matplotlib brings it

    with Image.open(file) as image:
        image.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE).save(file, optimize=True)
