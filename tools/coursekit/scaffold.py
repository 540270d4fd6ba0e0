"""`course new`: a first version of what somebody hands in, which passes the check and says what to fill in."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from coursekit.config import Config
from coursekit.model import CannotStart

_COMMIT = re.compile(r"""^commit:\s*["']?([0-9a-f]{7,40})\b""", re.MULTILINE)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")

WEEK = """\
---
title: {title}
reading: []
---

What happens in this week, in a few sentences.
"""

PRESENTATION = """\
---
title: {title}
summary: One sentence that says what the talk is about.
presenters: [{presenters}]
topic: {title} # or name the papers:
# papers:
#   - {{title: The paper's title, url: https://arxiv.org/abs/1508.04306, authors: [First Author], year: 2016}}
code:
  - {{title: The code-base, url: {repository}}}
# slides: slides.pdf   (put the PDF into this folder; a link alone is not enough)
---

## What problem is solved

Explain it to somebody who missed the session.

## How

Mathematics is written as $a^2 + b^2 = c^2$; a figure as `![what it shows](figures/name.png)`.
"""

SCRIBE = """\
---
scribes: [{scribes}]
date: {date}
---

Q (who asked): The question, as it was asked?

A (who answered): The answer.

Note: something that the presenters should mend in their material.
"""

PROJECT = """\
---
title: {title}
members: []
status: just started
---

Which paper is reproduced, and which of its numbers.
"""

TIPS = """\
---
title: Tips and tricks for training {title}
---

One section for each thing that went wrong, with the day and what was seen. For example:

## {date} The loss is NaN after one step

Symptom: the loss is NaN in the second step.

Cause: a silent example; its norm is zero and is divided by.

Fix: a small constant in the denominator, and a test with a silent example.
"""

REPORT = """\
---
title: "Reproducibility report: {title}"
claims: []
---

## What was attempted

Each main result of the paper becomes a claim in the front matter, with its source.
"""

REVIEW = """\
---
reviewer: {reviewer}
commit: null # what `git rev-parse --short HEAD` prints in their code, in quotes{before}
---

Say once what is good, with a permalink, so that it is kept.

## Findings

One numbered line for each, with a permalink to the lines at that commit. It starts with **Must.**, **Should.** or **Question.**

## Answers of the group

The group writes here, one answer for each finding, by the same numbers.

## Check list

- [ ] Start: the README's first command works on a fresh machine
- [ ] Building blocks: the loss is the paper's equation; nothing runs when it is imported
- [ ] Experiments: one file a table row; settings and seed are stored with each result
- [ ] Tests: they pass, and they fail if the sign of the loss is changed
- [ ] Data: no test item is in training; the metric is the paper's
- [ ] Notebooks: they import the building blocks and copy none of them
- [ ] Results: each names its commit, its device and what it cost
"""


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What `course new` wrote, and what to do next."""

    written: tuple[str, ...]
    next_step: str


def _write(root: Path, files: dict[str, str], next_step: str) -> Scaffold:
    """Write all the files or none.

    Raises:
        CannotStart: one of them exists; nothing is overwritten.
    """
    for path in files:
        if (root / path).exists():
            raise CannotStart(f"{path} exists already; nothing was written")
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return Scaffold(tuple(files), next_step)


def _slug(text: str) -> str:
    if not _SLUG.match(text):
        better = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "my-topic"
        raise CannotStart(f"`{text}` is no slug (lower-case words joined by hyphens); try `{better}`")
    return text


def _week(config: Config, number: int) -> str:
    if not 1 <= number <= config.term.weeks:
        raise CannotStart(f"week {number}: the term has weeks 1 to {config.term.weeks}")
    return f"week-{number:02d}"


def _words(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


def new_week(root: Path, config: Config, number: int) -> Scaffold:
    """weeks/week-NN/index.md"""
    folder = f"weeks/{_week(config, number)}"
    return _write(
        root,
        {f"{folder}/index.md": WEEK.format(title=f"The theme of week {number}")},
        f"edit {folder}/index.md",
    )


def new_presentation(root: Path, config: Config, week: int, slug: str) -> Scaffold:
    """presentations/week-NN/<slug>/index.md, with the presenters that the rota names."""
    folder = f"presentations/{_week(config, week)}/{_slug(slug)}"
    slot = config.slot(week, slug)
    repository = config.links.repository or "https://github.com/"
    text = PRESENTATION.format(
        title=_words(slug), presenters=", ".join(slot.presenters if slot else ()), repository=repository
    )
    return _write(
        root,
        {f"{folder}/index.md": text},
        f"edit {folder}/index.md, add slides.pdf and notebooks beside it, then run: course check {folder}",
    )


def new_scribe(root: Path, config: Config, week: int, slug: str) -> Scaffold:
    """scribe_notes/week-NN/<slug>.md, for a presentation that is there or planned."""
    path = f"scribe_notes/{_week(config, week)}/{_slug(slug)}.md"
    slot = config.slot(week, slug)
    if not slot and not (root / f"presentations/week-{week:02d}/{slug}").is_dir():
        raise CannotStart(
            f"week {week} has no presentation called `{slug}`, neither in the tree nor in the rota"
        )
    text = SCRIBE.format(scribes=slot.scribe if slot and slot.scribe else "", date=config.session(week))
    return _write(root, {path: text}, f"write the note in {path}, then run: course check {path}")


def new_project(root: Path, config: Config, slug: str, today: dt.date) -> Scaffold:
    """projects/<slug>/ with its three documents."""
    title = _words(_slug(slug))
    folder = f"projects/{slug}"
    names = {"index": PROJECT, "tips-and-tricks": TIPS, "reproducibility-report": REPORT}
    files = {f"{folder}/{name}.md": text.format(title=title, date=today) for name, text in names.items()}
    return _write(root, files, f"name the members and the paper in {folder}/index.md")


def new_review(root: Path, config: Config, project: str, week: int) -> Scaffold:
    """projects/<slug>/reviews/week-NN.md, with the reviewing group that course.yml names and what to look for."""
    path = f"projects/{_slug(project)}/reviews/{_week(config, week)}.md"
    if not (root / f"projects/{project}").is_dir():
        raise CannotStart(f"there is no project called `{project}`")
    reviewer = next(
        (r.reviewer for r in config.reviews if r.project == project and r.week == week),
        "null # the group's id",
    )
    text = REVIEW.format(
        reviewer=reviewer, before=_reviewed_before(root / f"projects/{project}/reviews", week)
    )
    code = config.projects[project].repository if project in config.projects else None
    return _write(root, {path: text}, f"{f'clone {code}, ' if code else ''}write the review in {path}")


def _reviewed_before(folder: Path, week: int) -> str:
    """A hint at the commit that the last review before this week was of."""
    for file in sorted(folder.glob("week-[0-9][0-9].md"), reverse=True):
        if file.name < f"week-{week:02d}.md" and file.is_file() and not file.is_symlink():
            text = file.read_bytes()[:4096].decode("utf-8", "replace")
            if found := _COMMIT.search(text):
                return f"; the review of {file.stem.replace('-', ' ')} was of {found[1]}"
    return ""
