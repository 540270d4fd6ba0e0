"""What a check of a pull request leaves for the job that comments: two files, made without any right.

Whoever opens a pull request may have had a hand in them, so that opening them trusts nothing.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coursekit.model import CannotStart
from coursekit.request import Event

NAME = "report"  # of the artifact
REPORT, REQUEST = "report.md", "request.json"
MOST_PACKED = 1_000_000
_MOST = {REPORT: 300_000, REQUEST: 1_000}
_NO_REPORT = "There is no report: the check could not run. Its log says why, under *Details* of the check.\n"


class RequestFile(BaseModel):
    """request.json: for which pull request and which commit the report was made."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_: Literal[1] = Field(alias="schema")
    number: int = Field(ge=1, le=10**9)
    head_sha: str = Field(pattern=r"^[0-9a-f]{40}$")


@dataclass(frozen=True, slots=True)
class Parcel:
    """The two files, read."""

    request: RequestFile
    report: str


def pack(event: Event, report: Path, out: Path) -> None:
    """Write both files into the folder `out`; a missing report is said to be missing.

    Raises:
        CannotStart: the report is too long, or the files can't be written.
    """
    pull = event.pull_request
    try:
        text = report.read_bytes() if report.is_file() else _NO_REPORT.encode()
        if len(text) > _MOST[REPORT]:
            raise CannotStart(f"{report} has more than {_MOST[REPORT]:,} bytes, which no comment can hold")
        request = RequestFile(schema=1, number=pull.number, head_sha=pull.head.sha)
        out.mkdir(parents=True, exist_ok=True)
        (out / REPORT).write_bytes(text)
        (out / REQUEST).write_text(request.model_dump_json(by_alias=True) + "\n", encoding="utf-8")
    except ValidationError:
        raise CannotStart("the event names no number or no commit that GitHub could have given") from None
    except OSError as error:
        raise CannotStart(f"{out} can't be written: {error.strerror}") from None


def open_parcel(data: bytes) -> Parcel:
    """The two files out of a zip; nothing is ever unpacked to the disk.

    Raises:
        CannotStart: it is no such zip.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _require_expected(entries)
            found = {entry.filename: _content(archive, entry) for entry in entries}
        return Parcel(RequestFile.model_validate_json(found[REQUEST]), found[REPORT].decode("utf-8"))
    except UnicodeDecodeError:
        raise _odd(f"{REPORT} is not UTF-8") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise _odd(f"{REQUEST}: {'.'.join(map(str, first['loc']))[:100]}: {first['msg'][:200]}") from None
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError):
        raise _odd("it is no whole zip") from None


def _require_expected(entries: list[zipfile.ZipInfo]) -> None:
    if sorted(entry.filename for entry in entries) != [REPORT, REQUEST]:
        names = ", ".join(repr(entry.filename[:60]) for entry in entries[:5])
        raise _odd(f"it holds {names or 'nothing'} instead of {REPORT} and {REQUEST}")
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG} or entry.flag_bits & 1:
            raise _odd(f"{entry.filename} is no plain file")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise _odd(f"{entry.filename} is packed in a way that GitHub does not use")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file of the zip; how long it says it is counts for nothing."""
    most = _MOST[entry.filename]
    with archive.open(entry) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise _odd(f"{entry.filename} unpacks to more than {most:,} bytes")
    return data


def _odd(why: str) -> CannotStart:
    return CannotStart(f"the artifact `{NAME}` is not what a check leaves: {why}")
