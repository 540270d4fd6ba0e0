"""A finished page as a Markdown file that any shell renders to the same page and that none can make live.

Headings stay Markdown, so that a shell's own table of contents and search see them; all else is HTML in
blocks that Markdown leaves alone. What is left of a text in Markdown has every special character as a
number, and a `<` is followed by an invisible word joiner: `<\u2060b` starts no tag even in a template that
forgot to escape it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from coursekit.model import PageOutput

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>')
_VOID = frozenset(["area", "br", "col", "hr", "img", "input", "source", "track", "wbr"])
_HEADING = re.compile(r'<h([1-6])((?:[^>"]|"[^"]*")*)>(.*?)</h\1>', re.DOTALL)
_ID = re.compile(r'\bid="([^"]*)"')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_SPECIAL = re.compile(r"[^\w\s<>&;/=\"'.,-]|_", re.ASCII)


def inert(text: str) -> str:
    """Plain text for places where a shell may forget to escape: titles, descriptions."""
    return html.escape(text.replace("<", "<\u2060"), quote=False)


def to_markdown(page: PageOutput) -> str:
    """The page's file: front matter, then headings in Markdown and everything else in HTML blocks."""
    meta = [f"title: {_quoted(inert(page.title))}"]
    if page.description:
        meta.append(f"description: {_quoted(inert(page.description))}")
    if page.hide:
        meta.append(f"hide: [{', '.join(page.hide)}]")
    return "---\n" + "\n".join(meta) + "\n---\n\n" + body_markdown(page.title, page.body)


def body_markdown(title: str, body: str) -> str:
    """The part of a staged page that comes after its front matter."""
    heading = f"# {_numbered(inert(title))}\n"
    return heading + "".join(_parts(body))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parts(body: str) -> Iterator[str]:
    for is_heading, part in split_at_headings(body):
        found = _HEADING.fullmatch(part) if is_heading else None
        if found and (words := _inline(found[3])):
            anchor = _ID.search(found[2])
            mark = f" {{ #{anchor[1]} }}" if anchor and re.fullmatch(r"[\w.:-]+", anchor[1]) else ""
            yield f"\n{'#' * int(found[1])} {words}{mark}\n"
        elif part.strip():
            # shells read fenced code before they know that they are inside HTML: no fence may stand there
            yield f'\n<div class="course-part">\n{_unfenced(part.strip())}\n</div>\n'


def split_at_headings(body: str) -> Iterator[tuple[bool, str]]:
    """Cut HTML at its outermost headings: (is it a heading, the piece)."""
    depth = start = 0
    position = 0
    while found := _TAG.search(body, position):
        position = found.end()
        closing, name = found[1] == "/", found[2]
        if name in _VOID:
            continue
        if closing:
            depth -= 1
        elif depth == 0 and (heading := _HEADING.match(body, found.start())):
            yield False, body[start : found.start()]
            yield True, heading[0]
            start = position = heading.end()
        else:
            depth += 1
    yield False, body[start:]


def _inline(inner: str) -> str:
    """A heading's HTML on one line, its words as numbers where Markdown would read them."""
    pieces, last = [], 0
    for found in _TAG.finditer(inner):
        pieces.append(_numbered(inner[last : found.start()]))
        attributes = _ATTRIBUTE.sub(lambda value: f'{value[1]}="{_numbered(value[2])}"', found[3])
        pieces.append(f"<{found[1]}{found[2]}{attributes}>")
        last = found.end()
    return " ".join(("".join(pieces) + _numbered(inner[last:])).split())


def _unfenced(part: str) -> str:
    return part.replace("`", "&#96;").replace("~", "&#126;")


def _numbered(escaped: str) -> str:
    """Escaped HTML text with every character that means something to Markdown as its number."""
    return _SPECIAL.sub(
        lambda found: f"&#{ord(found[0])};" if ord(found[0]) < 128 and found[0] not in "&;" else found[0],
        escaped,
    )
