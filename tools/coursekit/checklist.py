"""What a report has of the things that make work reproducible, as far as that can be seen from here.

Only what was found counts as done. What another place would have to be asked for is 'not visible', which is no
reproach. The sources: Raff, A Step Toward Quantifying Independently Reproducible Machine Learning Research (2019),
and the checklist of the NeurIPS reproducibility programme (Pineau et al. 2020).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from coursekit.claims import JudgedClaim, ReportVerdict
from coursekit.course import Course, Project
from coursekit.measured import Measured
from coursekit.page import Page
from coursekit.runfolder import Run
from coursekit.runrecord import RunRecord


@dataclass(frozen=True, slots=True)
class Source:
    """Where a reason comes from."""

    name: str
    url: str


RAFF = Source("Raff 2019", "https://arxiv.org/abs/1909.06674")
NEURIPS = Source("NeurIPS checklist", "https://arxiv.org/abs/2003.12206")
ASSETS = Source("NeurIPS paper checklist", "https://neurips.cc/public/guides/PaperChecklist")
RESCIENCE = Source("ReScience C", "https://rescience.github.io/")


class Standing(StrEnum):
    """Whether a thing is there."""

    DONE = "done"
    MISSING = "missing"
    UNSEEN = "not visible from here"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the list: `found` says what was seen, or what is missing where."""

    name: str
    standing: Standing
    found: str
    why: str
    source: Source


@dataclass(frozen=True, slots=True)
class _Bench:
    """What the list is drawn up from; `runs` are those that the report's claims name."""

    course: Course
    project: Project
    page: Page
    verdict: ReportVerdict
    runs: tuple[Run, ...]


def checklist(course: Course, project: Project, page: Page) -> tuple[Item, ...]:
    """The list for a report, in the order in which a reader would ask."""
    verdict = course.verdicts[page.path]
    bench = _Bench(course, project, page, verdict, tuple(runs_of(verdict.claims)))
    return tuple(_items(bench))


def runs_of(claims: tuple[JudgedClaim, ...]) -> Iterator[Run]:
    """The runs that claims were judged by, each once, in the order of the claims."""
    seen: set[str] = set()
    for ours in _measured(claims):
        if ours.run and ours.run.path not in seen:
            seen.add(ours.run.path)
            yield ours.run


def _measured(claims: tuple[JudgedClaim, ...]) -> Iterator[Measured]:
    for judged in claims:
        if judged.ours:
            yield judged.ours
        for _, ours in judged.ranking.ours if judged.ranking else ():
            yield ours


def _items(bench: _Bench) -> Iterator[Item]:
    yield _claims(bench)
    yield _of_runs(
        bench, "Hyper-parameters", "settings", lambda record: bool(record.config),
        "72 % of the papers that gave all of them could be reproduced, 38 % of those that gave some or none.", RAFF,
    )  # fmt: skip
    yield Item(
        "How hyper-parameters were chosen", Standing.UNSEEN, "a run says its own settings, not what else was tried",
        "The range that was searched, and how the best was picked, belong to a result.", NEURIPS,
    )  # fmt: skip
    yield _of_runs(
        bench, "Seeds", "seeds", lambda record: bool(record.seeds),
        "The exact number of training and evaluation runs is asked for, and a seed lets each be done again.", NEURIPS,
    )  # fmt: skip
    yield _intervals(bench)
    yield _of_runs(
        bench, "Origin of the data", "where the data is from, or its digest",
        lambda record: bool(record.data.made_by and record.data.digest),
        "Others need the same data: where it is from or how it was made, and a digest to compare theirs.", NEURIPS,
    )  # fmt: skip
    yield _of_runs(
        bench, "Hardware", "the device", lambda record: record.device.kind in {"gpu", "cpu"},
        "None of the nine papers that needed a cluster was reproduced: readers must know what it takes.", RAFF,
    )  # fmt: skip
    yield _of_runs(
        bench, "Computing time", "how long it took", lambda record: record.seconds is not None,
        "The run time of each result tells whether one can afford to do it again.", NEURIPS,
    )  # fmt: skip
    yield _of_runs(
        bench, "Versions of the software", "versions", lambda record: bool(record.software),
        "Dependencies change what code does; the checklist asks for them with the code.", NEURIPS,
    )  # fmt: skip
    yield _of_runs(
        bench, "A clean commit", "a commit without uncommitted changes",
        lambda record: bool(record.commit) and record.dirty is False,
        "A number follows from one state of the code, and only a commit names it.", NEURIPS,
    )  # fmt: skip
    yield _code(bench)
    yield _licence(bench)
    yield _paper(bench)
    yield _headed(
        bench, "Whether the authors were asked", r"\b(?:contact|communicat\w+|correspond\w+)\b.*\bauthors?\b",
        "85 % of papers whose authors replied could be reproduced, and 4 % of those whose authors didn't.", RAFF,
    )  # fmt: skip
    yield _headed(
        bench, "What was difficult", r"\bdifficult|\bwas hard\b",
        "Unclear notation, missing steps and missing settings are what made reproductions fail: say which.", RAFF,
    )  # fmt: skip
    yield Item(
        "Own code, written without the authors'", Standing.UNSEEN, "only the group knows",
        "An independent reproduction uses none of the authors' code; running theirs again shows less.", RAFF,
    )  # fmt: skip


def _claims(bench: _Bench) -> Item:
    claims = bench.verdict.claims
    found = f"{len(claims)} claim{'s' if len(claims) != 1 else ''}, each with its place in the paper"
    why = "What counts as reproduced follows from the paper's claims, so they are written down one by one."
    standing = Standing.DONE if claims else Standing.MISSING
    return Item("Claims with their source", standing, found if claims else "no claims", why, RAFF)


def _of_runs(
    bench: _Bench, name: str, what: str, there: Callable[[RunRecord], bool], why: str, source: Source
) -> Item:
    """A thing that each run says of itself, or not."""
    if not bench.runs:
        return Item(name, Standing.UNSEEN, "no claim names a run", why, source)
    lacking = [run.name for run in bench.runs if not (run.record and there(run.record))]
    if lacking:
        more = f" and {len(lacking) - 4} more" if len(lacking) > 4 else ""
        return Item(name, Standing.MISSING, f"{', '.join(lacking[:4])}{more}: not said: {what}", why, source)
    count = len(bench.runs)
    return Item(
        name, Standing.DONE, "the run says so" if count == 1 else f"each of {count} runs says so", why, source
    )


def _intervals(bench: _Bench) -> Item:
    why = "A mean says little without its spread and the number of scores that it is of."
    measured = list(_measured(bench.verdict.claims))
    if not measured:
        return Item("Spread of the results", Standing.UNSEEN, "nothing was measured yet", why, NEURIPS)
    bare = sum(1 for ours in measured if not (ours.interval and ours.n))
    found = f"{bare} of {len(measured)} values without" if bare else "each value has an interval and N"
    standing = Standing.MISSING if bare else Standing.DONE
    return Item("Spread of the results", standing, found, why, NEURIPS)


def _code(bench: _Bench) -> Item:
    address = bench.course.repository_of(bench.project)
    why = "The code is the whole of the method; the checklist asks for a link to all of it."
    standing = Standing.DONE if address else Standing.MISSING
    return Item("Address of the code", standing, address or "no `repository`", why, NEURIPS)


def _licence(bench: _Bench) -> Item:
    why = "Without a licence nobody may use the code, not even to check it."
    own = re.compile(rf"{re.escape(bench.project.folder)}/(?:\w+/)?(?:licen[cs]e|copying)\b", re.IGNORECASE)
    there = next((path for path in bench.course.paths if own.match(path)), "")
    standing = Standing.DONE if there else Standing.UNSEEN
    return Item("Licence", standing, there or "it would lie in the code's repository", why, ASSETS)


def _paper(bench: _Bench) -> Item:
    meta = bench.project.page.meta if bench.project.page else None
    why = "A reproduction is one of a certain paper, in a certain version."
    there = bool(meta and meta.paper)
    found = meta.paper.title if meta and meta.paper else "the project's page names no `paper`"
    return Item("The paper", Standing.DONE if there else Standing.MISSING, found, why, RESCIENCE)


def _headed(bench: _Bench, name: str, pattern: str, why: str, source: Source) -> Item:
    """A thing that has a section of the report, with something in it."""
    found = next((text for text in _sections(bench.page) if re.search(pattern, text, re.IGNORECASE)), "")
    standing = Standing.DONE if found else Standing.MISSING
    return Item(name, standing, f"the section '{found}'" if found else "no section about it", why, source)


def _sections(page: Page) -> Iterator[str]:
    """The headings of a text that have words below them."""
    lines = page.body.split("\n")
    starts = [heading.place.line - page.body_line for heading in page.prose.headings] + [len(lines)]
    for heading, (start, end) in zip(page.prose.headings, pairwise(starts), strict=True):
        if any(line.strip() for line in lines[start + 1 : end]):
            yield heading.text
