"""Lists come out as GitHub's preview shows them, and no word is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from coursekit.blocks import spaced_blocks
from coursekit.markup import render_markdown

SAMPLES = {
    "below a paragraph": "Text:\n- a\n- b\n",
    "numbered below a paragraph": "Text:\n1. a\n2. b\n",
    "two spaces": "- a\n  - b\n    - c\n- d\n",
    "three spaces": "1. a\n   - b\n   - c\n2. d\n",
    "four spaces": "- a\n    - b\n        - c\n- d\n",
    "mixed markers": "* a\n  1. b\n  2. c\n* d\n",
    "wrapped": "- a\n  more of a\n- b\n",
    "paragraphs inside": "- a\n\n  second\n\n- b\n",
    "paragraphs inside by four": "- a\n\n    second\n\n- b\n",
    "back out": "- a\n  - b\n\ntext\n\n- c\n",
    "another list after": "7. Heading of a list:\n- one\n- two\n",
    "code in an item": "- a\n\n  ```python\n  x = 1\n\n  y = 2\n  ```\n\n- b\n",
    "code by four": "1. a\n\n    ```python\n    x = 1\n    ```\n\n2. b\n",
    "a year is no list": "It was in\n1984. A novel.\n",
    "a rule below a list": "1. a\n\n2. b\n---\n### c\n",
    "a rule is no list": "a\n\n- - -\n\nb\n",
    "emphasis is no list": "*a* b\n*c*\n",
    "a minus is no list": "x\n-1 and -2\n",
}


def shape(html: str) -> list[tuple[str, int, str]]:
    """Every list item, paragraph and code block with its depth in lists and its own first words."""
    found: list[tuple[str, int, str]] = []

    def walk(node: LexborNode, depth: int) -> None:
        for child in node.iter():
            inner = depth + (child.tag in {"ul", "ol"})
            if child.tag in {"ul", "ol"}:
                found.append((child.tag or "", inner, ""))
            elif child.tag == "li":
                own = "".join(
                    part.text() for part in child.iter(include_text=True) if part.tag not in {"ul", "ol"}
                )
                found.append(("li", inner, " ".join(own.split())))
            walk(child, inner)

    body = LexborHTMLParser(f"<body>{html}</body>").body
    assert body is not None
    walk(body, 0)
    return found


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_lists_are_those_of_commonmark(text: str) -> None:
    assert shape(render_markdown(text).html) == shape(MarkdownIt("commonmark").render(text))


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_moving_twice_moves_nothing_more(text: str) -> None:
    assert spaced_blocks(spaced_blocks(text)) == spaced_blocks(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "- a",
                "  - b",
                "    - c",
                "1. d",
                "   e",
                "    f",
                "",
                "text",
                "```",
                "> q",
                "# h",
                "!!! note",
                "    - g",
                "---",
                "| t |",
            ]
        ),
        max_size=14,
    ).map("\n".join)
)
@settings(max_examples=300, deadline=None)
def test_only_spaces_and_empty_lines_are_added(text: str) -> None:
    moved = [line.strip() for line in spaced_blocks(text).split("\n") if line.strip()]
    assert moved == [line.strip() for line in text.split("\n") if line.strip()]


def test_lists_in_code_and_admonitions_stay() -> None:
    for text in ("```\ntext\n- a\n  - b\n```\n", '!!! note "T"\n\n    - a\n    - b\n', "    - code\n"):
        assert spaced_blocks(text) == text


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("The loss is\n$$\nx = 1\n$$\nand more.", "div.arithmatex"),
        ("Text above\n| a | b |\n|---|---|\n| 1 | 2 |\n", "table td"),
        ("Text above\na | b\n--|--\n1 | 2\n", "table td"),
    ],
)
def test_formulas_and_tables_below_a_line_of_text(text: str, selector: str) -> None:
    assert LexborHTMLParser(render_markdown(text).html).css(selector)
