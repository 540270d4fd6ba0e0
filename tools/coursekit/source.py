"""Discovery and the intake gate: the only place where the course's content is read from the disk.

A file is judged before anything opens it: `lstat` first, so no link is followed, no pipe hangs and nothing
outside the tree is read. What fails stays in the list, without its data, so that a check can name it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from coursekit.model import CannotStart, Fault, Place, Source
from coursekit.schema import is_bidi_control
from coursekit.tree_index import TreeIndex

CONTENT_FOLDERS = ("site_src", "weeks", "presentations", "scribe_notes", "projects")
TEXT_SUFFIXES = frozenset(
    {
        ".md",
        ".ipynb",
        ".py",
        ".csv",
        ".json",
        ".bib",
        ".txt",
        ".toml",
        ".yml",
        ".yaml",
        ".svg",
        ".typ",
        ".tex",
        ".sh",
        ".cfg",
    }
)
BINARY_SUFFIXES = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".wav", ".flac", ".mp3", ".ogg"}
)
HARD_LIMIT = 256 << 20  # nothing larger is read at all, whatever course.yml says
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})  # and all whose name starts with a dot
# What editors and systems leave behind, and what only git reads: .DS_Store, .gitignore, talk.md~, ~$slides.pptx
_SKIPPED_FILES = re.compile(r"\.|~\$|.*~\Z|(?:Thumbs\.db|desktop\.ini)\Z")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\Z")

# The first bytes of what is published as a binary file; the offsets are where the magic stands.
_MAGIC: dict[str, tuple[tuple[int, bytes], ...]] = {
    ".pdf": ((0, b"%PDF-"),),
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    ".webp": ((8, b"WEBP"),),
    ".wav": ((8, b"WAVE"),),
    ".flac": ((0, b"fLaC"),),
    ".mp3": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"), (0, b"\xff\xfa")),
    ".ogg": ((0, b"OggS"),),
}
_LOOKS_LIKE = (
    (b"version https://git-lfs", "a git-LFS pointer: the file itself was never uploaded"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a zip archive (docx, pptx and xlsx are zip archives too)"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"{", "JSON"),
)


@dataclass(frozen=True, slots=True)
class _Gate:
    """What a file is judged by: the course's limits, and what is known of it already.

    With `misnamed` only files with a bad name come in, whose name is no reason to refuse them.
    """

    root: Path
    max_bytes: int
    max_text_bytes: int
    index: TreeIndex
    misnamed: bool = False

    def name_fault(self, path: str, what: str) -> Fault | None:
        return None if self.misnamed else _name_fault(path, what)

    def looks_at(self, path: str) -> bool:
        return not (self.misnamed and all(map(is_safe_name, path.split("/"))))


def discover(
    root: Path,
    *,
    max_bytes: int,
    max_text_bytes: int,
    index: TreeIndex | None = None,
    misnamed: bool = False,
) -> list[Source]:
    """Every file below the content folders, judged and read, sorted by path.

    What the index knows is admitted without its bytes (`data` is None and there are no faults); `Contents`
    reads them when somebody asks. With `misnamed` the files are others: those that a bad name, of their own or
    of a folder, keeps out, judged as if their names were good.
    """
    gate = _Gate(root, max_bytes, max_text_bytes, index or TreeIndex(), misnamed)
    found: list[Source] = []
    for folder in CONTENT_FOLDERS:
        if (root / folder).is_symlink():
            found.append(
                _refused(
                    folder,
                    0,
                    Fault("file-irregular", "a symbolic link; only regular files and folders are read"),
                )
            )
        elif (root / folder).is_dir():
            found.extend(_walk(gate, folder))
    return sorted(_with_collisions(found), key=lambda source: source.path)


def _walk(gate: _Gate, folder: str) -> Iterator[Source]:
    try:
        entries = sorted(os.scandir(gate.root / folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _refused(folder, 0, Fault("file-irregular", f"can't be read: {error.strerror}"))
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _SKIPPED_FOLDERS and not entry.name.startswith("."):
                if fault := gate.name_fault(path, "folder"):
                    yield _refused(shown_path(path), 0, fault)
                else:
                    yield from _walk(gate, path)
        elif not _SKIPPED_FILES.match(entry.name) and gate.looks_at(path):
            yield _admit(gate, path)


def shown_path(path: str) -> str:
    """A path that can be printed: bytes that are no UTF-8 and control characters as escapes."""
    return "".join(
        char if char.isprintable() and not is_bidi_control(char) else _escaped(char) for char in path
    )


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # a byte that is no UTF-8, as Python's file names carry it
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode()


def _admit(gate: _Gate, path: str) -> Source:
    name = path.rpartition("/")[2]
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name[1:] else ""
    try:
        status = os.lstat(f"{gate.root}/{path}")
        if not stat.S_ISREG(status.st_mode):
            return _refused(
                shown_path(path),
                0,
                Fault(
                    "file-irregular",
                    f"{_what(status.st_mode)}; only regular files are read",
                    help="copy the file itself to this place",
                ),
            )
        if fault := gate.name_fault(path, "file") or _size_fault(status.st_size, suffix, gate):
            return _refused(shown_path(path), status.st_size, fault)
        if known := gate.index.unchanged(path, status):
            return known
        data = (gate.root / path).read_bytes()
    except OSError as error:
        return _refused(shown_path(path), 0, Fault("file-irregular", f"can't be read: {error.strerror}"))
    digest = hashlib.sha256(data).hexdigest()
    if fault := content_fault(data, suffix):
        return Source(path, len(data), None, digest, (fault,))
    source = Source(path, len(data), data, digest)
    gate.index.remember(source, status)
    return source


class Contents(Mapping[str, bytes]):
    """The bytes of every admitted file by its path; those that were not read yet are read when they are asked for."""

    def __init__(self, root: Path, sources: Iterator[Source] | list[Source]) -> None:
        self._root = root
        self._sources = {source.path: source for source in sources if not source.faults}

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __contains__(self, path: object) -> bool:
        return path in self._sources

    def __getitem__(self, path: str) -> bytes:
        source = self._sources[path]
        if source.data is None:
            source = self._sources[path] = replace(source, data=self._read(source))
        assert source.data is not None
        return source.data

    def _read(self, source: Source) -> bytes:
        """The file's bytes, if it is still the file that was judged."""
        try:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            with open(os.open(self._root / source.path, flags), "rb") as file:  # noqa: PTH123 - flags of our own
                data = file.read(source.size + 1)
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != source.digest:
            raise CannotStart(f"{source.path} changed while the course was read; run the command again")
        return data


def _refused(path: str, size: int, fault: Fault) -> Source:
    return Source(path, size, None, "", (fault,))


def _what(mode: int) -> str:
    return "a symbolic link" if stat.S_ISLNK(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a special file"


def _name_fault(path: str, what: str) -> Fault | None:
    folder, _, name = path.rpartition("/")
    if is_safe_name(name):
        return None
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return Fault(
            "file-name",
            f"the {what}'s name is not UTF-8",
            help=f"rename it, for example to {suggested_name(name)}",
        )
    bad = sorted({char for char in name if not re.match(r"[A-Za-z0-9._-]", char)})
    if not bad:
        return Fault(
            "file-name",
            f"the {what}'s name starts with `{name[0]}`",
            help=f"rename it:  git mv {path} {folder}/{suggested_name(name)}",
        )
    shown = ", ".join(
        "a space" if char == " " else f"`{char}`" if char.isprintable() else f"U+{ord(char):04X}"
        for char in bad
    )
    return Fault(
        "file-name",
        f"the {what}'s name contains {shown}; letters a-z, digits, `-`, `_` and `.` are safe everywhere",
        help=f"rename it:  git mv '{shown_path(path)}' {folder}/{suggested_name(name)}",
    )


def is_safe_name(name: str) -> bool:
    """Whether the name of a file or folder has only characters that are safe everywhere."""
    return bool(_NAME.match(name))


def suggested_name(name: str) -> str:
    """A safe name that still says the same: 'Poincaré Embeddings.PDF' -> 'poincare-embeddings.pdf'."""
    whole = PurePosixPath(name.encode("utf-8", "replace").decode().strip())
    stem, suffix = whole.stem, whole.suffix
    if not re.fullmatch(r"\.\w+", suffix):  # `1. Intro` has none
        stem, suffix = whole.name, ""
    plain = unicodedata.normalize("NFKD", stem.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return (re.sub(r"[^a-z0-9_]+", "-", plain).strip("-") or "file") + re.sub(
        r"[^.a-z0-9]", "", suffix.lower()
    )


def _size_fault(size: int, suffix: str, gate: _Gate) -> Fault | None:
    limit = min(gate.max_text_bytes if suffix == ".md" else gate.max_bytes, HARD_LIMIT)
    if size > limit:
        return Fault(
            "file-too-large",
            f"{size / 1e6:.1f} MB; {limit / 1e6:g} MB are the most",
            help="make pictures smaller, or link to the data instead",
        )
    if size == 0:
        return Fault("file-empty", "the file is empty (zero bytes)", help="add its content, or delete it")
    return None


def looks_like(data: bytes) -> str:
    """What a file seems to be, in words, from its first bytes."""
    head = data[:256].lstrip().lower()
    return next((words for magic, words in _LOOKS_LIKE if head.startswith(magic.lower())), "something else")


def content_fault(data: bytes, suffix: str) -> Fault | None:
    """What is wrong with a file's bytes, seen from its name."""
    if data.startswith(b"version https://git-lfs"):
        return Fault(
            "file-lfs-pointer",
            "a git-LFS pointer, not the file itself",
            help="commit the file without LFS:  git lfs uninstall, then add it again",
        )
    if suffix in _MAGIC and not any(data[at : at + len(magic)] == magic for at, magic in _MAGIC[suffix]):
        return Fault(
            "file-content",
            f"named {suffix} but is {looks_like(data)}",
            help="export it again in the format that its name says",
        )
    return text_fault(data) if suffix in TEXT_SUFFIXES or not suffix else None


def text_fault(data: bytes) -> Fault | None:
    """What keeps bytes from being text: another encoding, control characters, overrides of direction."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Fault("file-encoding", "not UTF-8: looks like UTF-16")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        kind = "binary data" if b"\0" in data[:4096] else "Latin-1"
        place = Place(data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start))
        return Fault("file-encoding", f"not UTF-8 at byte {error.start} (looks like {kind})", place)
    if found := _CONTROL.search(text):
        char, start = found[0], found.start()
        place = Place(text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        return Fault(
            "file-control-character",
            f"the invisible character U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip(),
            place,
            "delete it; it can hide what a text really says",
        )
    return None


def decode(data: bytes) -> str:
    """The text of a file that passed the gate: UTF-8, without a BOM, lines ended by \\n."""
    return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _with_collisions(sources: list[Source]) -> list[Source]:
    """Refuse the second of two files that would land at the same address, or that some disks can't tell apart."""
    seen: dict[str, str] = {}
    out: list[Source] = []
    # an index.md comes first: a README.md beside it must not take its place
    for source in sorted(sources, key=lambda source: (not source.path.endswith("/index.md"), source.path)):
        address = _address(source.path)
        if (first := seen.setdefault(address, source.path)) != source.path:
            fault = Fault(
                "file-collision", f"lands at the same address as {first}", help="rename one of the two"
            )
            source = replace(source, data=None, faults=(*source.faults, fault))
        out.append(source)
    return out


def _address(path: str) -> str:
    folded = "/" + unicodedata.normalize("NFC", path).casefold().removeprefix("site_src/")
    return re.sub(r"(/index|/readme)?\.md$", "/", folded) if folded.endswith(".md") else folded
