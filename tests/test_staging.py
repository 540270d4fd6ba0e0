"""A staged page is the same page in any shell, and nothing in it can become live."""

from __future__ import annotations

import re

import markdown
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from coursekit.markup import render_markdown
from coursekit.model import PageOutput
from coursekit.shell import navigation
from coursekit.staging import inert, split_at_headings, to_markdown

NASTY = [
    '<img src=x onerror="alert(1)">',
    "</title><script>alert(1)</script>",
    "{{ 7*7 }} *a* _b_ `c` [d](e)",
    "a: b # c",
    "\\",
    '"',
    "&lt;script&gt;",
]


def shell(staged: str) -> tuple[dict[str, object], str, list[dict[str, object]]]:
    """What MkDocs does with a file: front matter, Markdown, table of contents."""
    _, front, body = staged.split("---\n", 2)
    converter = markdown.Markdown(extensions=["toc", "tables", "fenced_code", "attr_list"])
    html = converter.convert(body)
    return yaml.safe_load(front), html, converter.toc_tokens  # type: ignore[attr-defined]


@pytest.mark.parametrize("title", NASTY)
def test_titles_are_text_even_where_a_template_forgets_to_escape(title: str) -> None:
    meta, html, _ = shell(to_markdown(PageOutput("x.md", title, "<p>text</p>", description=title)))
    for value in (meta["title"], meta["description"]):
        careless = (
            re.sub("&lt;", "<", str(value)).replace("&gt;", ">").replace("&amp;", "&").replace("&lt;", "<")
        )
        tree = LexborHTMLParser(f"<body><p>{careless}</p></body>")
        assert not tree.css("img, script"), careless
    heading = LexborHTMLParser(html).css_first("h1")
    assert heading is not None and heading.text().replace("\u2060", "") == title
    assert not LexborHTMLParser(html).css("script, img, em, code, a")


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_a_body_survives_the_shell_unchanged(text: str) -> None:
    body = render_markdown(text).html
    _, html, _ = shell(to_markdown(PageOutput("x.md", "T", body)))
    ours, theirs = (
        LexborHTMLParser(f"<div>{part}</div>") for part in (body, re.sub(r"<h1[^>]*>T</h1>", "", html))
    )
    assert _words(ours) == _words(theirs)


def _words(tree: LexborHTMLParser) -> list[str]:
    return (tree.body.text(separator=" ") if tree.body else "").split()


def test_headings_keep_their_anchors_and_reach_the_table_of_contents() -> None:
    body = render_markdown(
        "## One *two* `x_y` & more\n\ntext\n\n### Über $a_1$ {#custom}\n\n> ## quoted\n"
    ).html
    _, html, toc = shell(to_markdown(PageOutput("x.md", "T", body)))
    assert {'id="one-two-x_y--more"', 'id="custom"', 'id="quoted"'} <= set(re.findall(r'id="[^"]*"', html))
    sections = toc[0]["children"]
    assert isinstance(sections, list) and [entry["id"] for entry in sections] == ["one-two-x_y--more"]
    assert "<em>two</em>" in html and "<code>x&#95;y</code>" in html


@given(
    st.lists(
        st.sampled_from(
            [
                "<h2 id='a'>x</h2>".replace("'", '"'),
                "<p>y</p>",
                "<div><h3>z</h3></div>",
                "<hr>",
                "text",
                '<img alt="a>b" src="c">',
            ]
        ),
        max_size=12,
    )
)
def test_cutting_at_headings_loses_nothing(parts: list[str]) -> None:
    body = "".join(parts)
    pieces = list(split_at_headings(body))
    assert "".join(piece for _, piece in pieces) == body
    assert sum(heading for heading, _ in pieces) == sum(part.startswith("<h2") for part in parts)


def test_inert_text_reads_the_same() -> None:
    assert inert("a < b & c").replace("\u2060", "") == "a &lt; b &amp; c"


LIVE = [
    "~~~~\na\n``` { .x onmouseover=alert(1) style=position:fixed }\nzzz\n```\n~~~~",
    "    a\n    ~~~ { .x onmouseover=alert(1) }\n    zzz\n    ~~~",
    '## <span title="&#91;x&#93;(&lt;foo onmouseover=alert(2) style=position:fixed &gt;)">heading</span>',
    "## <span title=\"&#33;&#91;q&#93;(x 'y' onerror=alert(1))\">heading</span>",
    '## <span title="&#123; onclick=alert(3) &#125;">h</span> &#123; #x onclick=alert(4) &#125;',
]


@pytest.mark.parametrize("text", LIVE)
def test_nothing_becomes_live_in_a_shell(text: str) -> None:
    _, html, _ = shell(to_markdown(PageOutput("x.md", "T", render_markdown(text).html)))
    for node in LexborHTMLParser(html).root.traverse():  # type: ignore[union-attr]
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"], html
        assert node.tag != "foo" and not (node.tag == "a" and "foo" in str(node.attributes))


def test_titles_of_sections_are_text() -> None:
    page = PageOutput(
        "presentations/x.md", "T", "", section=("Presentations", "<img src=x onerror=alert(6)>")
    )
    assert "<img" not in str(navigation([page]))
