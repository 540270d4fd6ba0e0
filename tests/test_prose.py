"""What `read_prose` finds stands where it says; nothing in code, mathematics or comments is taken for a link."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.common.utils import unescapeAll

from coursekit.markup import render_markdown
from coursekit.model import Fault, Place
from coursekit.page_reader import reconciled
from coursekit.prose import read_prose


def found(text: str) -> list[tuple[str, int, int]]:
    """Each link and picture: target, line and column."""
    return [(link.target, link.place.line, link.place.column) for link in read_prose(text).links]


@pytest.mark.parametrize(
    ("text", "target", "line", "column"),
    [
        ("See [x](a.md).", "a.md", 1, 9),
        ("[a.md](a.md 'a.md')", "a.md", 1, 8),
        ("[foo](x.md) foo", "x.md", 1, 7),
        ("![long\nalt](figures/a.png)", "figures/a.png", 2, 6),
        ("[![p](p.png)", "p.png", 1, 7),
        ("text <https://example.org> text", "https://example.org", 1, 7),
        ("[x]( <a b.md> )", "a b.md", 1, 7),
        ('a <em>b</em> <a class="a.md" href="a.md">x</a>', "a.md", 1, 36),
        ('<img alt="x"\n  src="a.png">', "a.png", 2, 8),
        ("<audio controls src=a.wav></audio>", "a.wav", 1, 21),
        ('<div>\n\n<p><a\nhref="a.md">x</a></p>', "a.md", 4, 7),
        ("- one\n- two [x](a.md)\n  more", "a.md", 2, 11),
        ("1. one\n\n    below [x](a.md)", "a.md", 3, 15),
        ("> > [x](a.md)", "a.md", 1, 9),
        ("## A [x](a.md) ##", "a.md", 1, 10),
        ("A [x](a.md)\n===", "a.md", 1, 7),
        ("| a | b |\n|---|---|\n| x | x [x](a.md) |", "a.md", 3, 13),
        ("| a | b |\n|---|---|\n| `a\\|b` \\| [x](a.md) | c |", "a.md", 3, 17),
        ("!!! note\n    x [x](a.md)", "a.md", 2, 11),
        ('??? tip "T"\n    !!! note\n        - [x](a.md)', "a.md", 3, 15),
        ('=== "A"\n\n    x\n\n=== "B"\n\n    ![x](a.png)', "a.png", 7, 10),
        ("x[^1]\n\n[^1]: y [x](a.md)", "a.md", 3, 13),
        ("x[^1]\n\n[^1]: y\n\n    ![x](a.png)", "a.png", 5, 10),
        ("Term\n:   Text [x](a.md)", "a.md", 2, 14),
        ('<figure markdown="span">\n  ![x](a.png)\n</figure>', "a.png", 2, 8),
        ("see [x][ref] there\n\n[ref]: a.md", "a.md", 1, 5),
        ("*a* **b [x](a.md)**", "a.md", 1, 13),
        ("$a$ `b` [x](a.md) $c$", "a.md", 1, 13),
        ("costs $5 and [x](a.md) costs $6", "a.md", 1, 18),
        ("[x]()", "", 1, 5),
    ],
)
def test_places_are_exact(text: str, target: str, line: int, column: int) -> None:
    assert (target, line, column) in found(text)
    assert text.split("\n")[line - 1][column - 1 :].startswith(target) or "[ref]" in text


def test_several_links_of_one_line_keep_apart() -> None:
    text = "[foo](x.md) and [bar](y.md), foo again: [foo](x.md) ![bar](y.md)"
    assert found(text) == [("x.md", 1, 7), ("y.md", 1, 23), ("x.md", 1, 47), ("y.md", 1, 60)]


@pytest.mark.parametrize(
    "text",
    [
        "`[x](a.md)`", "`` ` [x](a.md) ``", "```\n[x](a.md)\n```", "~~~~\n```\n[x](a.md)\n```\n~~~~", "    [x](a.md)",
        "!!! note\n    ```\n    [x](a.md)\n    ```", "- a\n\n    ```\n    [x](a.md)\n    ```", "$[x](a.md)$", "$$[x](a.md)$$",
        "$$\n[x](a.md)\n$$", "text $$\n[x](a.md)\n$$ text", "<!-- [x](a.md) -->", "<!--\n[x](a.md)\n\n<a href='a.md'>\n-->", "a <!-- [x](a.md) --> b",
        "<!-- <img src=a.png> -->", "\\[x](a.md)", "[x]\\(a.md)", "- [ ] (a.md)", "![x] (a.md)", "<script>\n'<a href=a.md>'\n</script>",
        "`<a href='a.md'>`", "&lt;a href='a.md'>", "[^1]: unused", "```html\n<img src=a.png>\n```",
    ],
)  # fmt: skip
def test_what_is_no_link(text: str) -> None:
    assert found(text) == []


def test_headings() -> None:
    text = "# A $x$ {#own}\n\nB\n---\n\n```\n# code\n```\n\n!!! note\n    ### C `d`\n"
    headings = [
        (h.level, h.text, h.place.line, h.place.column) for h in read_prose(text, first_line=5).headings
    ]
    assert headings == [(1, "A $x$", 5, 1), (2, "B", 7, 1), (3, "C `d`", 15, 5)]


def test_a_picture_without_words_has_no_alt_text() -> None:
    links = read_prose(
        '![](a.png) ![ ](a.png) <img src="a.png"> <img src="a.png" alt=""> <audio src="a.wav"></audio>'
    ).links
    assert [link.alt for link in links] == [None, None, None, "", "audio"]
    assert all(link.picture for link in links)


def faults(text: str) -> list[tuple[str, int, int]]:
    """The faults as a page has them: rule, line and column."""
    all_of_them = reconciled(render_markdown(text).removed, read_prose(text).faults, [(text, Place())])
    return [(fault.rule, fault.place.line, fault.place.column) for fault in all_of_them]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <script>x</script>", [("html-unsafe-tag", 1, 3)]),
        ("- <b onclick='x'>y</b>", [("html-event-handler", 1, 3)]),
        ("<svg><g><path d='M0'/></g></svg>", [("html-unsafe-tag", 1, 1)]),
        ("[x](javascript:y)", [("html-unsafe-url", 1, 5)]),
        ("![x](attachment:a.png)", [("image-missing", 1, 6)]),
        ("**x**{: onclick=y style=z }", [("html-event-handler", 1, 9), ("html-style", 1, 19)]),
        ("`x`{ onclick=y }", [("html-event-handler", 1, 6)]),
        ("a <b>c</b>\n\nList<int>", []),
        ("| a |\n|---|\n| <T, D> |", []),
        ("<batch_size>", []),
        ("    <int>\n\n`<int>` a <- b, x < y > z, <3, a <-> b", []),
        ("<!-- <int> --> <https://example.org> <a@example.org>", []),
        ('<div class="md-x" align="center" data-x="1">x</div> <br/> <td>', []),
        ("{once = 1} `{: onclick=1}` $x_{on=1}$", []),
        ("8<10, 1 --8<", []),
        ("```\n<script>\n```", []),
    ],
)
def test_faults_of_html(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert faults(text) == expected


def test_what_only_one_reader_takes_for_a_tag_is_settled_by_the_page() -> None:
    only_prose = Fault("html-removed", "<Int> is read as HTML", Place(3))
    assert reconciled((), [only_prose], []) == ()
    assert reconciled(("<int>",), [only_prose], []) == (only_prose,)
    explained = Fault("html-event-handler", "the attribute `onclick` …", Place(2))
    assert reconciled(("onclick",), [explained], []) == (explained,)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "> \u00a0"])
def test_a_line_of_odd_blanks_before_a_link_moves_no_place(blank: str) -> None:
    quote = "> " if blank.startswith(">") else ""
    (link,) = read_prose(f"Words.\n\n{blank}\n{quote}[a](x.md)\n").links
    assert link.place == Place(4, len(quote) + 5)


PIECES = [
    "[a](x.md)", "![b](y.png)", "[c](z.md 'title')", "[r][ref]", "[ref]: r.md", '<a href="h.md">', "<img src='i.png'>", "<a\n href=h.md>", "</div>", "<div>", "<figure markdown>",
    "`", "```", "$", "$$", "\n", "\n\n", "    ", "- ", "> ", "# ", "| a | b |\n|---|---|\n", "| ", " |", "\\", "*", "!!! note\n    ", '=== "T"\n\n    ', "[^1]", "[^1]: ", "<!--", "-->",
    "text", "é", "\t", "[", "](", ")", "<", ">", "&amp;", "{: onclick=1 }", "--8<--", "Term\n:   ", "1. ", "---\n", "\x0b", "\u2028", "\u00a0",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_reading_never_raises_and_places_hold(pieces: list[str], rest: str) -> None:
    text = "".join(pieces) + rest
    lines = text.split("\n")
    prose = read_prose(text)
    for part in (*prose.links, *prose.headings, *prose.faults):
        assert 1 <= part.place.line <= len(lines) and part.place.column >= 1
    for link in prose.links:
        target = link.target.split("\n")[0].strip()
        defined_elsewhere = "]:" in text and target in as_read(text)  # then it is named where it is used
        assert target in as_read(lines[link.place.line - 1]) or defined_elsewhere, (link, text)


def as_read(line: str) -> str:
    """A line with its escapes and entities in all the ways in which targets may be written."""
    return "\n".join((line, unescapeAll(line), html.unescape(line)))
