"""Reads a Markdown text for what checks need: headings, links, pictures, raw HTML, each with its place.

markdown-it-py knows where code and mathematics are, so nothing inside them is taken for a link or a tag,
and gives the lines of each block; the column is found by searching the block's own text, in order.
Python-Markdown, which renders the site, keeps no places at all; that is why the text is read twice here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from coursekit.model import Fault, Heading, Link, Place, Prose

# Elements that are removed from the site, and what to write instead.
UNSAFE_TAGS = {
    "script": "explain in words, or put the code into a fenced block",
    "iframe": "link to the page: [title](https://…)",
    "object": "link to the file: [slides](slides.pdf)",
    "embed": "link to the file: [slides](slides.pdf)",
    "form": "link to the form: [title](https://…)",
    "style": "leave the look to the site",
    "meta": "delete it",
    "base": "delete it",
    "link": "delete it",
    "svg": "save the drawing as a file and show it: ![what it shows](drawing.svg)",
    "math": "write mathematics as $…$ or $$…$$",
    "template": "delete it",
    "frameset": "delete it",
    "applet": "delete it",
    "button": "use a link",
    "textarea": "use a fenced block",
    "select": "use a list",
    "dialog": "use a heading and text",
}
_CONTAINER = re.compile(r'( *)(?:!!!|\?\?\?\+?|===!?)(?: +.*)?$')
_SNIPPET = re.compile(r"^\s*-*8<-*")
_HEADING_ATTRIBUTES = re.compile(r"\s*\{:?[^{}]*\}\s*$")
_ATTRIBUTE_EVENT = re.compile(r"\{:?[^{}\n]*?\b(on[a-z]+|style|src|href)\s*=", re.IGNORECASE)
_SAFE_SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def read_prose(text: str, first_line: int = 1, cell: int | None = None) -> Prose:
    """Read Markdown; `first_line` is the line of the file that the text starts at."""
    lines, shifts = _flattened(text.split("\n"))
    reader = _Reader(lines, shifts, first_line, cell)
    reader.read()
    return Prose(tuple(reader.headings), tuple(reader.links), frozenset(), tuple(sorted(reader.faults, key=lambda f: f.place)))


def unsafe_scheme(target: str) -> str | None:
    """The scheme of an address that must not be live ('javascript'), or None."""
    # browsers drop control characters and blanks before they look at the scheme
    found = _SCHEME.match(re.sub(r"[\x00-\x20\u200b]+", "", target))
    return found[1].lower() if found and found[1].lower() not in _SAFE_SCHEMES else None


def _flattened(lines: list[str]) -> tuple[list[str], list[int]]:
    """Admonitions and tabs as plain blocks: same lines, contents moved left; and by how much each was."""
    out, shifts = [], []
    open_at: list[int] = []  # indentation of the containers that we are in
    fence = ""
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not fence:
            while open_at and indent < open_at[-1] + 4:
                open_at.pop()
        shift = min(indent, open_at[-1] + 4) if open_at else 0
        rest = line[shift:]
        mark = re.match(r" {0,3}(`{3,}|~{3,})", rest)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not rest.strip().strip(fence[0]) else fence
        elif mark:
            fence = mark[1]
        elif (found := _CONTAINER.match(line)) and indent == (open_at[-1] + 4 if open_at else indent) and indent % 4 == 0:
            open_at.append(indent)
            rest = ""
        out.append(rest)
        shifts.append(shift)
    return out, shifts


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(footnote_plugin).use(deflist_plugin)
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


class _Reader:
    """Walks the tokens once and collects what they hold."""

    def __init__(self, lines: list[str], shifts: list[int], first_line: int, cell: int | None) -> None:
        self.lines, self.shifts, self.first_line, self.cell = lines, shifts, first_line, cell
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.faults: list[Fault] = []
        self.row, self.column = 0, 0  # where in `lines` the search for the next part goes on

    def place(self, row: int, column: int = 0) -> Place:
        row = min(row, len(self.lines) - 1)
        return Place(row + self.first_line, column + 1 + self.shifts[row], self.cell)

    def read(self) -> None:
        tokens = _parser().parse("\n".join(self.lines))
        last = 0
        for index, token in enumerate(tokens):
            if token.map and token.map[0] >= last:
                last = token.map[0]
            if token.type == "html_block":
                self.html(token.content, last, 0)
            elif token.type == "inline":
                start, end = token.map or (last, last + 1)
                if index and tokens[index - 1].type == "heading_open":
                    self.heading(token, int(tokens[index - 1].tag[1]), start)
                self.inline(token, max(start, 0), end)

    def heading(self, token: Token, level: int, row: int) -> None:
        text = _HEADING_ATTRIBUTES.sub("", token.content)
        self.headings.append(Heading(level, text.strip(), "", self.place(row)))

    def inline(self, block: Token, start: int, end: int) -> None:
        if (start, 0) > (self.row, self.column) or end <= self.row:
            self.row, self.column = start, 0
        for row in range(start, min(end, len(self.lines))):
            if _SNIPPET.match(self.lines[row]):
                self.fault("snippet-include", "includes of other files (`--8<--`) are switched off", self.place(row), "copy the text, or link to it")
        opened: list[tuple[str, Place]] = []
        texts: list[str] = []
        for token in block.children or ():
            if token.type == "link_open":
                opened.append((str(token.attrs.get("href", "")), self.find(str(token.attrs.get("href", "")), start, end)))
                texts = []
            elif token.type == "link_close" and opened:
                target, place = opened.pop()
                self.link(Link(target, place, "".join(texts)))
            elif token.type == "image":
                target = str(token.attrs.get("src", ""))
                self.link(Link(target, self.find("![", start, end), token.content, picture=True, alt=token.content))
                self.find(target, start, end)
            elif token.type == "html_inline":
                place_row, place_column = self.seek(token.content, start, end)
                self.html(token.content, place_row, place_column)
            elif token.content:
                row, column = self.seek(token.content, start, end)
                texts.append(token.content)
                if token.type == "text":
                    self.attributes(token.content, row, column)

    def seek(self, needle: str, start: int, end: int) -> tuple[int, int]:
        """Find `needle` from the cursor on, within the block; the cursor moves behind it."""
        first = needle.split("\n", 1)[0]
        for row in range(max(self.row, start), min(end, len(self.lines))):
            column = self.lines[row].find(first, self.column if row == self.row else 0) if first else -1
            if column >= 0:
                self.row, self.column = row, column + len(first)
                return row, column
        return max(self.row, start), self.column

    def find(self, needle: str, start: int, end: int) -> Place:
        return self.place(*self.seek(needle, start, end))

    def fault(self, rule: str, message: str, place: Place, help: str = "") -> None:
        self.faults.append(Fault(rule, message, place, help))

    def link(self, link: Link) -> None:
        if scheme := unsafe_scheme(link.target):
            if scheme == "file":
                return self.fault("link-local-path", "a `file:` address works on no other computer", link.place, "link to the file by its path in the tree: [notes](notes.pdf)")
            return self.fault("html-unsafe-url", f"the address starts with `{scheme}:`; only http, https and mailto are allowed", link.place, "link to a page: [title](https://…)")
        self.links.append(link)
        return None

    def attributes(self, text: str, row: int, column: int) -> None:
        for found in _ATTRIBUTE_EVENT.finditer(text):
            name = found[1].lower()
            rule = "html-event-handler" if name.startswith("on") else "html-style" if name == "style" else "html-unsafe-url"
            self.fault(rule, f"the attribute `{name}` is removed from the site", self.place(row, column + found.start()), "delete it")

    def html(self, content: str, row: int, column: int) -> None:
        for tag, attributes, line, offset in html_tags(content):
            place = self.place(row + line - 1, offset + (column if line == 1 else 0))
            self.tag(tag, attributes, place)

    def tag(self, tag: str, attributes: dict[str, str], place: Place) -> None:
        if tag in UNSAFE_TAGS:
            return self.fault("html-unsafe-tag", f"<{tag}> is removed from the site", place, UNSAFE_TAGS[tag])
        for name in attributes:
            if name.startswith("on"):
                self.fault("html-event-handler", f"the attribute `{name}` of <{tag}> is removed from the site", place, "delete it; pages run no script of their own")
        if "style" in attributes:
            self.fault("html-style", f"the style of <{tag}> is removed from the site", place, "delete it; the site looks after size, colour and place")
        if tag == "a" and "href" in attributes:
            self.link(Link(attributes["href"], place))
        if tag in {"img", "audio", "video", "source"} and "src" in attributes:
            self.link(Link(attributes["src"], place, attributes.get("alt", ""), picture=tag == "img", alt=attributes.get("alt")))
        return None


class _TagReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str], int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, *self.getpos()))


def html_tags(content: str) -> Iterator[tuple[str, dict[str, str], int, int]]:
    """The start tags in a piece of HTML: name, attributes, line from 1 and column from 0."""
    reader = _TagReader()
    reader.feed(content)
    reader.close()
    yield from reader.found
