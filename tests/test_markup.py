"""Nothing that students write is live on the site; everything that the dialect offers keeps working."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from coursekit.markup import relink, render_markdown, sanitise
from coursekit.prose import UNSAFE_TAGS

PAYLOADS = [
    "<script>alert(1)</script>", "<ScRiPt src=//evil.example/x.js></sCrIpT>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java&#x0a;script:alert(1))",
    "[x](&#106;avascript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "![x](data:text/html,<script>alert(1)</script>)",
    "<a href='vbscript:x'>x</a>", "<form action=https://evil.example><input name=p><button>go</button></form>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>", "<link rel=stylesheet href=//evil.example/x.css>", "<style>body{display:none}</style>", "<div style='position:fixed;inset:0'>x</div>",
    "text {: onclick=alert(1) }", "# head {: onmouseover=alert(1) style=position:fixed }", "![x](https://evil.example/pixel.png)", "<img src=//evil.example/p.png>",
    "<img srcset='//evil.example/p.png 1x'>", "<video poster=//evil.example/p.png>", "<audio src=https://evil.example/a.mp3>", "<object data=x></object><embed src=x>",
    "<details ontoggle=alert(1) open>", "<input autofocus onfocus=alert(1)>", "<input type=image src=//evil.example/p.png>", "<a href=x id=__search class=md-overlay name=__drawer>x</a>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", "<template><img src=x onerror=alert(1)></template>", "<!--><img src=x onerror=alert(1)>-->",
    "$<img src=x onerror=alert(1)>$", "```html\n</code></pre><script>alert(1)</script>\n```", "`</code><script>alert(1)</script>`", "=== \"<script>alert(1)</script>\"\n\n    x",
    "!!! note \"<img src=x onerror=alert(1)>\"\n    x", "| <script>alert(1)</script> |\n|---|\n| x |", "[^1]\n\n[^1]: <script>alert(1)</script>", "*[A]: <script>alert(1)</script>\n\nA",
    "```mermaid\ngraph TD; A-->B</code><script>alert(1)</script>\n```", "```runs\nshow: \"'><script>alert(1)</script>\"\n```", "```runs\n!!python/object/apply:os.system [x]\n```",
]  # fmt: skip
_ADDRESSES = {"href", "src", "srcset", "poster", "action", "formaction", "data", "xlink:href"}


def dangers(html: str) -> list[str]:
    """Everything in a piece of HTML that could run, load or cover something."""
    found = []
    for node in LexborHTMLParser(f"<body>{html}</body>").body.traverse():  # type: ignore[union-attr]
        if node.tag in UNSAFE_TAGS or node.tag in {"noscript", "portal", "marquee"}:
            found.append(f"<{node.tag}>")
        for name, value in node.attributes.items():
            target = "".join((value or "").split()).lower()
            scheme = (
                name in _ADDRESSES
                and not target.startswith("#")
                and ":" in target.split("/")[0]
                and not target.startswith(("http:", "https:", "mailto:"))
            )
            elsewhere = name in _ADDRESSES - {"href"} and target.startswith(("http:", "https:", "//"))
            if (
                name.startswith("on")
                or scheme
                or elsewhere
                or name in {"srcset", "poster"}
                or (name == "style" and not target.startswith("text-align"))
            ):
                found.append(f"{node.tag} {name}={value}")
            if (name == "class" and "md-" in (value or "")) or (
                name in {"id", "name"} and (value or "").startswith("__") and "tabbed" not in (value or "")
            ):
                found.append(f"{node.tag} {name}={value}")
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_not_live(payload: str) -> None:
    assert dangers(render_markdown(payload).html) == []
    assert dangers(sanitise(payload).html) == []


@given(
    st.lists(
        st.sampled_from([*PAYLOADS, "\n\n", "> ", "- ", "    ", "`", "<div markdown>", "</div>", "text"]),
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_mixed_payloads_are_not_live(parts: list[str]) -> None:
    assert dangers(render_markdown("".join(parts)).html) == []


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("$a_1$", "span.arithmatex"),
        ("$$\na\n$$", "div.arithmatex"),
        ("```python\nx = 1\n```", ".highlight pre code span.n"),
        ("`#!python x = 1`", "code.highlight span.n"),
        ('=== "A"\n\n    x\n\n=== "B"\n\n    y', ".tabbed-set input[type=radio][id^=__tabbed_] + input"),
        ('!!! tip "T"\n    x', ".admonition.tip > .admonition-title"),
        ("??? note\n    x", "details.note > summary"),
        ("- [x] done\n- [ ] not", ".task-list-item input[type=checkbox][checked][disabled]"),
        ("| a | b |\n|--:|---|\n| 1 | 2 |", 'td[style="text-align:right"]'),
        ("x[^1]\n\n[^1]: y", ".footnote li[id='fn:1'] a.footnote-backref"),
        ('<audio controls src="a.mp3"></audio>', "audio[controls][src='a.mp3']"),
        ("Term\n:   Definition", "dl > dd"),
        ("++ctrl+c++", "span.keys > kbd.key-control"),
        ("==mark== ~~del~~ H~2~O ^^ins^^", "mark"),
        ("![alt](figures/a.png){ width=300 }", "img[alt=alt][width='300'][src='figures/a.png']"),
        (":sparkles:", "p"),
        ("```mermaid\ngraph TD; A-->B\n```", "pre.diagram > code"),
        ("```runs\nshow: table\nruns: [a, b]\n```", "div.runs-embed[data-runs='a b'][data-show=table]"),
    ],
)
def test_the_dialect_survives_the_sanitiser(text: str, selector: str) -> None:
    html = render_markdown(text).html
    assert LexborHTMLParser(html).css(selector), html


def test_relink_touches_addresses_and_nothing_else() -> None:
    html = render_markdown('[a](x.md "href=\\"no\\"") `href="code.md"` ![b](y.png)').html
    seen: list[tuple[str, str]] = []

    def resolve(attribute: str, target: str) -> str | None:
        seen.append((attribute, target))
        return None if attribute == "src" else f"../{target}?a&b"

    out = relink(html, resolve)
    assert seen == [("href", "x.md"), ("src", "y.png")]
    assert 'href="../x.md?a&amp;b"' in out and 'href="code.md"' in out and "y.png" not in out


def test_words_between_angle_brackets_stay_as_text() -> None:
    text = "A dict of List<int>, a <path>, the <title> tag, <set> and </s> and <image> stay.\n\nThe end."
    words = LexborHTMLParser(render_markdown(text).html).body
    assert words is not None
    shown = " ".join(words.text().split())
    assert shown == "A dict of List<int>, a <path>, the <title> tag, <set> and and <image> stay. The end."


def test_classes_of_what_the_site_itself_draws_are_taken_away() -> None:
    clean = sanitise('<span class="katex sizing"><pre class="mermaid note">x</pre></span>').html
    assert clean == '<span class="sizing"><pre class="note">x</pre></span>'
