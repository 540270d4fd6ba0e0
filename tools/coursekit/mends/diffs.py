"""A change of one file as git would show it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from coursekit.tidy.notebooks import loaded, written

_LONGEST = 200  # of a line in a notebook: pictures are lines of hundreds of thousands of characters
_File = tuple[str | None, bytes]  # its path, None where there is none, and its content


def diff_of(old: _File, new: _File) -> str:
    """The unified diff of one file. Names as git quotes them; a rename is told as one.

    Of a notebook both sides are shown as Jupyter writes them, with long lines cut: to be read, not applied.
    """
    (old_path, old_data), (new_path, new_data) = old, new
    before, after = old_path or new_path or "", new_path or old_path or ""
    lines = [f"diff --git {_quoted('a/', before)} {_quoted('b/', after)}"]
    if before != after:
        same = ["similarity index 100%"] if old_data == new_data else []
        lines += [*same, f"rename from {_quoted('', before)}", f"rename to {_quoted('', after)}"]
    if old_data != new_data:
        lines.append(f"--- {_quoted('a/', before, ends=True) if old_path else '/dev/null'}")
        lines.append(f"+++ {_quoted('b/', after, ends=True) if new_path else '/dev/null'}")
    head = "".join(f"{line}\n" for line in lines)
    notebook = after.endswith(".ipynb")
    return head + "".join(_hunks(_shown(old_data, notebook), _shown(new_data, notebook), cut=notebook))


def _shown(data: bytes, notebook: bool) -> str:
    raw = loaded(data) if notebook else None
    return (written(raw) if raw else data).decode("utf-8", "replace")


def _hunks(old: str, new: str, *, cut: bool) -> Iterator[str]:
    found = difflib.unified_diff(_lines(old), _lines(new))
    for line in list(found)[2:]:
        body = line.removesuffix("\n")
        yield (f"{body[:_LONGEST]}…" if cut and len(body) > _LONGEST else body) + "\n"
        if not line.endswith("\n"):
            yield "\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return (
        [*(f"{line}\n" for line in lines[:-1]), *lines[-1:]] if lines[-1] else [f"{x}\n" for x in lines[:-1]]
    )


def _quoted(prefix: str, path: str, *, ends: bool = False) -> str:
    """A path as git writes it; in the two lines above the hunks a tab ends one that has a blank in it."""
    raw = (prefix + path).encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in raw):
        return raw.decode() + ("\t" if ends and b" " in raw else "")
    return '"' + "".join(_byte(byte) for byte in raw) + '"'


def _byte(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
