"""Markdown to HTML for the site, and the sanitiser that every student's text passes at the very end.

Python-Markdown with pymdownx is used, as MkDocs does, so that what Material's readers know works here. What
comes out is untrusted until nh3 has rebuilt it from an allow-list; links stay as the author wrote them
and are resolved later (`relink`), because what they lead to isn't known while one file is read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from coursekit.addresses import unsafe_scheme
from coursekit.blocks import spaced_blocks
from coursekit.embed import read_embed

if TYPE_CHECKING:  # slow to import, and most texts are known already
    import markdown

TAGS = frozenset(
    "a abbr aside audio b blockquote br caption cite code col colgroup dd del details dfn div dl dt "
    "em figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd label li mark ol p pre q s samp "
    "section small source span strong sub summary sup table tbody td tfoot th thead time tr u ul var "
    "video wbr".split()
)
# What HTML knows beside: it is taken away by the sanitiser, and the rules say so.
_ELEMENTS = TAGS | frozenset(
    "address applet area article base basefont bdi bdo big blink body button canvas center datalist dialog dir embed "
    "fieldset font footer form frame frameset head header hgroup html iframe legend link main map marquee math menu "
    "meta meter nav noembed noframes noscript object optgroup option output param picture progress rp rt ruby script "
    "select slot strike style svg template textarea track tt".split()
)
_RAW_TAG_START = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "id", "title", "lang", "dir", "role", "aria-label", "aria-hidden"},
    "a": {"href", "download"},
    "img": {"src", "alt", "width", "height", "loading"},
    "audio": {"src", "controls", "preload"},
    "video": {"src", "controls", "preload", "width", "height"},
    "source": {"src", "type"},
    "ol": {"start", "reversed", "type"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "scope", "style"},
    "col": {"span"},
    "details": {"open"},
    "label": {"for"},
    "input": {"type", "checked", "disabled", "name"},
    "time": {"datetime"},
    "div": {"data-tabs", "data-runs", "data-show", "data-metric"},
}
_MEDIA = frozenset({"img", "audio", "video", "source"})
_OWN_CLASSES = ("md-", "course-", "mdx-", "headerlink", "search-", "katex", "mermaid")
_INPUT_TYPES = frozenset({"checkbox", "radio"})
_START_TAG = re.compile(r'<([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>')
_LINK_ATTRIBUTE = re.compile(r'\b(href|src)="([^"]*)"')
_ID = re.compile(r'\bid="([^"]*)"')
_RAW_TAG = re.compile(r"<([a-zA-Z][^\s/>]*)")
_RAW_ATTRIBUTE = re.compile(r"""[\s"'/](?:on[a-z]+|style|href|src)\s*=""", re.IGNORECASE)
_PAGE_TAGS = frozenset({"html", "head", "body"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """Sanitised HTML of one text, the ids in it that a link may lead to, and what was taken away from it."""

    html: str
    anchors: frozenset[str]
    removed: frozenset[str] = frozenset()


def render_markdown(text: str) -> Rendered:
    """Markdown to sanitised HTML; links are left as they were written."""
    unsafe = _words_kept(_converter().reset().convert(spaced_blocks(text)))
    clean = sanitise(unsafe)
    return Rendered(clean.html, clean.anchors, frozenset(_taken_away(unsafe)))


def _words_kept(unsafe: str) -> str:
    """`List<int>` and `<path>` as the text that they are meant to be: HTML has no such elements."""
    return _RAW_TAG_START.sub(
        lambda tag: tag[0] if tag[2].lower() in _ELEMENTS else f"&lt;{tag[1]}{tag[2]}", unsafe
    )


def _taken_away(unsafe: str) -> Iterator[str]:
    """What a reader would miss of a piece of HTML after `sanitise`: '<font>', 'onclick', 'style', 'href'."""
    tags = {name.lower() for name in _RAW_TAG.findall(unsafe)} - TAGS
    if not tags and not _RAW_ATTRIBUTE.search(unsafe):
        return  # nearly always; then no tree is built
    body = LexborHTMLParser(f"<body>{unsafe}").body
    for node in body.traverse() if body else ():
        if node.tag in tags - _PAGE_TAGS and not _in_drawing(node):
            yield f"<{node.tag}>"
        elif node.tag in TAGS:
            yield from _live_attributes(node)


def _in_drawing(node: LexborNode) -> bool:
    """Whether an element goes together with the drawing or formula around it."""
    above = node.parent
    while above and above.tag not in {"svg", "math"}:
        above = above.parent
    return above is not None


def _live_attributes(node: LexborNode) -> Iterator[str]:
    for name, value in node.attributes.items():
        unsafe_address = name in {"href", "src"} and unsafe_scheme(value or "") not in {None, "attachment"}
        if (
            name.startswith("on")
            or unsafe_address
            or (name == "style" and value and node.tag not in {"td", "th"})
        ):
            yield name


def sanitise(unsafe: str) -> Rendered:
    """Rebuild HTML from the allow-list: the last step that any student's text takes."""
    clean = nh3.clean(
        unsafe,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        filter_style_properties={"text-align"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
        strip_comments=True,
        clean_content_tags={"script", "style", "svg", "math", "template", "noscript", "iframe"},
    )
    return Rendered(clean, frozenset(html.unescape(found) for found in _ID.findall(clean)))


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if not word.startswith(_OWN_CLASSES)) or None
    if name in {"id", "for", "name"}:
        # the theme steers itself by ids that start with two underscores; only tabs may have such
        return None if value.startswith("__") and not value.startswith("__tabbed_") else value
    if (
        name == "src"
        and tag in _MEDIA
        and re.match(r"[\s\x00-\x20]*([a-z][a-z0-9+.-]*:|//|\\)", value, re.IGNORECASE)
    ):
        return None  # a picture from elsewhere would tell that host who reads this page
    if tag == "input" and name == "type":
        return value if value in _INPUT_TYPES else "checkbox"
    return value


def relink(clean: str, resolve: Callable[[str, str], str | None]) -> str:
    """Give each href and src of sanitised HTML its final address: `resolve(attribute, target)`.

    None takes the attribute away. nh3 writes attributes in double quotes and escapes `<` in texts, so a
    pattern finds exactly the tags.
    """

    def in_tag(tag: re.Match[str]) -> str:
        return f"<{tag[1]}{_LINK_ATTRIBUTE.sub(attribute, tag[2])}>"

    def attribute(found: re.Match[str]) -> str:
        target = resolve(found[1], html.unescape(found[2]))
        return "" if target is None else f'{found[1]}="{html.escape(target)}"'

    return _START_TAG.sub(in_tag, clean)


def _diagram(
    source: str, language: str, css_class: str, options: dict[str, Any], md: markdown.Markdown, **_: Any
) -> str:
    return f'<pre class="diagram"><code>{html.escape(source)}</code></pre>'


def _runs(
    source: str, language: str, css_class: str, options: dict[str, Any], md: markdown.Markdown, **_: Any
) -> str:
    """A `runs` fence becomes a mark that the page's renderer fills in; it knows the runs, we don't."""
    embed = read_embed(source)[0]
    if embed is None:  # the rule runs-block says why
        return f'<pre class="course-unset"><code>{html.escape(source)}</code></pre>'
    names, metric = html.escape(" ".join(embed.runs)), html.escape(embed.metric or "")
    return (
        f'<div class="runs-embed" data-show="{embed.show}" data-runs="{names}" data-metric="{metric}"></div>'
    )


@lru_cache(maxsize=1)
def _converter() -> markdown.Markdown:
    fences = [
        {"name": "mermaid", "class": "diagram", "format": _diagram},
        {"name": "runs", "class": "runs", "format": _runs},
    ]
    import markdown
    import pymdownx.emoji
    import pymdownx.slugs

    return markdown.Markdown(
        extensions=[
            "abbr", "admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc", "sane_lists",
            "pymdownx.arithmatex", "pymdownx.betterem", "pymdownx.caret", "pymdownx.details", "pymdownx.emoji",
            "pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.keys", "pymdownx.magiclink", "pymdownx.mark", "pymdownx.superfences",
            "pymdownx.tabbed", "pymdownx.tasklist", "pymdownx.tilde",
        ],
        extension_configs={
            "toc": {"slugify": pymdownx.slugs.slugify(case="lower")},
            "footnotes": {"BACKLINK_TITLE": "Back to the text"},
            "pymdownx.arithmatex": {"generic": True},
            "pymdownx.emoji": {"emoji_index": pymdownx.emoji.gemoji, "emoji_generator": pymdownx.emoji.to_alt},
            "pymdownx.highlight": {"anchor_linenums": False, "pygments_lang_class": True},
            "pymdownx.superfences": {"custom_fences": fences},
            "pymdownx.magiclink": {"repo_url_shortener": True, "provider": "github"},
            "pymdownx.tabbed": {"alternate_style": True},
            "pymdownx.tasklist": {"custom_checkbox": True},
        },
        output_format="html",
    )  # fmt: skip
