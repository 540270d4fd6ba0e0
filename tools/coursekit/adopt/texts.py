"""Old texts as UTF-8 with the line ends that the agreed tree has; words are never changed."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from coursekit.source import decode, text_fault
from coursekit.tidy.texts import tidy_text


@dataclass(frozen=True, slots=True)
class OldText:
    """The text of an old file, and what had to be done to read it as text."""

    text: str
    changed: tuple[str, ...] = ()


def read_text(path: str, data: bytes) -> OldText | None:
    """A file as text; None where it is none. `path` is the one that it will have."""
    fault = text_fault(data)
    changed: tuple[str, ...] = ()
    if fault is not None and fault.rule == "file-encoding":
        found = _decoded(data)
        if found is None:
            return None
        data, changed = found[0].encode(), (f"its encoding was {found[1]} and is UTF-8 now",)
    tidy = tidy_text(path, data)
    return OldText(decode(tidy.data), (*changed, *(one.done for one in tidy.mended)))


def _decoded(data: bytes) -> tuple[str, str] | None:
    if b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    encoding = "utf-16" if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "cp1252"
    try:
        return data.decode(encoding), "UTF-16" if encoding == "utf-16" else "Windows-1252 (a guess)"
    except UnicodeDecodeError:
        return None
