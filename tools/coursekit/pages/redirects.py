"""Old addresses that still lead to where their page is now, as `moved` in course.yml says."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from coursekit.model import AssetOutput, Output

if TYPE_CHECKING:
    from coursekit.render import Renderer

# The script keeps the place in the page (#…), which a refresh without scripts loses.
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'">
<meta name="robots" content="noindex">
<title>This page has moved</title>
<link rel="canonical" href="{to}">
<script src="{script}" data-to="{to}"></script>
<noscript><meta http-equiv="refresh" content="0; url={to}"></noscript>
</head>
<body><p>This page has moved: <a href="{to}">go to its new address</a>.</p></body>
</html>
"""


def outputs(renderer: Renderer) -> Iterable[Output]:
    """A small page at each old address that is no page any more; places and files can't be redirected."""
    taken = {target.path for target in renderer.site.targets.values()}
    for old, new in renderer.course.config.moved.items():
        path = page_at(old)
        if path and path not in taken and f"{old.rstrip('/')}.md" not in taken:
            yield AssetOutput(path, _page(path, new).encode())


def page_at(address: str) -> str | None:
    """The file that a web server shows at an address, None where it shows no page."""
    if "#" in address or ".." in address.split("/"):
        return None
    if address.endswith("/"):
        return f"{address}index.html"
    return address if address.endswith(".html") else None


def _page(path: str, new: str) -> str:
    to = _relative(path, new)
    return _PAGE.format(to=escape(to), script=escape(_relative(path, "assets/course/moved.js")))


def _relative(path: str, target: str) -> str:
    page, sign, anchor = target.partition("#")
    slash = "/" if page.endswith("/") or not page else ""
    return quote(posixpath.relpath(f"/{page}", f"/{posixpath.dirname(path)}")) + slash + sign + quote(anchor)
