"""Claims and runs in, verdicts out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.checks import run_checks
from coursekit.claimchart import claim_axes
from coursekit.claims import JudgedClaim, ReportVerdict, Verdict, exact_number, shown_number
from coursekit.config import read_config
from coursekit.loading import load
from coursekit.measured import (
    Measured,
    discordant,
    measure,
    near,
    neighbours,
    same_magnitude,
)
from coursekit.model import PageOutput
from coursekit.pipeline import build
from coursekit.run_reader import read_run
from coursekit.runfolder import Run
from coursekit.scaffold import new_project
from coursekit.schema import Claim, ReportMeta, validate
from coursekit.yamltext import read_yaml
from runs import RECORD, metric, run_files, sealed, text, write_run
from trees import base_course, write_course

PROJECT = "projects/mine"
REPORT = f"{PROJECT}/reproducibility-report.md"
INTERVAL = tuple(metric([7.5, 8.5, 11.0, 13.0])["ci95"])
HEADER = "item,source,seed,group,estimator,si_sdri"


def run(name: str = "dc", *, better_by: float = 0.0, **changes: Any) -> Run:
    """A run folder of the tests, read: si_sdri has the mean 10 and the interval 7.57 to 12.43."""
    return read_run(f"{PROJECT}/runs/{name}", run_files(changes, better_by=better_by))


def scored(name: str, values: dict[str, float], *, better: str = "higher", **changes: Any) -> Run:
    """A verified run with one score for each item."""
    rows = [f"{item},1,0,,model,{value!r}" for item, value in values.items()]
    entry = metric(list(values.values()), better=better)
    record = {**RECORD, "figures": [], "metrics": [entry], **changes}
    made = read_run(f"{PROJECT}/runs/{name}", sealed(record, {"scores.csv": text(HEADER, *rows)}))
    assert made.verified, made.faults
    return made


def claim(**keys: Any) -> Claim:
    return Claim.model_validate({"id": "dc", "source": "Table 1", "metric": "si_sdri", **keys})


def judge(claims: list[Claim], *runs: Run) -> ReportVerdict:
    return ReportVerdict(REPORT, tuple(claims), {run.path: run for run in runs})


def value(run: Run | None = None, **keys: Any) -> JudgedClaim:
    """The verdict on one claim that names the run `runs/dc`."""
    given = {"run": "runs/dc"} if run else {}
    (judged,) = judge([claim(**given, **keys)], *([run] if run else [])).claims
    return judged


# --- one value -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "verdict", "reason"),
    [
        ({"paper": 10.2, "tolerance": 0.5}, "confirmed", ""),
        ({"paper": 10.5, "tolerance": 0.5}, "confirmed", ""),
        ({"paper": 9.9, "tolerance": 0.1}, "confirmed", ""),  # 10 - 9.9 is a little more than 0.1 in binary
        ({"paper": 10.51, "tolerance": 0.5}, "not confirmed", ""),
        ({"paper": 10, "tolerance": 0}, "confirmed", ""),
        ({"paper": 12.4}, "confirmed", "lies within the 95 % interval of ours"),
        ({"paper": 12.5}, "not confirmed", "is outside of the 95 % interval of ours"),
        ({"paper": 10.2, "tolerance": 0.5, "corpus": "other"}, "no verdict", "another corpus"),
        (
            {"paper": 40, "kind": "magnitude"},
            "not confirmed",
            "a factor of 4.0 apart, more than half a power of ten",
        ),
        (
            {"paper": 31, "kind": "magnitude"},
            "confirmed",
            "a factor of 3.1 apart, within half a power of ten",
        ),
        ({"paper": -10, "kind": "magnitude"}, "not confirmed", "not of one sign"),
        ({"paper": 12, "group": "different-sex", "tolerance": 0.1}, "confirmed", ""),
        ({"tolerance": 0.5}, "not confirmed", "the paper's value is missing"),
        ({"paper": 10.2, "tolerance": -1}, "not confirmed", "negative"),
        ({"paper": 10.2, "tolerance": 0.5, "metric": "si_sdr"}, "not confirmed", "no metric `si_sdr`"),
        ({"paper": 10.2, "tolerance": 0.5, "group": "none"}, "not confirmed", "no group `none`"),
        ({"paper": 10.2, "tolerance": 0.5, "unit": "bel"}, "not confirmed", "the run in `dB`"),
        ({"paper": ["dc", "mi"], "tolerance": 0.5}, "not confirmed", "only a ranking has"),
    ],
)
def test_a_value_of_a_run(keys: dict[str, Any], verdict: str, reason: str) -> None:
    judged = value(run(), **keys)
    assert judged.verdict == verdict
    assert reason in judged.reason if reason else not judged.reason


@pytest.mark.parametrize(
    ("keys", "verdict", "rules"),
    [
        ({"paper": 7.1, "ours": None, "why": "no data"}, "not confirmed", []),
        ({"paper": 7.1, "why": "no data"}, "not confirmed", []),
        ({"paper": 7.1}, "open", ["claim-open"]),
        ({"paper": 7.1, "ours": None}, "open", ["claim-open"]),
        ({"paper": 7.1, "ours": 7.0, "tolerance": 0.2, "evidence": "https://example.org/"}, "confirmed", []),
        ({"paper": 7.1, "ours": 7.0, "tolerance": 0.2}, "not confirmed", ["claim-no-evidence"]),
        (
            {"paper": 7.1, "ours": 7.0, "evidence": "https://example.org/"},
            "not confirmed",
            ["claim-no-value"],
        ),
        (
            {"paper": 1e3, "ours": 2e3, "kind": "magnitude", "evidence": "https://example.org/"},
            "confirmed",
            [],
        ),
        ({"paper": 1e3, "ours": 0, "kind": "magnitude", "evidence": "https://a.org/"}, "not confirmed", []),
        ({"paper": 7.1, "run": "runs/nowhere", "tolerance": 1}, "not confirmed", ["claim-run-missing"]),
        ({"paper": 7.1, "run": "../../../../x", "tolerance": 1}, "not confirmed", ["claim-run-missing"]),
        ({"paper": 7.1, "run": "/", "tolerance": 1}, "not confirmed", ["claim-run-missing"]),
    ],
)
def test_a_value_without_a_run(keys: dict[str, Any], verdict: str, rules: list[str]) -> None:
    report = judge([claim(**keys)])
    assert [judged.verdict for judged in report.claims] == [verdict]
    assert [fault.rule for fault in report.faults] == rules


def test_the_numbers_beside_the_verdict() -> None:
    judged = value(run(), paper=10.2, tolerance=0.5)
    assert judged.ours
    assert (judged.ours.mean, judged.ours.interval, judged.ours.n) == (10.0, INTERVAL, 4)
    assert judged.ours.run and judged.ours.run.device_label == "GPU: NVIDIA H200"
    assert (judged.unit, judged.ours.device, judged.ours.method) == (
        "dB",
        "GPU",
        "normal, mean ± 1.96 sd / √n",
    )
    assert judged.difference == pytest.approx(-0.2)
    assert (judged.number(judged.ours.mean), judged.change(-0.2), judged.change(0.2)) == (
        "10.00",
        "−0.20",
        "+0.20",
    )


def test_an_unverified_run_confirms_nothing() -> None:
    files = run_files()
    files["history.csv"] += b"400,0.5,0.7\n"
    unverified = read_run(f"{PROJECT}/runs/dc", files)
    judged = value(unverified, paper=10.0, tolerance=0.5)
    assert (judged.verdict, judged.reason) == (Verdict.NOT_CONFIRMED, "the run is unverified")
    assert judged.ours and judged.ours.mean == 10.0
    unreadable = read_run(f"{PROJECT}/runs/dc", {"run.json": b"{"})
    judged = value(unreadable, paper=10.0, tolerance=0.5)
    assert (judged.verdict, judged.reason, judged.ours) == (
        Verdict.NOT_CONFIRMED,
        "the run is unverified",
        None,
    )


def test_runs_are_named_from_the_report_or_from_the_root() -> None:
    for written in ("runs/dc", "./runs/dc/", f"/{PROJECT}/runs/dc", "../mine/runs/dc"):
        assert judge([claim(run=written, paper=10, tolerance=1)], run()).count(Verdict.CONFIRMED) == 1


def test_the_number_is_the_only_entry_else_the_one_of_all_else_all_rows() -> None:
    values = [7.5, 8.5, 11.0, 13.0]
    parts = [metric(values[:2], group="same-sex"), metric(values[2:], group="different-sex")]
    only, both, all_too = (
        measure(run(metrics=entries), "si_sdri") for entries in (parts[1:], parts, [*parts, metric(values)])
    )
    assert only and (only.mean, only.n, only.group) == (12.0, 2, "different-sex")
    assert both and (both.mean, both.n, both.group) == (10.0, 4, "")
    assert both.interval and both.interval[0] < 10 < both.interval[1] and "computed here" in both.method
    assert all_too and (all_too.interval, all_too.method) == (
        INTERVAL,
        "normal, mean ± 1.96 sd / √n",
    )


def test_an_interval_without_a_written_one_draws_items_and_not_rows() -> None:
    once = scored("dc", {f"i{at}": at % 7 for at in range(40)})
    rows = [f"i{at},{source},0,,model,{at % 7}" for at in range(40) for source in (1, 2, 3)]
    record = {**RECORD, "figures": [], "metrics": []}
    thrice = read_run(f"{PROJECT}/runs/dc", sealed(record, {"scores.csv": text(HEADER, *rows)}))
    bare = {**metric([at % 7 for at in range(40)]), "ci95": None}
    alone = measure(scored("dc", {f"i{at}": at % 7 for at in range(40)}, metrics=[bare]), "si_sdri")
    copied = measure(thrice, "si_sdri")
    assert alone and copied and once.verified
    assert copied.interval == alone.interval  # the same score three times is no more known for it
    assert (alone.n, copied.n) == (40, 120)


def test_one_score_has_no_interval() -> None:
    single = read_run(
        f"{PROJECT}/runs/dc",
        sealed({**RECORD, "figures": [], "metrics": []}, {"scores.csv": text(HEADER, "i01,1,0,,model,10")}),
    )
    report = judge([claim(run="runs/dc", paper=10)], single)
    assert [fault.rule for fault in report.faults] == ["claim-no-value"]
    assert value(single, paper=10, tolerance=0.1).verdict is Verdict.CONFIRMED


@given(st.floats(-50, 50), st.lists(st.floats(0, 60), min_size=2, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_wider_tolerance_never_takes_a_confirmation_away(paper: float, tolerances: list[float]) -> None:
    found = run()
    order = [
        value(found, paper=paper, tolerance=tolerance).verdict is Verdict.CONFIRMED
        for tolerance in sorted(tolerances)
    ]
    assert order == sorted(order)


# --- orders of magnitude -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [(700, 300, True), (10, 31, True), (10, 32, False), (-5, -2, True), (0.04, 0.2, False), (5, 0, False)],
)
def test_half_a_power_of_ten_is_one_order_of_magnitude(one: float, two: float, same: bool) -> None:
    assert same_magnitude(one, two) is same


NUMBERS = st.floats(-1e100, 1e100).filter(lambda number: number == 0 or abs(number) > 1e-100)


@given(NUMBERS, NUMBERS)
def test_same_magnitude_is_symmetric_and_knows_the_sign(one: float, two: float) -> None:
    assert same_magnitude(one, two) == same_magnitude(two, one) == same_magnitude(-one, -two)
    assert not same_magnitude(one, -one)
    assert same_magnitude(one, one) is (one != 0)


# --- an order ------------------------------------------------------------------------------------------

RANKS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 5).map(float), min_size=2)


@given(RANKS, st.randoms())
def test_agreement_is_symmetric(one: dict[str, float], draw: Any) -> None:
    names = list(one)
    draw.shuffle(names)
    two = dict(zip(names, one.values(), strict=True))
    assert {frozenset(pair) for pair in discordant(one, two)} == {
        frozenset(pair) for pair in discordant(two, one)
    }
    assert discordant(one, one) == ()


@given(st.permutations("abcdef"))
def test_agreement_is_kendalls(order: list[str]) -> None:
    paper = {name: -float(place) for place, name in enumerate("abcdef")}
    ours = {name: -float(place) for place, name in enumerate(order)}
    swaps = sum(a > b for at, a in enumerate(order) for b in order[at + 1 :])
    assert len(discordant(paper, ours)) == swaps
    back = {name: -place for name, place in ours.items()}
    assert len(discordant(paper, back)) == 15 - swaps


def ranked(paper: list[str], *runs: Run, **keys: Any) -> ReportVerdict:
    names = [f"runs/{run.path.rpartition('/')[2]}" for run in runs]
    return judge([claim(id="order", kind="ranking", paper=paper, runs=names, **keys)], *runs)


def test_an_order_that_agrees() -> None:
    report = ranked(["chimera", "wkm", "dc"], run("dc"), run("chimera", better_by=2), run("wkm", better_by=1))
    (judged,) = report.claims
    assert judged.verdict is Verdict.CONFIRMED
    assert judged.ranking
    assert [(name, ours.mean) for name, ours in judged.ranking.ours] == [
        ("chimera", 12.0),
        ("wkm", 11.0),
        ("dc", 10.0),
    ]
    assert (judged.ranking.concordant, judged.ranking.pairs, judged.ranking.turned) == (3, 3, ())
    assert judged.ranking.inseparable == ()  # each item is better by exactly 1
    assert report.sentence == "1 of 1 claim confirmed; the order `order` agrees in 3 of 3 pairs."


def test_an_order_with_a_pair_turned_round() -> None:
    (judged,) = ranked(
        ["wkm", "chimera", "dc"], run("dc"), run("chimera", better_by=2), run("wkm", better_by=1)
    ).claims
    assert judged.verdict is Verdict.NOT_CONFIRMED
    assert judged.ranking and judged.ranking.turned == (("wkm", "chimera"),)
    assert judged.ranking.share == pytest.approx(2 / 3)


@pytest.mark.parametrize(("swaps", "confirmed"), [(0, True), (1, True), (2, False)])
def test_nine_pairs_of_ten_are_enough(swaps: int, confirmed: bool) -> None:
    names = list("abcde")
    runs = [run(name, better_by=-place) for place, name in enumerate(names)]
    for at in range(swaps):
        names[2 * at : 2 * at + 2] = reversed(names[2 * at : 2 * at + 2])
    (judged,) = ranked(names, *runs).claims
    assert (judged.verdict is Verdict.CONFIRMED) is confirmed


def test_lower_may_be_better() -> None:
    scores = {"i1": 1.0, "i2": 2.0, "i3": 4.0}
    good = scored("good", scores, better="lower")
    bad = scored("bad", {item: number + 1 for item, number in scores.items()}, better="lower")
    (judged,) = ranked(["good", "bad"], bad, good).claims
    assert judged.verdict is Verdict.CONFIRMED
    assert judged.ranking and judged.ranking.neighbours[0].gain == 1.0
    assert judged.ranking.inseparable == ()


def test_runs_that_disagree_on_the_direction() -> None:
    one = scored("one", {"i1": 1.0, "i2": 2.0}, better="lower")
    report = ranked(["one", "two"], one, scored("two", {"i1": 1.0, "i2": 2.0}))
    assert [fault.rule for fault in report.faults] == ["claim-ranking"]
    assert report.claims[0].verdict is Verdict.NOT_CONFIRMED


def test_a_tie_is_no_confirmation() -> None:
    (judged,) = ranked(["a", "b"], run("a"), run("b")).claims
    assert judged.verdict is Verdict.NOT_CONFIRMED
    assert judged.ranking and [pair.separable for pair in judged.ranking.neighbours] == [False]


def test_neighbours_that_chance_could_turn_round() -> None:
    noise = [0.5, -0.4, 0.3, -0.6, 0.45, -0.2, 0.1, -0.05]
    items = {f"i{at}": 10.0 + at for at in range(8)}
    runs = {
        "b": scored("b", items),
        "a": scored("a", {item: items[item] + extra for item, extra in zip(items, noise, strict=True)}),
        "top": scored("top", {item: number + 3 for item, number in items.items()}),
    }
    top, close = neighbours(["top", "a", "b"], runs, "si_sdri")
    assert top.separable and top.items == 8
    assert close.interval and close.interval[0] < 0 < close.interval[1]
    assert close.gain == pytest.approx(sum(noise) / 8)
    assert not close.separable
    assert neighbours(["top", "a", "b"], runs, "si_sdri") == (top, close)  # the same draws each time


def test_runs_without_a_common_item_are_not_separable() -> None:
    runs = (scored("a", {"i1": 3.0, "i2": 4.0}), scored("b", {"j1": 1.0, "j2": 2.0}))
    (judged,) = ranked(["a", "b"], *runs).claims
    assert judged.verdict is Verdict.CONFIRMED
    assert judged.ranking and [pair.items for pair in judged.ranking.inseparable] == [0]


def test_an_order_over_different_data_says_so() -> None:
    other = {**RECORD["data"], "digest": "cd" * 32}
    (judged,) = ranked(["b", "a"], run("a"), run("b", better_by=1, data=other)).claims
    assert judged.ranking and not judged.ranking.one_corpus


def test_an_unverified_run_confirms_no_order() -> None:
    files = run_files(better_by=1)
    files["history.csv"] += b"400,0.5,0.7\n"
    (judged,) = ranked(["b", "a"], run("a"), read_run(f"{PROJECT}/runs/b", files)).claims
    assert (judged.verdict, judged.reason) == (Verdict.NOT_CONFIRMED, "the run b is unverified")
    assert judged.ranking and judged.ranking.agrees


# --- the whole -----------------------------------------------------------------------------------------


def hit(id: str) -> Claim:
    return claim(id=id, paper=10, tolerance=1, run="runs/dc")


def miss(id: str) -> Claim:
    return claim(id=id, paper=20, tolerance=1, run="runs/dc")


def still(id: str) -> Claim:
    return claim(id=id, paper=20, tolerance=1)


def elsewhere(id: str) -> Claim:
    return claim(id=id, paper=10, run="runs/dc", corpus="other")


def order(id: str, *names: str) -> Claim:
    return claim(id=id, kind="ranking", paper=names, runs=[f"runs/{name}" for name in sorted(names)])


@pytest.mark.parametrize(
    ("claims", "mark", "sentence"),
    [
        ([], "", "No claims yet."),
        ([hit("a"), hit("b"), hit("c"), miss("d")], "[Re]", "3 of 4 claims confirmed."),
        ([hit("a"), hit("b"), miss("d")], "[¬Re]", "2 of 3 claims confirmed."),
        ([hit("a"), hit("b"), hit("c"), order("o", "dc", "wkm")], "[¬Re]", "3 of 4 claims confirmed; the order `o` agrees in 0 of 1 pair."),
        ([miss("a"), hit("b"), hit("c"), order("o", "wkm", "dc")], "[Re]", "3 of 4 claims confirmed; the order `o` agrees in 1 of 1 pair."),
        ([elsewhere("a")], "", "1 claim without a verdict, being measured on another corpus than the paper's."),
        ([order("o", "wkm", "dc"), order("p", "dc", "wkm"), order("q", "wkm", "dc")], "[¬Re]", "2 of 3 claims confirmed; the orders agree in 1 of 1, 0 of 1 and 1 of 1 of their pairs."),
        ([elsewhere("a"), order("o", "wkm", "dc")], "[Re]", "1 of 1 claim confirmed; the order `o` agrees in 1 of 1 pair; 1 more without a verdict, being measured on another corpus than the paper's."),
        ([still("a"), hit("b")], "", "1 of 2 claims confirmed; 1 still open."),
        ([still("a"), hit("b"), hit("c"), hit("d")], "[Re]", "3 of 4 claims confirmed; 1 still open."),
        ([still("a"), miss("b"), miss("c")], "[¬Re]", "0 of 3 claims confirmed; 1 still open."),
        ([still("a")], "", "0 of 1 claim confirmed; 1 still open."),
    ],
)  # fmt: skip
def test_the_whole(claims: list[Claim], mark: str, sentence: str) -> None:
    report = judge(claims, run("dc"), run("wkm", better_by=1))
    assert (report.mark, report.sentence) == (mark, sentence)


def test_the_mark_in_front_of_a_title_is_the_computed_one() -> None:
    good, none = judge([hit("a")], run()), judge([])
    assert good.titled("A report") == good.titled("[¬Re] A report") == "[Re] A report"
    assert none.titled("A report") == none.titled("[Re] A report") == "A report"
    assert good.titled("A report on [Re]") == "[Re] A report on [Re]"


@given(st.lists(st.sampled_from([hit, miss, still, elsewhere]), max_size=9))
@settings(deadline=None, max_examples=60)
def test_one_more_confirmation_never_hurts(kinds: list[Any]) -> None:
    ladder = {"[¬Re]": 0, "": 1, "[Re]": 2}
    claims = [kind(f"c{at}") for at, kind in enumerate(kinds)]
    before, after = (judge(written, run()).mark for written in (claims, [*claims, hit("one-more")]))
    assert ladder[after] >= ladder[before]


# --- numbers for people, the picture -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "digits", "words"),
    [(10.0, 2, "10.00"), (-0.2, 1, "−0.2"), (-0.001, 2, "−0.001"), (1e-17, 2, "0.00"), (-1e-17, 1, "0.0"), (32900000, 2, "32,900,000"), (0, 1, "0.0"),
     (1e12, 1, "1e+12"), (3e-8, 2, "3e−08"), (1234.5, 1, "1,234")],
)  # fmt: skip
def test_numbers(number: float, digits: int, words: str) -> None:
    assert shown_number(number, digits) == words


def test_a_number_as_it_was_given() -> None:
    assert [exact_number(one) for one in (10.2, 14.0, 0.05, 32900000.0, -3.0)] == [
        "10.2",
        "14",
        "0.05",
        "32,900,000",
        "−3",
    ]


def test_enough_digits_to_see_on_which_side_of_the_tolerance() -> None:
    judged = JudgedClaim(claim(paper=10.2, tolerance=0.5), Verdict.NOT_CONFIRMED, ours=Measured(10.7004))
    assert not near(10.2, 10.7004, 0.5)
    assert judged.change(0.5004) == "+0.5004"


def test_the_picture_has_an_axis_a_unit() -> None:
    report = judge(
        [
            hit("a"),
            miss("b"),
            claim(id="c", metric="accuracy", unit="%", paper=91.5, tolerance=1, ours=91, evidence="https://a.org"),
            claim(id="d", metric="loss", unit="nat", paper=1, ours=None, why="no time"),
            claim(id="e", kind="magnitude", paper=10, run="runs/dc"),
        ],
        run(),
    )  # fmt: skip
    decibels, percent = claim_axes(report.values)
    assert [(axis.unit, [row.judged.claim.id for row in axis.rows]) for axis in (decibels, percent)] == [
        ("dB", ["a", "b"]),
        ("%", ["c"]),
    ]
    for row in (*decibels.rows, *percent.rows):
        assert row.paper is not None and row.ours is not None and row.band
        assert 0 <= row.band[0] < row.paper < row.band[0] + row.band[1] <= 100
    assert decibels.rows[0].interval and percent.rows[0].interval is None


@given(
    st.lists(
        st.tuples(st.floats(), st.floats(), st.none() | st.floats(0)).filter(lambda row: row[0] == row[0]),
        min_size=1,
        max_size=4,
    )
)
@settings(deadline=None)
def test_any_numbers_can_be_drawn(numbers: list[tuple[float, float, float | None]]) -> None:
    claims = [
        JudgedClaim(
            Claim.model_construct(id=f"c{at}", kind="value", paper=paper, tolerance=tolerance, unit="x"),
            Verdict.NONE,
            ours=Measured(ours),
        )
        for at, (paper, ours, tolerance) in enumerate(numbers)
    ]
    for axis in claim_axes(claims):
        for row in axis.rows:
            places = (row.paper, row.ours, *(row.band or ()))
            assert all(0 <= place <= 100 for place in places if place is not None)
            assert axis.x.ticks and all(axis.x.words(tick) for tick in axis.x.ticks)


# --- front matter, pages, the scaffold -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read", "message"),
    [
        ("paper: 10", 10.0, ""),
        ("paper: [b, a]", ("b", "a"), ""),
        ("paper: null", None, ""),
        ("paper: ten", None, "expected a number, or a list of names for a ranking, found `ten`"),
        ("paper: true", None, "found `true`"),
        ("paper: 1e999", None, "found `inf`"),
        ("paper: [1, 2]", None, "found a list"),
        (f"paper: [{', '.join(map('n{}'.format, range(61)))}]", None, "60 are the most"),
        ('paper: ["a\u202eb", c]', None, "control character U+202E"),
        ("tolerance: 1e999", None, "finite"),
        ("gruop: x", None, "unknown key `gruop`"),
    ],
)
def test_claims_in_front_matter(written: str, read: Any, message: str) -> None:
    node = read_yaml(f"claims:\n  - {{id: a, source: T, metric: m, {written}}}")
    meta, faults = validate(node, ReportMeta)
    if meta:
        assert (meta.claims[0].paper, message) == (read, "")
    else:
        assert len(faults) == 1 and message in faults[0].message and faults[0].place.line == 2


REPORT_TEXT = """---
title: "[Re] Our <b>report</b>"
claims:
  - {id: dc, source: "<i>Table</i>", metric: si_sdri, unit: "<u>", paper: 10.2, tolerance: 0.5, ours: 10.0, evidence: "https://example.org/?a=1&b=2"}
  - {id: far, source: T, metric: si_sdri, paper: 20, tolerance: 0.5, run: runs/dc, why: "<script>alert(1)</script>"}
---
[A claim](#claim-dc), [the other](../mine/reproducibility-report.md#claim-far).
"""


def test_the_pages_show_the_mark_and_the_verdict(tmp_path: Path) -> None:
    index = (
        "---\ntitle: Mine\nmembers: [ada, ben, cleo]\n---\n[The claim](reproducibility-report.md#claim-dc)\n"
    )
    root = write_course(tmp_path, {f"{PROJECT}/index.md": index, REPORT: REPORT_TEXT})
    write_run(root / PROJECT / "runs/dc")
    made = build(load(root, as_of=dt.date(2020, 4, 1)))
    assert [finding for finding in made.findings if finding.rule.startswith(("claim-", "link-"))] == []
    pages = {output.path: output for output in made.outputs if isinstance(output, PageOutput)}
    report, project = pages[REPORT], pages[f"{PROJECT}/index.md"]
    assert report.title == "[¬Re] Our <b>report</b>"
    assert "1 of 2 claims confirmed." in report.body and "1 of 2 claims confirmed." in project.body
    assert "[¬Re] Our &lt;b&gt;report&lt;/b&gt;" in project.body
    assert "GPU: NVIDIA H200" in report.body and 'href="../runs/dc/run.json"' in report.body
    assert 'id="claim-dc"' in report.body and 'role="img" ' in report.body
    for injected in ("<i>", "<u>", "<script", "<b>"):
        assert injected not in report.body


def test_a_report_without_claims_says_so_kindly(tmp_path: Path) -> None:
    config, _, _ = read_config(base_course()["course.yml"].encode())
    assert config
    root = write_course(tmp_path)
    new_project(root, config, "mine", dt.date(2020, 4, 10))
    made = build(load(root, as_of=dt.date(2020, 4, 1)))
    assert [finding for finding in run_checks(load(root, as_of=dt.date(2020, 4, 1))) if finding.severity == "error"] == []  # fmt: skip
    (report,) = (page for page in made.outputs if isinstance(page, PageOutput) and page.path == REPORT)
    assert report.title == "Reproducibility report: Mine"
    assert "This report names no claims yet" in report.body
