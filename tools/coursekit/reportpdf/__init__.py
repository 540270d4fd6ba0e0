"""Reproducibility reports as PDF, in the shape that venues know: made with Typst, the same bytes each time.

The way: a report's page -> its facts (`facts`) and its text with final links -> nodes (`nodes`, `mathematics`) -> Typst
(`report.typ`). The last two steps run in a process that can be ended, and are kept by what went in.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from coursekit.cache import Cache
from coursekit.course import Course, Project
from coursekit.jobs import Failure, run_all
from coursekit.markup import relink
from coursekit.page import Page
from coursekit.pictures import Figure
from coursekit.reportpdf.facts import embeds, report_facts
from coursekit.reportpdf.mathematics import set_formulas
from coursekit.reportpdf.printing import TEMPLATE, printed
from coursekit.site import Site, split

Formulas = dict[tuple[str, bool], str]
Pictures = dict[str, bytes]
MAX_PICTURES = 60


@dataclass(frozen=True, slots=True)
class _Order:
    """All that a report's PDF is made of; `html` has its links final and its pictures by the names of `pictures`."""

    facts: dict[str, Any]
    html: str
    embeds: dict[str, Any]
    formulas: Formulas
    pictures: Pictures

    def key(self, cache: Cache) -> str:
        """The key of what it becomes."""
        words = json.dumps(
            [self.facts, self.html, self.embeds, sorted(self.formulas.items())], sort_keys=True
        )
        drawn = [hashlib.sha256(data).digest() for data in self.pictures.values()]
        return cache.key("report-pdf", version("typst"), TEMPLATE.read_bytes(), words, *drawn)


def report_pdfs(site: Site, cache: Cache) -> dict[str, bytes]:
    """The PDF of each report by the report's path; none where one can't be made, or where the group put its own."""
    found = list(_reports(site.course))
    if not found:
        return {}
    formulas = _formulas([page for _, page in found], cache)
    orders = {page.path: _order(site, project, page, formulas) for project, page in found}
    keys = {path: order.key(cache) for path, order in orders.items()}
    made: dict[str, bytes] = {path: pdf for path, key in keys.items() if (pdf := cache.get(key)) is not None}
    missing = [path for path in orders if path not in made]
    calls = [_arguments(orders[path]) for path in missing]
    for path, pdf in zip(missing, run_all(printed, calls, fresh=True), strict=True):
        if not isinstance(pdf, Failure):
            made[path] = pdf
            cache.put(keys[path], pdf)
    return made


def _arguments(order: _Order) -> tuple[Any, ...]:
    return order.facts, order.html, order.embeds, order.formulas, order.pictures


def _reports(course: Course) -> Iterator[tuple[Project, Page]]:
    for project in course.projects:
        for page in project.documents:
            if page.path in course.verdicts and f"{page.path.removesuffix('.md')}.pdf" not in course.data:
                yield project, page


def _formulas(pages: list[Page], cache: Cache) -> Formulas:
    """The MathML of all formulas in the reports, made in one process where it isn't known."""
    texts = sorted({(one.tex, one.display) for page in pages for one in page.prose.formulas})
    keys = {text: cache.key("mathml", text[0], str(text[1])) for text in texts}
    known: Formulas = {text: made for text, key in keys.items() if (made := cache.get(key)) is not None}
    if missing := [text for text in texts if text not in known]:
        for result in run_all(set_formulas, [(missing,)], bounded=False, fresh=True):
            for text, made in zip(missing, [] if isinstance(result, Failure) else result, strict=False):
                known[text] = made
                cache.put(keys[text], made)
    return known


def _order(site: Site, project: Project, page: Page, formulas: Formulas) -> _Order:
    pictures: Pictures = {}

    def resolve(attribute: str, href: str) -> str | None:
        if attribute == "src":
            return _picture(site, page.path, href, pictures)
        return _address(site, page.path, href)

    own = {(one.tex, one.display) for one in page.prose.formulas}
    return _Order(
        report_facts(site.course, project, page),
        relink(page.html, resolve),
        embeds(site.course, page),
        {text: made for text, made in formulas.items() if text in own},
        pictures,
    )


def _picture(site: Site, source: str, href: str, pictures: Pictures) -> str | None:
    """The name that a picture of the tree gets on paper; None for anything else."""
    found = site.lookup(source, href)
    figure = site.course.documents.get(found[0]) if found else None
    if not (isinstance(figure, Figure) and figure.safe and len(pictures) < MAX_PICTURES):
        return None
    name = f"picture-{len(pictures) + 1}{posixpath.splitext(figure.path)[1].lower()}"
    pictures[name] = site.course.data[figure.path]
    return name


def _address(site: Site, source: str, href: str) -> str | None:
    """Where a link leads on paper: to the web, or to the file in the course's repository; else nowhere."""
    if split(href).scheme:
        return href
    repository = site.course.config.links.repository
    found = site.lookup(source, href) if not href.startswith(("#", "//")) else None
    return f"{repository.rstrip('/')}/blob/main/{found[0]}" if repository and found else None
