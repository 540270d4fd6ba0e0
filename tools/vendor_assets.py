"""Make tools/coursekit/assets/vendor anew from pinned npm releases.

For maintainers, by hand: `python tools/vendor_assets.py`. It calls `npm pack`, so
it needs npm and the network; no build, test or page ever runs it. The same pins
give the same bytes, so `git status` stays clean after a second run.

To move to another version: change `version`, set `integrity` to what
`npm view NAME@VERSION dist.integrity` says, run, and look at the diff.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent / "coursekit" / "assets" / "vendor"
FONTS_CSS = "fonts/fonts.css"
SUBSETS = ("latin-ext", "latin")  # the order of the packages' own css

Tree = dict[str, bytes]  # path below vendor/, with forward slashes -> contents


class VendorError(Exception):
    """A release is not what was pinned, or lacks a file that we serve."""


@dataclass(frozen=True)
class Change:
    """One edit to a released file: which file of ours, in words, and the edit itself."""

    path: str
    words: str
    edit: Callable[[str], str]


@dataclass(frozen=True)
class Package:
    """One npm release and the files we take from it."""

    name: str
    version: str
    licence: str  # SPDX
    integrity: str  # npm's dist.integrity: "sha512-" and base64
    files: Mapping[str, str]  # path in the package -> path below vendor/
    licence_file: str  # path below vendor/
    css: tuple[str, ...] = ()  # paths in the package whose @font-face rules go to fonts.css
    changes: tuple[Change, ...] = ()
    note: str = ""  # what a reader of the manifest should know beyond the licence file


def woff2_only(css: str) -> str:
    """Drop the woff and ttf alternatives, which we do not serve, from KaTeX's `src` lists."""
    return re.sub(r",url\([^)]+\.(?:woff|ttf)\) format\(\"(?:woff|truetype)\"\)", "", css)


KATEX_FONTS = (
    "AMS-Regular",
    "Caligraphic-Bold",
    "Caligraphic-Regular",
    "Fraktur-Bold",
    "Fraktur-Regular",
    "Main-Bold",
    "Main-BoldItalic",
    "Main-Italic",
    "Main-Regular",
    "Math-BoldItalic",
    "Math-Italic",
    "SansSerif-Bold",
    "SansSerif-Italic",
    "SansSerif-Regular",
    "Script-Regular",
    "Size1-Regular",
    "Size2-Regular",
    "Size3-Regular",
    "Size4-Regular",
    "Typewriter-Regular",
)


def katex() -> Package:
    fonts = [f"fonts/KaTeX_{font}.woff2" for font in KATEX_FONTS]
    served = ["katex.min.js", "katex.min.css", "contrib/auto-render.min.js", *fonts]
    words = "the woff and ttf alternatives of each font are left out; only woff2 is served"
    return Package(
        name="katex",
        version="0.16.47",
        licence="MIT",
        integrity="sha512-Eeo8Ys1doU1z+x8AZsPpQu+p/QcZBI5PeOo7QGQdy2x2m0MU/hYagBbGOmXwr5KVbEfVuWv9LpnQWeehogurjg==",
        files={"LICENSE": "katex/LICENSE"} | {f"dist/{path}": f"katex/{path}" for path in served},
        licence_file="katex/LICENSE",
        changes=(Change("katex/katex.min.css", words, woff2_only),),
    )


def mermaid() -> Package:
    return Package(
        name="mermaid",
        version="11.17.2",
        licence="MIT",
        integrity="sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg==",
        files={"LICENSE": "mermaid/LICENSE", "dist/mermaid.min.js": "mermaid/mermaid.min.js"},
        licence_file="mermaid/LICENSE",
        note="the libraries bundled in mermaid.min.js have their licence notices at the end of that file",
    )


def wavesurfer() -> Package:
    """Waveform and spectrogram of the sound that plays, on pages with sounds of runs."""
    return Package(
        name="wavesurfer.js",
        version="8.0.1",
        licence="BSD-3-Clause",
        integrity="sha512-h0OnRWSVTqIYLSw3/IVrBtsun/xw9L5u4FA3bjfSDTFMX/xswVWS1JwK4fFu3ulmxRUSHg8zQORl6zENG983eg==",
        files={
            "LICENSE": "wavesurfer/LICENSE",
            "dist/wavesurfer.min.js": "wavesurfer/wavesurfer.min.js",
            "dist/plugins/spectrogram.min.js": "wavesurfer/spectrogram.min.js",
        },
        licence_file="wavesurfer/LICENSE",
    )


def iframe_worker() -> Package:
    """A Worker for pages opened from disk; Material's offline plugin would load it from elsewhere."""
    return Package(
        name="iframe-worker",
        version="1.0.4",
        licence="MIT",
        integrity="sha512-roeaaI+Lg1LJNfgpCjoRe/+WzEjy9+Z08LoEvu85MCPbBjwm+qXz8Ag5U05lHa6V1CysZyGzE0SOkAtSUA5q7Q==",
        files={"LICENSE": "iframe-worker/LICENSE", "shim/index.js": "iframe-worker/shim.js"},
        licence_file="iframe-worker/LICENSE",
    )


def font(family: str, version: str, integrity: str, styles: tuple[str, ...], note: str = "") -> Package:
    """A variable font with the weight axis alone (the smallest build), latin and latin-ext."""
    names = [f"{family}-{subset}-wght-{style}.woff2" for style in styles for subset in SUBSETS]
    licence = f"fonts/{family}/LICENSE"
    return Package(
        name=f"@fontsource-variable/{family}",
        version=version,
        licence="OFL-1.1",
        integrity=integrity,
        files={"LICENSE": licence} | {f"files/{name}": f"fonts/{family}/{name}" for name in names},
        licence_file=licence,
        css=tuple("wght.css" if style == "normal" else f"wght-{style}.css" for style in styles),
        note=note,
    )


PACKAGES = (
    katex(),
    mermaid(),
    wavesurfer(),
    iframe_worker(),
    font(
        "inter",
        "5.3.0",
        "sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        ("normal", "italic"),
    ),
    font(
        "jetbrains-mono",
        "5.3.0",
        "sha512-F32xpS2NsGYoQi2ADSkKTgpJj7ozajsGgDJ8woTnqjmIB+dxDIqImjl4pXZVEExu8UFZ2ndhmX18EBS/hdz3Lw==",
        ("normal",),
    ),
    font(
        "source-serif-4",
        "5.3.1",
        "sha512-4Rtay22SC4lMvw11r/+9kxANB6P3M0X8s1NudBC2v0J1KU2y3DcMoNcT3lBoZ/CqLirzf+StlO6UlJilyrvaUg==",
        ("normal", "italic"),
        # The package's LICENSE starts with a wrong holder; this is what the fonts' name table says.
        "the fonts say: © 2014 - 2021 Adobe Systems Incorporated, with Reserved Font Name 'Source'",
    ),
)


def pack(package: Package, folder: Path) -> Path:
    """Fetch the release's tarball into the new `folder`. Raises VendorError unless it is the pinned one."""
    folder.mkdir()
    spec = f"{package.name}@{package.version}"
    command = ["npm", "pack", spec, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    (tarball,) = folder.glob("*.tgz")
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != package.integrity:
        raise VendorError(f"{spec}: integrity is {found}, pinned is {package.integrity}")
    return tarball


def members(tarball: Path) -> Tree:
    """All regular files of an npm tarball, by path below its single top folder."""
    with tarfile.open(tarball) as archive:
        files = [(member, archive.extractfile(member)) for member in archive if member.isfile()]
        return {member.name.split("/", 1)[1]: stream.read() for member, stream in files if stream}


def taken(package: Package, release: Tree) -> Tree:
    """The files we serve from a release, edited. Raises VendorError when one is missing."""
    missing = sorted(set(package.files) - set(release))
    if missing:
        raise VendorError(f"{package.name}@{package.version} has no {', '.join(missing)}")
    tree = {target: release[source] for source, target in package.files.items()}
    for change in package.changes:
        tree[change.path] = change.edit(tree[change.path].decode()).encode()
    return tree


def font_faces(package: Package, release: Tree) -> list[str]:
    """The package's @font-face rules for the subsets we serve, with urls relative to fonts.css."""
    rules: list[str] = []
    for source in package.css:
        for rule in re.findall(r"@font-face \{.*?\n\}", release[source].decode(), re.DOTALL):
            path = re.search(r"url\(\./([^)]+)\)", rule)
            if path and (target := package.files.get(path[1])):
                rules.append(rule.replace(path[0], f"url({target.removeprefix('fonts/')})"))
    return rules


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def package_entry(package: Package, tree: Tree) -> dict[str, object]:
    """What the manifest says of one package; `tree` holds that package's files."""
    came_from = {target: source for source, target in package.files.items()}
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "licence_file": package.licence_file,
        "integrity": package.integrity,
        "files": [
            {"path": path, "from": came_from[path], "bytes": len(data), "sha256": sha256(data)}
            for path, data in sorted(tree.items())
        ],
        "changes": [{"path": change.path, "change": change.words} for change in package.changes],
        "note": package.note,
    }


def collect(workspace: Path) -> Tree:
    """Every file of the folder, manifest included. Raises VendorError or CalledProcessError."""
    tree: Tree = {}
    entries: list[dict[str, object]] = []
    rules: list[str] = []
    for number, package in enumerate(PACKAGES):
        release = members(pack(package, workspace / str(number)))
        mine = taken(package, release)
        tree |= mine
        entries.append(package_entry(package, mine))
        rules += font_faces(package, release)
    tree[FONTS_CSS] = ("\n\n".join(rules) + "\n").encode()
    css = tree[FONTS_CSS]
    words = "@font-face rules of the font packages' own css, for the served subsets, with other paths"
    generated = {"path": FONTS_CSS, "made_from": words, "bytes": len(css), "sha256": sha256(css)}
    manifest = {"packages": entries, "generated": [generated]}
    tree["vendor.json"] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    return tree


def write(tree: Tree, folder: Path) -> None:
    """Put `tree` in place of whatever `folder` holds."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def main() -> int:
    with tempfile.TemporaryDirectory() as workspace:
        try:
            tree = collect(Path(workspace))
        except (VendorError, subprocess.CalledProcessError, OSError) as error:
            sys.stderr.write(f"vendor_assets: {error}; the folder is as it was\n")
            return 1
    write(tree, VENDOR)
    sys.stdout.write(f"{len(tree)} files, {sum(map(len, tree.values())) / 1e6:.2f} MB in {VENDOR}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
