"""What any shell is told about the site: the navigation, and the settings that keep it self-contained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coursekit.model import PageOutput
from coursekit.source import CONTENT_FOLDERS
from coursekit.staging import inert

STYLE_SHEETS = (
    "assets/course/vendor/fonts/fonts.css",
    "assets/course/vendor/katex/katex.min.css",
    "assets/course/course.css",
)
SCRIPTS = (
    "assets/course/course.js",
    "assets/course/slides.js",
    "assets/course/listen.js",
    "assets/course/typeset.js",
)
MARKDOWN_EXTENSIONS: list[Any] = [
    "attr_list",
    {"toc": {"permalink": True, "permalink_title": "Link to this section"}},
]
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; frame-src 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
_TOP = (
    "index.md",
    "schedule.md",
    "Weeks",
    "Presentations",
    "papers.md",
    "questions.md",
    "owed.md",
    "Projects",
    "Taking part",
    "Rules",
)
_FIRST_LABEL = {
    "index.md": "Home",
    "schedule.md": "Schedule",
    "papers.md": "Papers",
    "questions.md": "Questions",
    "owed.md": "Owed",
}


def navigation(pages: Iterable[PageOutput]) -> list[Any]:
    """MkDocs' `nav`: the sections in a fixed order, pages sorted inside them, index pages first."""
    tree: dict[str, Any] = {}
    for page in sorted(pages, key=_place):
        node = tree
        for title in page.section:
            node = node.setdefault(inert(title), {})  # themes print the titles of sections as they are
        node[f"\0{page.path}"] = page.path
    return [_entry(name, tree) for name in _ordered(tree)]


def _place(page: PageOutput) -> tuple[tuple[str, ...], bool, int, str]:
    return page.section, not page.path.endswith("index.md"), page.order, page.path


def _ordered(tree: dict[str, Any]) -> list[str]:
    def rank(name: str) -> tuple[int, str]:
        plain = name.lstrip("\0")
        # pages stay in their order, and before the sections
        return (
            _TOP.index(plain) if plain in _TOP else len(_TOP),
            "" if name.startswith("\0") else name.casefold(),
        )

    return sorted(tree, key=rank)


def _entry(name: str, tree: dict[str, Any]) -> Any:
    value = tree[name]
    if isinstance(value, str):
        return {_FIRST_LABEL[value]: value} if value in _FIRST_LABEL else value
    return {name: [_entry(child, value) for child in value]}


def watched_folders() -> tuple[str, ...]:
    """What a preview watches, relative to the course's root."""
    return (*CONTENT_FOLDERS, "course.yml")
