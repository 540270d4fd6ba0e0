"""What stands around the text of a printed report: title, authors, paper, claims, runs, check list, references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coursekit.checklist import checklist, runs_of
from coursekit.claims import JudgedClaim, ReportVerdict, exact_number
from coursekit.course import Course, Project
from coursekit.embed import Embed, read_embed, run_path
from coursekit.measured import measure
from coursekit.page import Page
from coursekit.runfolder import Run
from coursekit.schema import Reference

CRITERION = (
    "A value is confirmed within its tolerance, or, without one, if the paper's value lies in the 95 % interval of ours; "
    "a ranking if at least 90 % of its pairs agree. A paper is reproduced, [Re], if at least 75 % of its claims are "
    "confirmed and every ranking; else it is not, [¬Re] (Raff 2019)."
)
RAFF = (
    "E. Raff. A Step Toward Quantifying Independently Reproducible Machine Learning Research. NeurIPS 2019.",
    "https://arxiv.org/abs/1909.06674",
)
PINEAU = (
    "J. Pineau et al. Improving Reproducibility in Machine Learning Research. 2020.",
    "https://arxiv.org/abs/2003.12206",
)


def report_facts(course: Course, project: Project, page: Page) -> dict[str, Any]:
    """All of it as plain data for the template."""
    verdict = course.verdicts[page.path]
    meta = project.page.meta if project.page else None
    config = course.config
    return {
        "kind": "Reproducibility report",
        "title": verdict.titled(page.title or project.title),
        "authors": [course.person(id) for id in (meta.members if meta else ())],
        "affiliation": ", ".join(part for part in (config.code, config.title, config.institution, config.term.name) if part),
        "facts": list(_box(course, project, verdict)),
        "claims": [_claim_row(judged) for judged in verdict.claims],
        "criterion": CRITERION,
        "runs": [_run_row(run) for run in runs_of(verdict.claims)],
        "checklist": [
            [item.name, item.standing.value, f"{item.found.replace('`', '')}. {item.why} ({item.source.name})"]
            for item in checklist(course, project, page)
        ],
        "references": list(_references(meta.paper if meta else None, page)),
    }  # fmt: skip


def _box(course: Course, project: Project, verdict: ReportVerdict) -> Iterator[tuple[str, str, str]]:
    paper = project.page.meta.paper if project.page and project.page.meta else None
    yield "Original paper", cited(paper) if paper else "not named yet", paper.url if paper else ""
    code = course.repository_of(project)
    yield "Code", code or "no address yet", code or ""
    yield "Outcome", verdict.sentence.replace("`", "'"), ""


def cited(paper: Reference) -> str:
    """'Hershey, Chen. Deep clustering. ICASSP, 2016'"""
    where = ", ".join(str(part) for part in (paper.venue, paper.year) if part)
    return ". ".join(part for part in (", ".join(paper.authors), paper.title, where) if part)


def _claim_row(judged: JudgedClaim) -> list[str]:
    claim, unit = judged.claim, f" {judged.unit}" if judged.unit else ""
    names = claim.paper if isinstance(claim.paper, tuple) else ()
    paper = " > ".join(names) or (
        f"{exact_number(judged.paper)}{unit}" if judged.paper is not None else "not given"
    )
    return [
        f"{claim.id}\n{claim.metric}{f', {claim.group}' if claim.group else ''}",
        f"{paper}\n{claim.source}",
        _ours(judged, unit),
        _difference(judged, unit),
        "\n".join(
            part for part in (judged.verdict.value, judged.reason.replace("`", ""), claim.why or "") if part
        ),
    ]


def _ours(judged: JudgedClaim, unit: str) -> str:
    if judged.ranking:
        return " > ".join(name for name, _ in judged.ranking.ours)
    ours = judged.ours
    if ours is None:
        return "–"
    interval = " to ".join(map(judged.number, ours.interval)) if ours.interval else ""
    count = f"N = {ours.n}" if ours.n else ""
    below = ", ".join(part for part in (interval, count, ours.device) if part)
    return f"{judged.number(ours.mean)}{unit}\n{below}".strip()


def _difference(judged: JudgedClaim, unit: str) -> str:
    if judged.ranking:
        return f"{judged.ranking.concordant} of {judged.ranking.pairs} pairs agree"
    tolerance = judged.claim.tolerance
    allowed = f"\ntolerance {exact_number(tolerance)}{unit}" if tolerance is not None else ""
    return f"{judged.change(judged.difference)}{unit}{allowed}" if judged.difference is not None else "–"


def _run_row(run: Run) -> list[str]:
    record = run.record
    commit = f"{record.commit[:10]}{' (dirty)' if record.dirty else ''}" if record and record.commit else "–"
    return [
        f"{run.name}\n{run.title}{'' if run.verified else ' (unverified)'}",
        run.device_label,
        run.duration or "–",
        ", ".join(map(str, record.seeds)) if record and record.seeds else "–",
        commit,
        record.data.name if record else "–",
    ]


def _references(paper: Reference | None, page: Page) -> Iterator[tuple[str, str]]:
    seen = {RAFF[1], PINEAU[1]}
    if paper and paper.url not in seen:
        seen.add(paper.url)
        yield f"{cited(paper)}.", paper.url
    yield RAFF
    yield PINEAU
    for link in page.prose.links:
        if link.target.startswith(("https://", "http://")) and link.target not in seen and not link.picture:
            seen.add(link.target)
            yield f"{link.text or 'Link'}.", link.target


def embeds(course: Course, page: Page) -> dict[str, Any]:
    """The `runs` blocks of a text as tables, by what their mark on the page says."""
    found = {}
    for fence in page.prose.fences:
        embed = read_embed(fence.text)[0]
        if embed:
            found["|".join((embed.show, " ".join(embed.runs), embed.metric or ""))] = _embed(
                course, page, embed
            )
    return found


def _embed(course: Course, page: Page, embed: Embed) -> dict[str, Any]:
    """Numbers become a table; what only a screen can show is named."""
    runs = [
        run for name in embed.runs if isinstance(run := course.documents.get(run_path(name, page.path)), Run)
    ]
    if embed.show not in {"table", "bars"} or not embed.metric or not runs:
        return {"t": "p", "c": [{"t": "em", "c": [_text(f"The report's page shows here: {embed.show} of {', '.join(embed.runs)}.")]}]}  # fmt: skip
    cells = [{"t": "strong", "c": [_text(name)]} for name in ("Run", embed.metric, "95 % interval", "N")]
    for run in runs:
        ours = measure(run, embed.metric)
        unit = f" {ours.unit}" if ours and ours.unit else ""
        mean = f"{ours.mean:.2f}{unit}" if ours else "–"
        interval = f"{ours.interval[0]:.2f} to {ours.interval[1]:.2f}" if ours and ours.interval else "–"
        cells += [_text(part) for part in (run.title, mean, interval, str(ours.n or "–") if ours else "–")]
    return {"t": "table", "columns": 4, "c": cells}


def _text(value: str) -> dict[str, Any]:
    return {"t": "text", "v": value}
