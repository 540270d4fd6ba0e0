"""From the course to the pages of its site: Jinja templates with autoescape, around sanitised HTML.

Everything that a template prints is escaped unless it is Markup, and Markup comes from three places only:
the sanitiser (through `text`), Pygments, and the templates themselves.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from coursekit.checklist import checklist
from coursekit.claimchart import claim_axes
from coursekit.claims import exact_number
from coursekit.course import Course
from coursekit.embed import read_embed, run_path
from coursekit.history import Changes
from coursekit.markup import relink
from coursekit.model import LAST_IN_SECTION, Diagnostic, Output, PageOutput, Severity
from coursekit.page import Page
from coursekit.pictures import Figure
from coursekit.plaintext import plain_text
from coursekit.results.bars import bars
from coursekit.results.comparison import column_words, compare, metric_words, one_device
from coursekit.results.curves import curves
from coursekit.results.listening import listen
from coursekit.runfolder import Run
from coursekit.site import Site

TEMPLATES = Path(__file__).parent / "templates"
_PICTURE = re.compile(r'<img\b(?:[^>"]|"[^"]*")*?\bsrc="([^"]*)"(?:[^>"]|"[^"]*")*>')
_RUNS_EMBED = re.compile(r'<div class="runs-embed"([^>]*)></div>')
_UNREADABLE = ("yaml-", "meta-", "file-", "notebook-invalid", "page-too-heavy")
_DATA = re.compile(r'data-(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Renderer:
    """What every page needs: the course, the addresses, the findings, the pictures of the PDFs' pages."""

    course: Course
    site: Site
    findings: tuple[Diagnostic, ...] = ()
    pictures: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    reports: Mapping[str, bytes] = field(default_factory=dict)  # the PDF of each report, by the report's path

    @cached_property
    def environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(
            day=day, short_day=short_day, megabytes=megabytes, number=number, ticks=ticks
        )
        environment.filters.update(
            metric_words=metric_words, column_words=column_words, one_device=one_device
        )
        environment.filters.update(exact_number=exact_number, words=plain_text)
        environment.globals.update(claim_axes=claim_axes, checklist_of=checklist)
        environment.globals.update(course=self.course, config=self.course.config, history=self.course.history)
        environment.globals.update(
            compare=compare, bars=bars, curves=curves, listen=listen, shown_in=shown_in
        )
        return environment

    def page(
        self,
        path: str,
        template: str,
        *,
        title: str,
        source: str | None = None,
        description: str = "",
        section: tuple[str, ...] = (),
        hide: tuple[str, ...] = (),
        order: int | None = None,
        **context: Any,
    ) -> PageOutput:
        """Render a page; `path` is its Markdown path on the site, `source` the file that people edit."""

        def url(target: str) -> str:
            return self.site.url(path, target)

        def text(html: str, written_in: str | None = None) -> Markup:
            return self.text(html, written_in or source or "", path)

        body = self.environment.get_template(template).render(
            url=url,
            text=text,
            page_path=path,
            source=source,
            problems=self.problems(source),
            changes=self.changes(path, source),
            person=self.course.person,
            source_url=self.source_url,
            text_of=lambda written_in: lambda html: text(html, written_in),
            **context,
        )
        return PageOutput(
            path,
            title,
            body,
            source,
            description,
            section,
            hide,
            order or LAST_IN_SECTION,
            broken=self.is_broken(source),
        )

    def is_broken(self, source: str | None) -> bool:
        """Whether a file could not be read as its author meant it, so that its page says too little."""
        return any(problem.rule.startswith(_UNREADABLE) for problem in self.problems(source))

    def text(self, html: str, source: str, page: str) -> Markup:
        """Sanitised HTML written in `source`, with its links made right for `page` and its runs filled in."""
        linked = relink(
            self._sized(html, source),
            lambda attribute, href: self.site.resolve(source, page, attribute, href),
        )
        return Markup(_RUNS_EMBED.sub(lambda found: self._runs(found[1], source, page), linked))  # noqa: S704 - sanitised

    def _sized(self, html: str, source: str) -> str:
        """Pictures with the size of their files, so that nothing moves when they come in."""

        def size(found: re.Match[str]) -> str:
            target = self.site.lookup(source, unescape(found[1]))
            figure = self.course.documents.get(target[0]) if target else None
            if (
                not isinstance(figure, Figure)
                or not figure.width
                or "width=" in found[0]
                or "height=" in found[0]
            ):
                return found[0]
            return f'{found[0][:-1]} width="{figure.width}" height="{figure.height}" loading="lazy">'

        return _PICTURE.sub(size, html)

    def _runs(self, attributes: str, source: str, page: str) -> str:
        wish = dict(_DATA.findall(attributes))
        paths = [run_path(unescape(name), source) for name in wish.get("runs", "").split()]
        runs = tuple(run for path in paths if isinstance(run := self.course.documents.get(path), Run))
        return self.environment.get_template("parts/runs.html").render(
            runs=runs,
            show=wish.get("show", "table"),
            metric=unescape(wish.get("metric", "")),
            missing=[path for path in paths if path not in {run.path for run in runs}],
            url=lambda target: self.site.url(page, target),
        )

    def problems(self, source: str | None) -> tuple[Diagnostic, ...]:
        """The errors in a file, for the page that shows it."""
        return (
            tuple(f for f in self.findings if f.path == source and f.severity is Severity.ERROR)
            if source
            else ()
        )

    def changes(self, path: str, source: str | None) -> Changes | None:
        """When the material of a page was last changed: its whole folder's, for a presentation or a project."""
        if source is None:
            return None
        history = self.course.history
        whole = posixpath.basename(path) == "index.md" and source.startswith(("presentations/", "projects/"))
        return history.folders.get(posixpath.dirname(source)) if whole else history.files.get(source)

    def source_url(self, path: str, kind: str = "blob") -> str | None:
        """The address of a file in the course's repository; `kind` may be blob, edit, raw or tree."""
        repository = self.course.config.links.repository
        return f"{repository.rstrip('/')}/{kind}/main/{path}" if repository else None


def day(value: dt.date) -> str:
    """'Wednesday 8 April 2020'"""
    return f"{value:%A} {value.day} {value:%B} {value.year}"


def short_day(value: dt.date) -> str:
    """'8 Apr'"""
    return f"{value.day} {value:%b}"


def ticks(text: str) -> Markup:
    """A message with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a lone backtick is a backtick
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def megabytes(size: int) -> str:
    """A file's size for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def number(value: float | None, digits: int = 2) -> str:
    """A figure from a run; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def shown_in(page: Page | None) -> frozenset[str]:
    """What the text of a page shows of runs by itself: table, bars, curves, …"""
    embeds = (read_embed(fence.text)[0] for fence in page.prose.fences) if page else ()
    return frozenset(embed.show for embed in embeds if embed)


def unique(outputs: Iterable[Output]) -> list[Output]:
    """Outputs sorted by path, one for each path; the first wins."""
    found: dict[str, Output] = {}
    for output in outputs:
        found.setdefault(output.path, output)
    return [found[path] for path in sorted(found)]
