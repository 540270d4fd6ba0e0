"""The rules: an index by family and a page for each, made from the checks' own docstrings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.checks import all_checks, rule_doc
from coursekit.markup import render_markdown
from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


_ACRONYMS = {"html", "pdf", "svg", "yaml"}


def outputs(renderer: Renderer) -> Iterable[Output]:
    """'rules/index.md' and 'rules/<id>.md'."""
    rules = [(check, rule_doc(check)) for check in all_checks()]
    families: dict[str, tuple[str, list[object]]] = {}
    for check, doc in rules:
        family = check.id.split("-")[0]
        families.setdefault(family, (_title(family), []))[1].append((check, doc))
    yield renderer.page(
        "rules/index.md", "rules.html", title="Rules", section=("Rules",), hide=("toc",), families=families
    )
    for check, doc in rules:
        yield renderer.page(
            f"rules/{check.id}.md",
            "rule.html",
            title=check.id,
            description=doc.summary.replace("`", ""),
            section=("Rules", _title(check.id.split("-")[0])),
            hide=("toc",),
            check=check,
            doc=doc,
            markdown=lambda text: render_markdown(text).html,
        )


def _title(family: str) -> str:
    return family.upper() if family in _ACRONYMS else family.capitalize()
