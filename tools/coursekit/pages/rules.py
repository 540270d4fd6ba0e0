"""The rules: an index by family and a page for each, made from the checks' own docstrings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.cache import Cache
from coursekit.checks import RuleDoc, all_checks, family_of, rule_doc
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
        families.setdefault(family_of(check.id), (_title(check.id), []))[1].append((check, doc))
    yield renderer.page(
        "rules/index.md", "rules.html", title="Rules", section=("Rules",), hide=("toc",), families=families
    )
    html = _as_html(doc for _, doc in rules)
    for check, doc in rules:
        yield renderer.page(
            f"rules/{check.id}.md",
            "rule.html",
            title=check.id,
            description=doc.summary.replace("`", ""),
            section=("Rules", _title(check.id)),
            hide=("toc",),
            check=check,
            doc=doc,
            markdown=html.__getitem__,
        )


def _as_html(docs: Iterable[RuleDoc]) -> dict[str, str]:
    """What the docstrings say in Markdown, as HTML: it changes with the code only, so it is kept."""
    cache = Cache()
    texts = {text for doc in docs for text in (doc.summary, doc.what, doc.why, doc.mend)}
    return cache.kept(
        cache.key("rules as HTML"), lambda: {text: render_markdown(text).html for text in sorted(texts)}
    )


def _title(rule: str) -> str:
    family = family_of(rule)
    return family.upper() if family in _ACRONYMS else family.capitalize()
