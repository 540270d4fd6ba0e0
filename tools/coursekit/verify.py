"""Judges a built site as a reader's browser meets it: every page there, links alive, nothing dangerous."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from coursekit.model import Diagnostic, Place, Severity

_SCRIPT_DIGEST = re.compile(r"'sha256-[^']+'")
_LOADED = {
    "img": "src",
    "script": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "iframe": "src",
    "embed": "src",
    "link": "href",
    "object": "data",
}
_LOADING_LINKS = frozenset({"stylesheet", "icon", "preload", "modulepreload", "manifest"})


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """What verifying needs to know of a page of the built site."""

    path: str
    anchors: frozenset[str]
    links: tuple[str, ...]
    loads: tuple[str, ...]
    dangers: tuple[str, ...]


def verify_site(
    site: Path, *, pages: Iterable[str] = (), directory_urls: bool = True
) -> tuple[Diagnostic, ...]:
    """All that is wrong with the site in a folder; `pages` are the Markdown paths that must be there."""
    built = {page.path: page for page in (_read(file, site) for file in sorted(site.rglob("*.html")))}
    found = [*_missing(built, pages, directory_urls)]
    for page in built.values():
        found.extend(_error("site-unsafe", page.path, danger) for danger in page.dangers)
        found.extend(_loads(page, site))
        if page.path != "404.html":  # its links start at the address that was not found
            found.extend(_links(page, built, site))
    return tuple(sorted(found, key=lambda finding: finding.order))


def _error(rule: str, path: str, message: str) -> Diagnostic:
    return Diagnostic(
        rule,
        Severity.ERROR,
        path,
        Place(),
        message,
        "this is a fault of the tool or of the theme; please report it",
    )


def _read(file: Path, site: Path) -> BuiltPage:
    tree = LexborHTMLParser(file.read_text(encoding="utf-8", errors="replace"))
    anchors: set[str] = set()
    links: list[str] = []
    loads: list[str] = []
    dangers: list[str] = []
    for node in tree.root.traverse() if tree.root else ():
        attributes = node.attributes
        if anchor := attributes.get("id") or (attributes.get("name") if node.tag == "a" else None):
            anchors.add(anchor)
        if node.tag == "a" and attributes.get("href"):
            links.append(attributes["href"] or "")
        wanted = attributes.get(_LOADED[node.tag]) if node.tag in _LOADED else None
        if wanted and not (
            node.tag == "link" and not _LOADING_LINKS & set((attributes.get("rel") or "").split())
        ):
            loads.append(wanted)
        dangers.extend(_dangers(node.tag or "", attributes))
    return BuiltPage(
        file.relative_to(site).as_posix(), frozenset(anchors), tuple(links), tuple(loads), tuple(dangers)
    )


def _dangers(tag: str, attributes: dict[str, str | None]) -> Iterator[str]:
    for name, value in attributes.items():
        if name == "style" and re.search(
            r"position\s*:\s*(fixed|absolute|sticky)", value or "", re.IGNORECASE
        ):
            yield f"<{tag}> is laid over the page by its style"
        if name.startswith("on"):
            yield f"<{tag}> has the event handler `{name}`"
        if (
            name in {"href", "src", "action", "formaction"}
            and re.match(r"[\s\x00-\x20]*(javascript|vbscript|data):", value or "", re.IGNORECASE)
            and not (value or "").startswith("data:image/")
        ):
            yield f"<{tag}> leads to `{(value or '')[:40]}`"
    if tag in {"iframe", "object", "embed", "base"}:
        yield f"<{tag}> stands in the page"


def _missing(built: dict[str, BuiltPage], pages: Iterable[str], directory_urls: bool) -> Iterator[Diagnostic]:
    for page in pages:
        stem = page[: -len(".md")]
        html = (
            f"{stem}.html"
            if not directory_urls or posixpath.basename(stem) == "index"
            else f"{stem}/index.html"
        )
        if html not in built:
            yield _error("site-page-missing", html, f"the page of {page} was not built")
    if not built:
        yield _error("site-page-missing", "index.html", "the site is empty")


def _loads(page: BuiltPage, site: Path) -> Iterator[Diagnostic]:
    for target in page.loads:
        parts = urlsplit(target)
        if parts.scheme == "data":
            continue
        if parts.scheme or parts.netloc:
            yield _error("site-remote-request", page.path, f"loads {target} from another host")
        elif page.path != "404.html" and not _exists(site, _joined(page.path, parts.path)):
            yield _error("site-file-missing", page.path, f"loads {target}, which is not there")


def _links(page: BuiltPage, built: dict[str, BuiltPage], site: Path) -> Iterator[Diagnostic]:
    for target in dict.fromkeys(page.links):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        path = _joined(page.path, parts.path) if parts.path else page.path
        html = (
            path
            if path in built
            else posixpath.join(path, "index.html")
            if path not in {"", "."}
            else "index.html"
        )
        if html in built:
            anchor = unquote(parts.fragment)
            if anchor and anchor not in built[html].anchors and not anchor.startswith("__"):
                yield _error(
                    "site-anchor-broken", page.path, f"links to {target}, but that page has no such place"
                )
        elif not _exists(site, path):
            yield _error("site-link-broken", page.path, f"links to {target}, which is not there")


@cache
def _exists(site: Path, path: str) -> bool:
    return not path.startswith("..") and (site / path).is_file()


def _joined(page: str, path: str) -> str:
    return (
        posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path)))
        if not path.startswith("/")
        else path.lstrip("/")
    )
