"""Reads a Markdown text for what checks need: headings, links, pictures, raw HTML, each with its place.

markdown-it-py knows where code and mathematics are, so nothing inside them is taken for a link or a tag. It
gives the lines of each block; its inline rules are wrapped so that they note where in the block they matched.
Python-Markdown, which renders the site, keeps no places at all; that is why the text is read twice here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from coursekit.addresses import is_local, unsafe_scheme
from coursekit.leftovers import row_problems
from coursekit.markup import TAGS
from coursekit.model import Fault, Fence, Heading, Link, Place, Prose

if TYPE_CHECKING:  # slow to import, and most texts are known already
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

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
_LOOKS = frozenset({"font", "center", "big", "tt", "strike", "marquee", "blink", "nobr"})
_NEVER_CLOSED = frozenset({"embed", "meta", "base", "link"})
_MEDIA = frozenset({"img", "audio", "video", "source"})
_CONTAINER = re.compile(r"( *)(?:!!!|\?\?\?\+?|===!?)(?: +.*)?$")
_MARKDOWN_INSIDE = re.compile(r"\s{0,3}<\w+\b[^<>]*\smarkdown\b[^<>]*>\s*$")
_SNIPPET = re.compile(  # dashes on both sides, as `8<10` is arithmetic; a block of names counts once
    r"^[ \t]*-+8<-+(?:[ \t]*\n(?:.*\n)*?[ \t]*-+8<-+[ \t]*$|(?=[ \t]|$))", re.MULTILINE
)
_HEADING_ATTRIBUTES = re.compile(r"\s*\{:?[^{}]*\}\s*$")
_ATTRIBUTE_LIST = re.compile(r"(?<![^\s)\]*_>`])\{:?([^{}\n]*)\}")
_LIVE_ATTRIBUTE = re.compile(r"(?<![^\s:])(on[a-z]{3,}|style|src|href)\s*=", re.IGNORECASE)
_LIVE_FENCES = frozenset({"runs"})  # which the site fills in; all others are shown as they are
_NOTED_RULES = frozenset(
    {"link", "image", "html_inline", "autolink", "backticks", "math_inline", "math_inline_double"}
)
_NOT_TEXT = frozenset({"code_inline", "math_inline", "math_inline_double", "html_inline"})


def read_prose(text: str, first_line: int = 1, cell: int | None = None) -> Prose:
    """Read Markdown; `first_line` is the line of the file that the text starts at."""
    reader = _Reader(*_flattened(text.split("\n")), first_line, cell)
    reader.read()
    faults = sorted(reader.faults, key=lambda fault: fault.place)
    return Prose(
        tuple(reader.headings), tuple(reader.links), frozenset(), tuple(faults), tuple(reader.fences)
    )


def _flattened(lines: list[str]) -> tuple[list[str], list[int], list[int]]:
    """Admonitions and tabs as plain blocks: same lines, contents moved left; and by how much each was.

    Elements that say that Markdown is inside (`<figure markdown>`) are taken out too; their rows come third.
    """
    out: list[str] = []
    shifts: list[int] = []
    wrappers: list[int] = []
    open_at: list[int] = []  # indentation of the containers that we are in
    fence = ""
    for row, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not fence:
            while open_at and indent < open_at[-1] + 4:
                open_at.pop()
        shift = min(indent, open_at[-1] + 4) if open_at else 0
        rest = line[shift:]
        mark = re.match(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})", rest)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not rest.strip().strip(fence[0]) else fence
        elif mark:
            fence = mark[1]
        elif (
            _CONTAINER.match(line) and indent == (open_at[-1] + 4 if open_at else indent) and indent % 4 == 0
        ):
            open_at.append(indent)
            rest = ""
        elif _MARKDOWN_INSIDE.match(rest):
            wrappers.append(row)
        out.append(rest)
        shifts.append(shift)
    return out, shifts, wrappers


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(footnote_plugin, inline=False, move_to_end=False).use(deflist_plugin)
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    for rule in parser.inline.ruler.__rules__:
        if rule.name in _NOTED_RULES:
            parser.inline.ruler.at(rule.name, _noting(rule.fn))
    return parser


def _noting(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """An inline rule that also notes in its token's meta['span'] which part of the block it matched."""

    def noting(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent:
            made = next((token for token in state.tokens[before:] if token.type != "text"), None)
            if made:
                made.meta["span"] = (start, state.pos)
        return found

    return noting


@dataclass(frozen=True, slots=True)
class _Block:
    """A block's own text, and where each of its lines starts: row and column from 0."""

    content: str
    starts: tuple[tuple[int, int], ...]
    escaped: bool = False  # in a table, where `\\|` stands for each `|` of the content

    def at(self, offset: int) -> tuple[int, int]:
        """The row and column of a character of the content."""
        line = self.content.count("\n", 0, offset)
        row, column = self.starts[min(line, len(self.starts) - 1)]
        pipes = self.content.count("|", 0, offset) if self.escaped else 0
        return row, column + pipes + offset - (self.content.rfind("\n", 0, offset) + 1)


class _Reader:
    """Walks the tokens once and collects what they hold."""

    def __init__(
        self, lines: list[str], shifts: list[int], wrappers: list[int], first_line: int, cell: int | None
    ) -> None:
        self.lines, self.shifts, self.wrappers, self.first_line, self.cell = (
            lines,
            shifts,
            wrappers,
            first_line,
            cell,
        )
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.faults: list[Fault] = []
        self.fences: list[Fence] = []
        self.inside = ""  # the removed element that we are in: what it holds goes with it
        self.row, self.column = 0, 0  # where in `lines` the search for a block's text goes on

    def place(self, row: int, column: int = 0) -> Place:
        row = min(row, len(self.lines) - 1)
        return Place(row + self.first_line, column + 1 + self.shifts[row], self.cell)

    def read(self) -> None:
        for row in self.wrappers:
            self.html(_Block(self.lines[row], ((row, 0),)), self.lines[row], 0)
            self.lines[row] = ""
        tokens = _parser().parse("\n".join(self.lines))
        for index, token in enumerate(tokens):
            if token.map and token.type == "html_block":
                self.html(self.block(token.content, token.map[0]), token.content, 0)
            elif token.map and token.type == "fence" and token.info.strip() in _LIVE_FENCES:
                self.fences.append(Fence(token.info.strip(), token.content, self.place(token.map[0] + 1)))
            elif token.map and token.type == "table_open":
                for row, message, help in row_problems(self.lines[slice(*token.map)]):
                    self.fault("table-broken", message, self.place(token.map[0] + row), help)
            elif token.map and token.type == "inline":
                if tokens[index - 1].type == "heading_open":
                    self.heading(token, int(tokens[index - 1].tag[1]), token.map[0])
                self.inline(token, self.block(token.content, self.first_row(token)))

    def first_row(self, token: Token) -> int:
        """The row that a block's text starts in: a first line of odd blanks (U+00A0) is no part of the text."""
        start, end = token.map or (0, 0)
        first, *others = token.content.split("\n")
        rows = range(start, min(end, len(self.lines)) - len(others))
        return next((row for row in rows if first.strip() in self.lines[row]), start)

    def block(self, content: str, start: int) -> _Block:
        """Find where a block's lines stand; cells of one row of a table are found one after the other."""
        line, after = self.lines[min(start, len(self.lines) - 1)], self.column if start == self.row else 0
        written = content.replace("|", "\\|")
        escaped = (
            "|" in content and "\n" not in content and content not in line[after:] and written in line[after:]
        )
        rows = enumerate((written if escaped else content).split("\n"), start)
        return _Block(content, tuple(self.start(text, row) for row, text in rows), escaped)

    def start(self, text: str, row: int) -> tuple[int, int]:
        if row >= len(self.lines):
            return len(self.lines) - 1, 0
        words, line = text.strip(), self.lines[row]
        column = line.find(words, self.column if row == self.row else 0)
        if column < 0:
            return row, len(line) - len(line.lstrip())
        self.row, self.column = row, column + len(words)
        return row, column - (len(text) - len(text.lstrip()))

    def heading(self, token: Token, level: int, row: int) -> None:
        text = _HEADING_ATTRIBUTES.sub("", token.content)
        line = self.lines[row]
        self.headings.append(
            Heading(level, text.strip(), "", self.place(row, len(line) - len(line.lstrip())))
        )

    def inline(self, token: Token, block: _Block) -> None:
        for found in _SNIPPET.finditer(token.content):
            at = found.start() + len(found[0]) - len(found[0].lstrip())
            message = "includes of other files (`--8<--`) are switched off"
            self.fault("snippet-include", message, self.place(*block.at(at)), "copy the text, or link to it")
        text = list(token.content)
        opened: Token | None = None
        words: list[str] = []
        for child in token.children or ():
            start, end = child.meta.get("span", (0, 0))
            if child.type in _NOT_TEXT:  # what is blanked out here holds no attributes
                text[start:end] = " " * (end - start)
            if child.type == "html_inline":
                self.html(block, child.content, start)
            elif child.type == "image":
                self.image(child, block)
            elif child.type == "link_open":
                opened, words = child, []
            elif child.type == "link_close" and opened:
                target = str(opened.attrs.get("href", ""))
                self.link(Link(target, self.target(block, target, opened.meta["span"]), "".join(words)))
            else:
                words.append(child.content)
        self.attributes(block, "".join(text))

    def image(self, token: Token, block: _Block) -> None:
        target = str(token.attrs.get("src", ""))
        place = self.target(block, target, token.meta["span"])
        self.link(Link(target, place, token.content, picture=True, alt=token.content.strip() or None))

    def target(self, block: _Block, target: str, span: tuple[int, int]) -> Place:
        """Where the target of a link stands; the link itself, where the target is defined elsewhere."""
        start, end = span
        if block.content[start] == "<":
            return self.place(*block.at(start + 1))
        opening = block.content.rfind("](", start, end)
        if opening < 0 or block.content[end - 1] != ")":
            return self.place(*block.at(start))
        found = block.content.find(target, opening + 2, end)
        return self.place(*block.at(found if found >= 0 else opening + 2))

    def fault(self, rule: str, message: str, place: Place, help: str = "") -> None:
        self.faults.append(Fault(rule, message, place, help))

    def link(self, link: Link) -> None:
        scheme = unsafe_scheme(link.target)
        if is_local(link.target):
            message = f"`{_short(link.target)}` exists on your own computer only"
            self.fault(
                "link-local-path",
                message,
                link.place,
                "link to the file by its path from this file: [notes](notes.pdf)",
            )
        elif scheme == "attachment":
            # said of every pasted picture; a notebook's reader drops it where the notebook holds the picture
            self.fault(
                "image-missing",
                "a pasted picture (`attachment:`) that is not stored in this file",
                link.place,
                "save it as a file beside this one: ![what it shows](figures/name.png)",
            )
        elif scheme == "data":
            self.fault(
                "html-unsafe-url",
                "the address holds the data itself (`data:`) and is removed from the site",
                link.place,
                "save it as a file beside this one: ![what it shows](figures/name.png)",
            )
        elif scheme:
            self.fault(
                "html-unsafe-url",
                f"the address starts with `{scheme}:`; only http, https and mailto are allowed",
                link.place,
                "link to a page: [title](https://…)",
            )
        else:
            self.links.append(link)

    def attributes(self, block: _Block, text: str) -> None:
        """Attribute lists behind words, `{: onclick=… }`; `text` is the block's with code blanked out."""
        for outer in _ATTRIBUTE_LIST.finditer(text):
            for found in _LIVE_ATTRIBUTE.finditer(outer[1]):
                name = found[1].lower()
                rule = (
                    "html-event-handler"
                    if name.startswith("on")
                    else "html-style"
                    if name == "style"
                    else "html-unsafe-url"
                )
                place = self.place(*block.at(outer.start(1) + found.start()))
                self.fault(rule, f"the attribute `{name}` in `{{…}}` is not allowed", place, "delete it")

    def html(self, block: _Block, content: str, offset: int) -> None:
        """The tags of a piece of HTML that stands at `offset` in the block."""
        for tag in html_tags(content):
            if tag.closing:
                self.inside = "" if tag.name == self.inside else self.inside
            else:
                self.tag(tag, block, offset + tag.offset)

    def tag(self, tag: HtmlTag, block: _Block, offset: int) -> None:
        name, attributes, place = tag.name, tag.attributes, self.place(*block.at(offset))
        if name in UNSAFE_TAGS:
            self.inside = self.inside or ("" if name in _NEVER_CLOSED else name)
            return self.fault(
                "html-unsafe-tag", f"<{name}> is removed from the site", place, UNSAFE_TAGS[name]
            )
        if name not in TAGS and not self.inside:
            self.removed(tag, place)
        for attribute in attributes:
            if attribute.startswith("on"):
                self.fault(
                    "html-event-handler",
                    f"the attribute `{attribute}` of <{name}> is removed from the site",
                    place,
                    "delete it; pages run no script of their own",
                )
        if attributes.get("style"):
            self.fault(
                "html-style",
                f"the style of <{name}> is removed from the site",
                place,
                "delete it; the site looks after size, colour and place",
            )
        if name == "a" and "href" in attributes:
            self.link(Link(attributes["href"].strip(), self.place(*block.at(offset + tag.value_of("href")))))
        if name in _MEDIA and "src" in attributes:
            # only <img> has an alt text; what a sound holds is said around it
            alt = attributes.get("alt") if name == "img" else name
            self.link(
                Link(
                    attributes["src"].strip(),
                    self.place(*block.at(offset + tag.value_of("src"))),
                    alt or "",
                    picture=True,
                    alt=alt,
                )
            )
        return None

    def removed(self, tag: HtmlTag, place: Place) -> None:
        written = re.match(r"<([^\s/>]+)", tag.raw)
        shown = written[1] if written else tag.name
        help = (
            "leave the look to the site"
            if tag.name in _LOOKS
            else f"if it is meant as text, write `&lt;{shown}&gt;` or put it in backticks"
        )
        self.fault("html-removed", f"<{shown}> is read as HTML and is removed from the page", place, help)


def _short(target: str) -> str:
    return target if len(target) <= 60 else target[:59] + "…"


@dataclass(frozen=True, slots=True)
class HtmlTag:
    """A tag in a piece of HTML: lower-case name, attributes, how it was written and at which character."""

    name: str
    attributes: dict[str, str]
    raw: str
    offset: int
    closing: bool = False

    def value_of(self, attribute: str) -> int:
        """The character of the tag at which an attribute's value starts."""
        found = re.search(rf"""[\s"'/]{attribute}\s*=\s*["']?\s*""", self.raw, re.IGNORECASE)
        return found.end() if found else 0


class _TagReader(HTMLParser):
    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[HtmlTag] = []
        self.lines = [0, *(match.end() for match in re.finditer("\n", content))]
        self.feed(content)
        self.close()

    def offset_(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}  # of two, browsers take the first
        self.found.append(HtmlTag(tag, values, self.get_starttag_text() or "", self.offset_()))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(HtmlTag(tag, {}, "", self.offset_(), closing=True))


def html_tags(content: str) -> Iterator[HtmlTag]:
    """The tags in a piece of HTML; what stands in comments and scripts is none."""
    yield from _TagReader(content).found
