"""The vendored assets: exactly what the manifest says, licensed, and silent towards other hosts."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).resolve().parent.parent / "tools" / "coursekit" / "assets" / "vendor"
MANIFEST = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
PACKAGES = MANIFEST["packages"]

# KaTeX and mermaid are left out of the search for addresses: as minified programs they hold
# addresses that they never ask for (XML namespaces, links in error messages and licences),
# so a search by text proves nothing there. Their silence is a matter for a test in a browser.
PROGRAMS = {"katex/katex.min.js", "mermaid/mermaid.min.js"}

NAMESPACE = "http://www.w3.org"  # of XML; nothing is fetched from it
REMOTE = re.compile(r"(?:https?:)?//[\w-]+\.[\w.-]+", re.IGNORECASE)
CSS_URL = re.compile(r"url\(\s*['\"]?([^)'\"]+)|@import\s+['\"]([^'\"]+)", re.IGNORECASE)


def listed() -> Iterator[dict[str, Any]]:
    for package in PACKAGES:
        yield from package["files"]
    yield from MANIFEST["generated"]


def present() -> set[str]:
    return {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}


def css_urls(path: str) -> list[str]:
    found = CSS_URL.findall((VENDOR / path).read_text(encoding="utf-8"))
    return [url or imported for url, imported in found]


def test_the_folder_holds_what_the_manifest_lists_and_nothing_else() -> None:
    paths = [entry["path"] for entry in listed()]
    assert len(paths) == len(set(paths))
    assert present() == {*paths, "vendor.json"}


@pytest.mark.parametrize("entry", list(listed()), ids=lambda entry: entry["path"])
def test_each_file_is_the_listed_one(entry: dict[str, Any]) -> None:
    data = (VENDOR / entry["path"]).read_bytes()
    assert len(data) == entry["bytes"]
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_each_package_is_pinned_and_has_its_licence(package: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])
    assert package["licence_file"] in {entry["path"] for entry in package["files"]}
    words = {
        "MIT": "Permission is hereby granted",
        "OFL-1.1": "SIL OPEN FONT LICENSE Version 1.1",
        "BSD-3-Clause": "BSD 3-Clause License",
    }
    text = (VENDOR / package["licence_file"]).read_text(encoding="utf-8")
    assert words[package["licence"]].casefold() in text.casefold()


@pytest.mark.parametrize("path", sorted(p for p in present() if p.endswith(".css")))
def test_each_url_in_css_is_a_file_beside_it(path: str) -> None:
    urls = css_urls(path)
    assert urls
    for url in urls:
        assert not re.match(r"(?:[a-z]+:|/)", url), f"{path} asks for {url}"
        assert ((VENDOR / path).parent / url).is_file(), f"{path} asks for {url}, which is not there"


@pytest.mark.parametrize("path", sorted(p for p in present() - PROGRAMS if p.endswith((".css", ".js"))))
def test_no_file_names_another_host(path: str) -> None:
    assert set(REMOTE.findall((VENDOR / path).read_text(encoding="utf-8"))) <= {NAMESPACE}


def test_each_font_is_declared_with_its_range_and_swaps() -> None:
    css = (VENDOR / "fonts" / "fonts.css").read_text(encoding="utf-8")
    rules = css.split("@font-face")[1:]
    fonts = {path.removeprefix("fonts/") for path in present() if re.match(r"fonts/.*\.woff2$", path)}
    assert {url for rule in rules for url in re.findall(r"url\(([^)]+)\)", rule)} == fonts
    assert all("unicode-range: U+" in rule and "font-display: swap" in rule for rule in rules)
