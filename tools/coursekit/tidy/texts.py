"""Line ends, a byte-order mark, the end of the last line: what editors of different systems write differently."""

from __future__ import annotations

from codecs import BOM_UTF8

from coursekit.model import Fault, Place
from coursekit.tidy.record import Mended, Tidied

# Texts that people write. Tables and JSON are data, which may be compared byte by byte with what wrote them.
_WRITTEN = (".md", ".py", ".txt", ".bib", ".tex", ".typ", ".toml", ".cfg", ".sh", ".yml", ".yaml")
_KEEPS_ITS_END = (".yml", ".yaml")  # where the empty lines at the end may belong to the last value


def tidy_text(path: str, data: bytes) -> Tidied:
    """A text without a byte-order mark, whose lines end in \\n, the last one too and only once."""
    if not path.endswith(_WRITTEN):
        return Tidied(data)
    mended: list[Mended] = []
    if data.startswith(BOM_UTF8) and not data.startswith(BOM_UTF8 * 2):
        data = data[len(BOM_UTF8) :]
        mended.append(Mended(_bom(), "the byte-order mark is taken away"))
    if b"\r" in data:
        mended.append(Mended(_line_ends(data), "every line ends in \\n"))
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    ended = data.rstrip(b"\n") + b"\n"
    if ended not in (data, b"\n") and not path.endswith(_KEEPS_ITS_END):
        mended.append(Mended(_final_newline(data), "the text ends in one line end"))
        data = ended
    return Tidied(data, tuple(mended))


def _bom() -> Fault:
    message = "the text starts with an invisible byte-order mark (U+FEFF)"
    return Fault("text-bom", message, Place(), "save it as UTF-8 without BOM; `course check --fix` does it")


def _line_ends(data: bytes) -> Fault:
    line = data.count(b"\n", 0, data.index(b"\r")) + 1
    windows = data.count(b"\r\n")
    count, which = (windows, "\\r\\n") if windows else (data.count(b"\r"), "\\r")
    message = f"{count} line{'s end' if count > 1 else ' ends'} in {which} instead of \\n"
    return Fault("text-line-ends", message, Place(line), "let `course check --fix` write \\n")


def _final_newline(data: bytes) -> Fault:
    last = data.rstrip(b"\n").count(b"\n") + 1
    extra = len(data) - len(data.rstrip(b"\n")) - 1
    message = (
        f"{extra} empty line{'s' if extra > 1 else ''} stand{'' if extra > 1 else 's'} at the end"
        if extra > 0
        else "the last line has no line end"
    )
    return Fault("text-final-newline", message, Place(last), "end the file with exactly one line end")
