"""Draw the figures of the talk on finding bugs.

Run `python figures.py`: it runs five-bugs.py from top to bottom, takes its curves, and writes figures/*.png next to this
file, with the same bytes each time. It needs what the notebook needs, and about a minute on one core.
"""

from __future__ import annotations

import contextlib
import io
import runpy
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image  # matplotlib brings it

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "figures"
DPI = 100
TEAL, DARK, MID, ORANGE, PURPLE = "#00796b", "#37474f", "#90a4ae", "#c75b12", "#7b4fa3"

# AutoClip, Table 1: SI-SDR in dB on wsj0-2mix, by the percentile at which gradients are clipped.
PERCENTILES = ("none", "50", "25", "10")
TABLE = {
    "MI+WKM": (10.9, 11.2, 11.3, 11.3),
    "WKM": (10.8, 11.0, 11.0, 11.0),
    "DC": (10.2, 10.7, 10.7, 10.8),
    "SNR": (8.3, 9.9, 10.3, 10.4),
    "MI": (8.5, 9.2, 9.9, 10.2),
}


def roomy() -> ConstrainedLayoutEngine:
    """A layout that keeps a margin (in inches) around and between the panels."""
    return ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15)


def notebook() -> dict[str, Any]:
    """What the notebook's cells have defined after a run."""
    with contextlib.chdir(HERE), contextlib.redirect_stdout(io.StringIO()):
        return runpy.run_path("five-bugs.py")


# ---------------------------------------------------------------- curves


def draw_curves(cells: dict[str, Any]) -> Figure:
    """The loss that training sees, and the improvement that we want, of a healthy and three sick trainings."""
    runs = (
        ("healthy", cells["healthy"], TEAL, "-"),
        ("half detached", cells["detached"], DARK, "--"),
        ("2 ms off", cells["shifted"], ORANGE, "-"),
        ("order per bin", cells["per_bin"], PURPLE, "-."),
    )
    figure, axes = plt.subplots(1, 2, figsize=(16, 7.4), layout=roomy())
    for name, run, colour, style in runs:
        axes[0].plot(run.losses, style, color=colour, linewidth=3.5, label=name)
        axes[1].plot(run.steps, run.gains, style, color=colour, linewidth=3.5)
    axes[1].axhline(cells["ceiling"], color=MID, linewidth=2.5)
    axes[1].text(196, cells["ceiling"] + 0.2, "ideal mask", ha="right", va="bottom", fontsize=24)
    axes[0].axhline(cells["chance_masks"], color=MID, linewidth=2.5)
    axes[0].text(198, cells["chance_masks"] + 0.003, "chance", ha="right", va="bottom", fontsize=24)
    axes[0].set(title="What training sees: loss", xlabel="Step", ylim=(0, 0.24), yticks=(0, 0.1, 0.2))
    axes[1].set(title="What we want: SI-SDRi (dB)", xlabel="Step", ylim=(-4.5, 16.8), yticks=(0, 5, 10, 15))
    axes[0].legend(frameon=False, fontsize=25, loc="upper right", bbox_to_anchor=(1, 0.86))
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_xticks((0, 100, 200))
    return figure


# ---------------------------------------------------------------- masks


def draw_masks(cells: dict[str, Any]) -> Figure:
    """The ideal mask of one voice, a healthy network's, and one that was trained with an order for every bin."""
    batch, low = cells["batch"], cells["low"]
    pictures = (
        ("Ideal", cells["ideal_mask"](batch.S, batch.X)[0, ..., 0]),
        ("Healthy network", cells["healthy"].masks[0, ..., low]),
        ("Order per bin", cells["per_bin"].masks[0, ..., 0]),
    )
    figure, axes = plt.subplots(1, 3, figsize=(16, 6), sharey=True, layout=roomy())
    image = None
    extent = (0, cells["LENGTH"] / cells["RATE"], 0, 4)
    for axis, (title, mask) in zip(axes, pictures, strict=True):
        options = {"vmin": 0, "vmax": 1, "cmap": mpl.colormaps["BrBG"].resampled(32)}
        image = axis.imshow(
            mask.T.numpy(), origin="lower", aspect="auto", extent=extent, interpolation="nearest", **options
        )
        axis.set(title=title, xlabel="Time (s)", xticks=(0, 0.5, 1.0))
    axes[0].set_ylabel("Freq. (kHz)")
    assert image is not None
    figure.colorbar(image, ax=axes, label="Mask", ticks=[0, 0.5, 1], pad=0.01)
    return figure


# ---------------------------------------------------------------- gradient norms


def draw_norms(cells: dict[str, Any]) -> Figure:
    """Healthy norms with their 10th percentile; norms of two faults, one of which clipping hides."""
    clipped = cells["clipped"]
    healthy = clipped["as it should be", 10]
    figure, axes = plt.subplots(1, 3, figsize=(16, 7), layout=roomy())
    limit = healthy.limits[-1]
    axes[0].hist(healthy.norms, bins=np.arange(0, 0.0925, 0.0025), color=MID)
    axes[0].axvline(limit, color=TEAL, linewidth=4)
    axes[0].text(0.034, 29, "limit:\n10th percentile", color=TEAL, va="top", fontsize=24)
    axes[0].set(title="Healthy", xlabel="Gradient norm", ylabel="Steps", yticks=(10, 20, 30))
    axes[0].set_xticks((0, 0.04, 0.08), ("0", "0.04", "0.08"))
    forgotten = [clipped["zero_grad forgotten", p].norms for p in (100, 10)]
    axes[1].plot(forgotten[0], color=ORANGE, linewidth=3.5)
    axes[1].plot(forgotten[1], color=DARK, linewidth=2.5)
    axes[1].text(235, 0.155, "no clipping", color=ORANGE, ha="right", va="top", fontsize=24)
    axes[1].text(235, 0.068, "p = 10", color=DARK, ha="right", fontsize=24)
    axes[1].set(title="zero_grad forgotten", xlabel="Step", ylim=(0, 0.24), yticks=(0, 0.1, 0.2))
    broken = clipped["one broken file", 10]
    axes[2].semilogy(broken.norms, ".", color=PURPLE, markersize=9)
    axes[2].semilogy(broken.limits, color=TEAL, linewidth=4)
    axes[2].text(235, 12, "the broken file", color=PURPLE, ha="right", fontsize=24)
    axes[2].set(title="One broken file", xlabel="Step", yticks=(1e-2, 1, 1e2), ylim=(2e-3, 3e3))
    axes[2].minorticks_off()
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure


# ---------------------------------------------------------------- AutoClip, Table 1


def draw_autoclip(cells: dict[str, Any]) -> Figure:
    """Slopes of each objective from no clipping to the 10th percentile."""
    figure, axis = plt.subplots(figsize=(16, 8.4), layout=roomy())
    places = np.arange(len(PERCENTILES))
    strong = {"MI": TEAL, "SNR": ORANGE}
    left_shift = {"MI": 0.1, "SNR": -0.16, "WKM": -0.1, "MI+WKM": 0.12}
    right_shift = {"MI": -0.12, "SNR": 0.1, "DC": -0.04, "WKM": -0.02}
    for name, values in TABLE.items():
        colour = strong.get(name, MID)
        axis.plot(places, values, "o-", color=colour, linewidth=4, markersize=11)
        text = strong.get(name, DARK)
        first, last = values[0] + left_shift.get(name, 0), values[-1] + right_shift.get(name, 0)
        axis.text(-0.08, first, f"{values[0]:.1f}", color=text, ha="right", va="center")
        axis.text(3.08, last, f"{values[-1]:.1f}  {name}", color=text, va="center")
    axis.set_xticks(places, PERCENTILES)
    axis.set(xlim=(-0.45, 4.05), ylim=(8.0, 11.65), yticks=(8, 9, 10, 11), ylabel="SI-SDR (dB)")
    axis.set_xlabel("Percentile at which gradients are clipped")
    axis.spines[["top", "right"]].set_visible(False)
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
    "figure.dpi": 100,
}


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG (a palette) whose bytes stay the same (no name of the software)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=DPI, facecolor="white", metadata={"Software": None})
    plt.close(figure)
    with Image.open(buffer) as picture:
        few_colours = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few_colours.save(path, optimize=True)


def main() -> None:
    """Write every figure as a PNG of 1600 pixels in width."""
    FIGURES.mkdir(exist_ok=True)
    cells = notebook()
    plt.rcParams.update(plt.rcParamsDefault)  # the notebook has a style of its own
    mpl.use("Agg")
    plt.rcParams.update(STYLE)
    drawings = {"curves": draw_curves, "masks": draw_masks, "norms": draw_norms, "autoclip": draw_autoclip}
    for name, draw in drawings.items():
        save(draw(cells), FIGURES / f"{name}.png")


if __name__ == "__main__":
    main()
