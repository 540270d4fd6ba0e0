"""Draw the figures of the talk on reproducible research.

Run `python figures.py`: it writes figures/*.png next to this file, with the same bytes each time.
Only numpy and matplotlib (with its Pillow) are needed; nothing is downloaded.

The counts and p-values are those of Raff (A step toward quantifying independently reproducible machine learning
research, NeurIPS 2019), his Tables 1, 7, 8, 11, 12, 13, 17 and 18. They were compared with the data that he published:
https://github.com/EdwardRaff/Quantifying-Independently-Reproducible-ML/tree/1cf86b0
A paper whose need is given there as "500 CPUs" is in none of the levels below; Table 18 counts it as a cluster.
Intervals, the corrected threshold and the chances in `seeds` are arithmetic of this file.
"""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from PIL import Image  # matplotlib brings it

mpl.use("Agg")

FIGURES = Path(__file__).resolve().parent / "figures"
DPI = 100
TEAL, DARK, MID, PALE = "#00796b", "#37474f", "#90a4ae", "#cfd8dc"

PAPERS, REPRODUCED = 255, 162
ATTRIBUTES, ALPHA = 26, 0.05

# An attribute, and (level, reproduced, all) of each of its levels.
Levels = tuple[tuple[str, int, int], ...]
READABILITY: Levels = (("Excellent (1)", 45, 45), ("Good (2–3)", 70, 78), ("Ok (4–5)", 33, 57), ("Low (6+)", 14, 75))  # fmt: skip
EMPHASIS: Levels = (("Empirical", 66, 80), ("Balance", 65, 91), ("Theory", 31, 84))
DIFFICULTY: Levels = (("Low", 82, 103), ("Medium", 50, 88), ("High", 30, 64))
PSEUDO_CODE: Levels = (("Code-like", 14, 17), ("None", 58, 79), ("Yes", 67, 102), ("Step-code", 23, 57))
SETTINGS: Levels = (("Given", 138, 192), ("Partly", 3, 8), ("Not given", 21, 55))
COMPUTE: Levels = (("Desktop", 135, 213), ("GPU", 24, 29), ("Server", 3, 3), ("Cluster", 0, 9))
REPLY: Levels = (("Not asked", 139, 205), ("Replied", 22, 26), ("No reply", 1, 24))

# Table 1: each attribute with its p-value.
SIGNIFICANCE = (
    ("Readability", 9.68e-25),
    ("Emphasis", 1.55e-9),
    ("Authors reply", 6.01e-8),
    ("Hyper-parameters given", 8.45e-6),
    ("Difficulty of algorithm", 2.94e-5),
    ("Compute needed", 8.75e-5),
    ("Pseudo-code", 2.31e-4),
    ("Primary topic", 7.039e-4),
    ("Equations (a page)", 0.004),
    ("Tables (a page)", 0.010),
    ("Proofs (a page)", 0.130),
    ("Graphs (a page)", 0.139),
    ("Code available", 0.213),
    ("Other figures (a page)", 0.217),
    ("Compute specified", 0.257),
    ("Appendix", 0.330),
    ("Venue", 0.342),
    ("Pages", 0.364),
    ("Concept figures (a page)", 0.365),
    ("Number of authors", 0.497),
    ("Venue type", 0.631),
    ("Year attempted", 0.674),
    ("Toy problem", 0.720),
    ("References (a page)", 0.740),
    ("Looks intimidating", 0.829),
    ("Year published", 0.964),
)
assert len(SIGNIFICANCE) == ATTRIBUTES


def roomy() -> ConstrainedLayoutEngine:
    """A layout that keeps a margin (in inches) around and between the panels."""
    return ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson: unlike 'plus or minus', it stays within 0 and 1."""
    share, scale = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / scale
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


# ---------------------------------------------------------------- the criterion


def draw_criterion() -> Figure:
    """What is enough: three quarters of the claims, nine tenths of a ranking, the same power of ten."""
    figure, (claims, ranking, size) = plt.subplots(1, 3, figsize=(12, 5.4), layout=roomy())
    for place in range(8):
        row, column = divmod(place, 2)
        good = place < 6
        claims.add_patch(Rectangle((column + 0.1, 3.1 - row), 0.8, 0.8, facecolor=TEAL if good else PALE))
        mark, colour = ("✓", "white") if good else ("×", DARK)
        claims.text(column + 0.5, 3.48 - row, mark, ha="center", va="center", color=colour, fontsize=30)
    claims.set(title="Claims", xlim=(-0.3, 2.3), ylim=(0, 4.1), xlabel="6 of 8 = 75 %\nenough")

    ours = {"A": 0, "B": 2, "C": 1, "D": 3, "E": 4}
    for place, (name, other) in enumerate(ours.items()):
        turned = place != other
        ranking.plot([0, 1], [place, other], color=MID if turned else TEAL, linewidth=4, marker="o", markersize=13)
        ranking.text(-0.16, place, name, ha="right", va="center")
        ranking.text(1.16, other, name, ha="left", va="center")
    ranking.set(title="A ranking", xlim=(-0.6, 1.6), ylim=(4.6, -0.5), xlabel="9 of 10 pairs = 90 %\nenough")

    size.plot([0, 0], [10, 10_000], color=DARK, linewidth=1.5)
    for value in (10, 100, 1000, 10_000):
        size.plot([-0.05, 0.05], [value, value], color=DARK, linewidth=1.5)
        size.text(-0.12, value, f"{value:,}×", ha="right", va="center")
    size.add_patch(Rectangle((0.02, 100), 0.9, 900, facecolor=PALE, zorder=0))
    for name, value in (("paper 700", 700), ("ours 300", 300)):
        size.plot(0, value, "o", color=TEAL, markersize=15)
        size.text(0.12, value, name, ha="left", va="center")
    size.set(title="Magnitude", yscale="log", xlim=(-0.75, 1.0), ylim=(7, 14_000), xlabel="both are hundreds\nenough")
    size.minorticks_off()
    for axis in (claims, ranking, size):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    return figure


# ---------------------------------------------------------------- reproduced shares


def shares(axis: Any, title: str, levels: Levels) -> None:
    """One bar a level, with its 95 % interval and the counts behind it."""
    for row, (_, hits, count) in enumerate(levels):
        axis.barh(row, 100 * hits / count, color=TEAL, height=0.62, zorder=2)
        low, high = wilson(hits, count)
        axis.plot([100 * low, 100 * high], [row, row], color=DARK, linewidth=3, zorder=3)
        for end in (low, high):
            axis.plot([100 * end] * 2, [row - 0.16, row + 0.16], color=DARK, linewidth=3, zorder=3)
        axis.text(103, row, f"{100 * hits / count:.0f} %", va="center", fontweight="bold")
        axis.text(160, row, f"{hits} of {count}", va="center", ha="right")
    axis.axvline(100 * REPRODUCED / PAPERS, color=DARK, linewidth=2, linestyle=(0, (2, 2)), zorder=1)
    axis.set_yticks(range(len(levels)), [name for name, _, _ in levels])
    axis.set(xlim=(0, 160), ylim=(len(levels) - 0.5, -0.5), xticks=[])
    axis.set_title(title, loc="left", fontweight="bold", fontsize=25)
    axis.tick_params(axis="y", length=0)
    axis.spines[["top", "right", "bottom"]].set_visible(False)


def draw_shares(upper: tuple[str, Levels], lower: tuple[str, Levels]) -> Figure:
    """Two attributes over one axis; the dotted line is the share of all papers."""
    figure, axes = plt.subplots(
        2, 1, figsize=(12, 6.2), sharex=True, layout=roomy(), height_ratios=[len(upper[1]), len(lower[1])]
    )
    for axis, (title, levels) in zip(axes, (upper, lower), strict=True):
        shares(axis, title, levels)
    axes[0].tick_params(axis="x", length=0)
    axes[1].set_xticks([0, 25, 50, 75, 100])
    axes[1].set_xlabel("Reproduced (%); dotted: all papers, 63.5 %", fontsize=24, loc="left")
    axes[1].spines["bottom"].set(visible=True, bounds=(0, 100))
    return figure


def draw_reading() -> Figure:
    """Readability, and what a paper puts its weight on."""
    return draw_shares(("Readability (readings it took)", READABILITY), ("Emphasis of the paper", EMPHASIS))


def draw_method() -> Figure:
    """How much there was to write, and how the paper wrote it down."""
    return draw_shares(("Difficulty of the algorithm", DIFFICULTY), ("Pseudo-code", PSEUDO_CODE))


def draw_settings() -> Figure:
    """Whether hyper-parameters were given, and what machine it took."""
    return draw_shares(("Hyper-parameters", SETTINGS), ("Compute needed", COMPUTE))


def draw_reply() -> Figure:
    """Every paper as a square: whether its authors were asked, and what came of it."""
    figure, axis = plt.subplots(figsize=(12, 4.6), layout=roomy())
    high, left = 8, 0.0
    for name, hits, count in REPLY:
        for place in range(count):
            column, row = divmod(place, high)
            colour = TEAL if place < hits else MID
            axis.add_patch(Rectangle((left + column + 0.06, high - 1 - row + 0.06), 0.88, 0.88, facecolor=colour))
        columns = math.ceil(count / high)
        axis.text(left, high + 0.5, name, fontweight="bold")
        axis.text(left, -0.6, f"{hits} of {count}\n= {100 * hits / count:.0f} %", va="top", linespacing=1.3)
        left += columns + 4.2
    axis.set(xlim=(-0.2, left - 0.2), ylim=(-3.8, high + 1.9), aspect="equal")
    axis.axis("off")
    handles = [Patch(color=TEAL, label="reproduced"), Patch(color=MID, label="not reproduced")]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, handlelength=0.8)
    return figure


# ---------------------------------------------------------------- p-values


def draw_significance(rows: int = ATTRIBUTES, *, height: float = 15.4) -> Figure:
    """The p-value of each attribute on a logarithmic axis, the strongest on top."""
    figure, axis = plt.subplots(figsize=(12, height), layout=roomy())
    corrected = ALPHA / ATTRIBUTES
    for row, (_, p) in enumerate(SIGNIFICANCE[:rows]):
        strong, weak = p < corrected, p < ALPHA
        axis.plot([8, p], [row, row], color=TEAL if weak else MID, linewidth=3, zorder=2)
        face = TEAL if strong else "white" if weak else MID
        axis.plot(p, row, "o", markersize=15, markerfacecolor=face, markeredgecolor=TEAL if weak else MID, markeredgewidth=3, zorder=4)  # fmt: skip
        shown = f"{p:.3f}" if p >= 0.001 else "{}·10$^{{{}}}$".format(*f"{p * 1.000001:.1e}".replace("e-0", "e-").split("e"))
        axis.text(1.01, row, shown, transform=axis.get_yaxis_transform(), va="center", fontsize=22)
    axis.axvline(ALPHA, color=DARK, linewidth=2.5, linestyle=(0, (2, 2)), zorder=1)
    axis.axvline(corrected, color=DARK, linewidth=2.5, zorder=1)
    axis.set(xscale="log", xlim=(8, 1e-26), ylim=(rows - 0.4, -0.6), xlabel="p-value (stronger to the right)")
    ticks = [1, 1e-5, 1e-10, 1e-15, 1e-20, 1e-25]
    axis.set_xticks(ticks, ["1", *(f"$10^{{{round(math.log10(tick))}}}$" for tick in ticks[1:])])
    axis.minorticks_off()
    axis.set_yticks(range(rows), [name for name, _ in SIGNIFICANCE[:rows]])
    axis.tick_params(axis="y", length=0, labelsize=24)
    axis.spines[["top", "right", "left"]].set_visible(False)
    handles = [
        Line2D([], [], color=DARK, linewidth=2.5, linestyle=(0, (2, 2)), label="0.05"),
        Line2D([], [], color=DARK, linewidth=2.5, label="0.05 / 26 (Bonferroni)"),
    ]
    axis.legend(handles=handles, loc="lower right", frameon=False, fontsize=24)
    return figure


def draw_ten() -> Figure:
    """Only those below 0.05: the slide's version."""
    return draw_significance(10, height=5.8)


# ---------------------------------------------------------------- seeds


def missed(own: np.ndarray, papers: float) -> np.ndarray:
    """The chance that two means of one and the same method differ by more than the spread over seeds.

    `own` and `papers` are the numbers of seeds behind each mean; scores are normal, the tolerance is one
    standard deviation of them.
    """
    spread = np.sqrt(1 / own + 1 / papers)
    return np.array([math.erfc(1 / (math.sqrt(2) * value)) for value in spread])


def draw_seeds() -> Figure:
    """How often a claim that is true gets refuted by chance."""
    figure, axis = plt.subplots(figsize=(12, 5.8), layout=roomy())
    own = np.arange(1, 31).astype(float)
    for papers, name, colour, height in (
        (1, "paper: 1 seed", DARK, 32.5),
        (10, "paper: mean of 10", MID, 7.5),
        (math.inf, "paper: no chance in it", TEAL, 2.0),
    ):
        chance = 100 * missed(own, papers)
        axis.plot(own, chance, color=colour, linewidth=4)
        marks = np.array([1, 3, 10])
        axis.plot(marks, 100 * missed(marks, papers), "o", color=colour, markersize=13)
        axis.text(32, height, name, color=DARK, va="center", fontsize=23)
    axis.set(xscale="log", xlim=(0.93, 30.5), ylim=(-1, 52), xlabel="Our seeds", ylabel="Missed by chance (%)")
    axis.set_xticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    axis.minorticks_off()
    axis.set_yticks([0, 10, 20, 30, 40, 50])
    axis.spines[["top", "right"]].set_visible(False)
    return figure


STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 25,
    "axes.titlesize": 27,
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
    """Write every figure as a PNG of 1200 pixels in width."""
    FIGURES.mkdir(exist_ok=True)
    plt.rcParams.update(STYLE)
    drawings = {
        "criterion": draw_criterion,
        "reading": draw_reading,
        "method": draw_method,
        "settings": draw_settings,
        "reply": draw_reply,
        "significance": draw_significance,
        "significance-ten": draw_ten,
        "seeds": draw_seeds,
    }
    for name, draw in drawings.items():
        save(draw(), FIGURES / f"{name}.png")


if __name__ == "__main__":
    main()
