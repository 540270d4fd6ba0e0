"""Several runs side by side: what the table, the bars, the curves and the player are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from coursekit.loading import load
from coursekit.pipeline import build
from coursekit.results.bars import bars
from coursekit.results.comparison import column_words, compare, labels, metric_words
from coursekit.results.curves import MAX_POINTS, curves
from coursekit.results.listening import listen
from coursekit.results.scales import scale, span
from coursekit.run_reader import read_run
from coursekit.runfolder import Run
from runs import RECORD, metric, run_files, sealed, sound, text, write_run
from trees import write_course


def run(
    name: str, better_by: float = 0.0, *, files: Mapping[str, bytes] | None = None, **changes: Any
) -> Run:
    """A run folder with such changes, read."""
    made = run_files(changes, better_by=better_by)
    if files:
        made = sealed(json.loads(made["run.json"]), {**made, **files})
    return read_run(f"projects/p/runs/{name}", made)


GROUPS = [
    metric([7.5, 8.5], group="same-sex"),
    metric([11.0, 13.0], group="different-sex"),
    metric([10.5, 11.5], group="same-sex", estimator="irm"),
    metric([14.0, 16.0], group="different-sex", estimator="irm"),
]


# --- the comparison ----------------------------------------------------------------------------------------------


def test_groups_shares_and_oracles() -> None:
    found = compare([run("dc", metrics=GROUPS)], "si_sdri")
    assert found.groups == ("same-sex", "different-sex")
    (entry,) = found.entries
    assert entry.values["same-sex"].mean == 8
    assert entry.share("same-sex") == pytest.approx(8 / 11)
    assert entry.share("different-sex") == pytest.approx(12 / 15)
    assert [words for words, _ in found.oracle_rows] == ["Ideal ratio mask"]
    assert found.count("same-sex") == 2
    assert found.unit == "dB"


def test_no_share_of_what_is_no_improvement() -> None:
    absolute = [{**m, "name": "si_sdr"} for m in GROUPS]
    found = compare([run("dc", metrics=absolute)])
    assert found.metric == "si_sdr" and not found.shares


def test_the_best_known_oracle_is_the_ceiling() -> None:
    metrics = [*GROUPS, metric([11.5, 12.5], group="same-sex", estimator="tpsm")]
    (entry,) = compare([run("dc", metrics=metrics)]).entries
    assert entry.ceilings["same-sex"].estimator == "tpsm"
    assert entry.ceilings["different-sex"].estimator == "irm"


def test_an_oracle_on_other_items_has_no_row() -> None:
    other = [*GROUPS[:2], metric([1.0, 2.0], group="same-sex", estimator="irm"), GROUPS[3]]
    found = compare([run("dc", metrics=GROUPS), run("wkm", metrics=other)])
    assert set(found.oracles["irm"]) == {"different-sex"}
    assert found.entries[1].share("same-sex") == pytest.approx(8 / 1.5)  # each run by its own items


def test_another_corpus_is_named_and_the_own_is_not() -> None:
    assert compare([run("dc")]).corpora == ("wsj0-2mix",)
    assert compare([run("dc", data={"name": "wsj0-2mix, recorded"})]).corpora == ()
    assert compare([run("dc"), run("wkm")]).sources == ("Table 1",)


def test_runs_that_cannot_be_read_stay_in_the_comparison() -> None:
    broken = read_run("projects/p/runs/broken", {"run.json": b"{"})
    found = compare([broken, run("dc")])
    assert [entry.label for entry in found.entries] == ["broken", "Deep clustering"]
    assert not found.entries[0].values and not found.entries[0].run.verified
    assert compare([broken]).groups == () and bars(compare([broken])) is None


def test_labels_are_short_unless_two_would_be_the_same() -> None:
    titles = ["Mask inference (MI, tPSA)", "Mask inference (MI, MSA)", "Deep clustering (DC)"]
    assert labels([run(str(n), title=t) for n, t in enumerate(titles)]) == (*titles[:2], "Deep clustering")


@pytest.mark.parametrize(
    ("name", "words"),
    [("si_sdri", "SI-SDR improvement"), ("si_sdr", "SI-SDR"), ("accuracy", "accuracy"), ("psi", "psi")],
)
def test_metrics_in_words(name: str, words: str) -> None:
    assert metric_words(name) == words


def test_columns_in_words() -> None:
    assert column_words("valid_si_sdri") == "SI-SDR improvement on the validation items"
    assert column_words("train_loss") == "Loss on the training items"
    assert column_words("learning_rate") == "learning rate"


# --- axes --------------------------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_scale_holds_its_ends_and_its_ticks_are_even(low: float, width: float) -> None:
    made = scale(low, low + width)
    assert made.low <= low + 1e-6 * width and made.high >= low + width - 1e-6 * width
    assert 2 <= len(made.ticks) <= 12
    steps = [b - a for a, b in zip(made.ticks, made.ticks[1:], strict=False)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)
    assert 0 <= made.at(low) <= made.at(low + width) <= 100


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_any_two_numbers_have_an_axis(one: float, two: float) -> None:
    made = scale(min(one, two), max(one, two))
    assert made.low < made.high and 2 <= len(made.ticks) <= 12
    assert all(a < b for a, b in zip(made.ticks, made.ticks[1:], strict=False))
    assert [made.words(tick) for tick in made.ticks]
    assert 0 <= made.at(one) <= 100 and 0 <= made.at(two) <= 100


def test_a_scale_of_one_value() -> None:
    assert scale(3, 3).low < 3 < scale(3, 3).high
    assert span(0).high > 0 and span(10344).high == 10344
    assert [scale(0, 15).words(t) for t in scale(0, 15).ticks] == ["0", "5", "10", "15"]
    assert scale(0, 0.5).words(0.1) == "0.1"


@pytest.mark.parametrize(
    "values", ["1,1.0000000000000002", "1e-13,2e-13", "1e17,1e17", "-1e100,1e100", "0,0"]
)
def test_strange_numbers_are_drawn(values: str) -> None:
    first, second = values.split(",")
    table = text("step,valid_loss", f"1,{first}", f"2,{second}")
    drawn = curves([run("dc", files={"history.csv": table})])
    assert drawn and [drawn.y.words(tick) for tick in drawn.y.ticks]
    odd = {"name": "odd", "estimator": "model", "n": 1}
    metrics = [{**odd, "mean": float(first), "group": "a"}, {**odd, "mean": 1e308, "group": "b"}]
    assert bars(compare([run("wkm", metrics=metrics)], "odd"))


# --- bars and curves ---------------------------------------------------------------------------------------------


def test_bars_start_at_nothing_and_reach_below_it() -> None:
    drawn = bars(compare([run("dc", metrics=[metric([-3.0, -1.0]), metric([4.0, 6.0], estimator="irm")])]))
    assert drawn and drawn.x.low <= -2 and drawn.x.high >= 5
    (bar,) = drawn.panels[0].bars
    assert bar.start == drawn.x.at(-2) and bar.start + bar.width == pytest.approx(drawn.x.at(0))
    assert drawn.panels[0].ceiling == drawn.x.at(5)


def test_curves_take_the_column_that_is_meant() -> None:
    table = text("step,train_loss,valid_loss,valid_si_sdri", "100,0.9,,1", "200,0.7,0.8,2", "300,0.6,0.7,4")
    one = run("dc", files={"history.csv": table})
    assert curves([one], "si_sdri").column == "valid_si_sdri"  # type: ignore[union-attr]
    assert curves([one], "train_loss").column == "train_loss"  # type: ignore[union-attr]
    drawn = curves([one, run("wkm", title="Whitened k-means")])
    assert drawn and drawn.column == "valid_si_sdri" and drawn.lacking == ("Whitened k-means",)
    (line,) = drawn.lines
    assert (line.last, len(line.points)) == (4, 3)
    assert line.points[-1] == (100, 0)  # the last step, at the top


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    rows = [f"{step},{1 / step}" for step in range(1, 5000)]
    drawn = curves([run("dc", files={"history.csv": text("step,valid_loss", *rows)})])
    assert drawn and len(drawn.lines[0].points) <= MAX_POINTS + 1
    assert drawn.lines[0].last == pytest.approx(1 / 4999)


def test_no_curves_without_a_history() -> None:
    assert curves([run("dc", files={"history.csv": text("step,valid_loss")})]) is None


# --- listening ---------------------------------------------------------------------------------------------------


def test_what_is_the_same_in_all_runs_is_heard_once() -> None:
    found = listen([run("dc"), run("wkm", title="Whitened k-means")], "si_sdri")
    (item,) = found
    assert (item.item, item.group, item.metric) == ("i01", "same-sex", "si_sdri")
    assert item.mixture and item.mixture.path == "projects/p/runs/dc/audio/i01-mixture.wav"
    first, second = item.voices
    assert [track.label for track in first] == ["Reference", "Deep clustering", "Whitened k-means", "Oracle"]
    assert [track.label for track in second] == ["Reference", "Deep clustering", "Whitened k-means"]
    assert first[1].score == 7.5 and second[1].score is None  # scores.csv has source 1 alone
    assert len({track.path for track in (item.mixture, *first, *second)}) == 8


def test_items_of_other_data_are_not_mixed_up() -> None:
    other = run("wkm", data={**RECORD["data"], "digest": "cd" * 32})
    assert len(listen([run("dc"), other])) == 2


def test_a_run_with_estimates_alone_joins_the_others() -> None:
    bare = {f"audio/i01-estimate-{k}.wav": sound(200 + k) for k in (1, 2)}
    full = run_files({"title": "Estimates alone"})
    kept = {name: data for name, data in full.items() if not name.startswith("audio/")}
    alone = read_run("projects/p/runs/alone", sealed(json.loads(kept["run.json"]), {**kept, **bare}))
    (item,) = listen([alone, run("dc")])
    assert item.mixture and "/dc/" in item.mixture.path
    assert [track.label for track in item.voices[0]] == [
        "Reference",
        "Estimates alone",
        "Deep clustering",
        "Oracle",
    ]


# --- on a page ---------------------------------------------------------------------------------------------------

TALK = """---
title: A talk
papers:
  - {title: A paper, url: https://arxiv.org/abs/1508.04306}
code:
  - {title: Some code, url: https://github.com/example/code/tree/17368d4}
---
"""


def page_of(root: Path, body: str = "Some words.") -> LexborHTMLParser:
    index = "presentations/week-01/talk/index.md"
    write_course(root, {index: TALK + body})
    for number, name in enumerate(("dc", "wkm")):
        title = ("Deep clustering (DC)", "Whitened k-means (WKM)")[number]
        write_run(root / f"presentations/week-01/talk/runs/{name}", {"title": title}, better_by=number)
    made = build(load(root))
    return LexborHTMLParser(next(o.body for o in made.outputs if getattr(o, "source", "") == index))


def test_a_talk_shows_all_that_its_runs_have(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    rows = [row.text(separator=" ", strip=True) for row in page.css(".course-comparison tbody th")]
    assert rows == ["Deep clustering (DC) GPU · 7 min 42 s", "Whitened k-means (WKM) GPU · 7 min 42 s"]
    assert len(page.css(".course-bar")) == 4 and len(page.css("polyline")) == 2
    assert len(page.css(".course-player audio")) == 8
    assert len(page.css(".course-gallery img")) == 2 and len(page.css(".course-provenance dl")) == 2
    assert "Trained on GPU: NVIDIA H200." in page.css_first(".course-results figcaption").text()


def test_what_the_text_shows_is_not_shown_again(tmp_path: Path) -> None:
    blocks = "".join(f"```runs\nshow: {show}\nruns: [dc, wkm]\n```\n\n" for show in ("table", "audio"))
    page = page_of(tmp_path, blocks)
    assert len(page.css(".course-comparison")) == 1 and len(page.css(".course-listening")) == 1
    assert len(page.css(".course-curves")) == 1


def test_an_unverified_run_is_shown_and_called_so(tmp_path: Path) -> None:
    page_of(tmp_path)
    table = tmp_path / "presentations/week-01/talk/runs/wkm/scores.csv"
    table.write_text(table.read_text().replace("8.50", "9.99"))
    made = build(load(tmp_path))
    page = next(
        o.body for o in made.outputs if getattr(o, "source", "") == "presentations/week-01/talk/index.md"
    )
    assert "Whitened k-means (WKM) is unverified" in page
