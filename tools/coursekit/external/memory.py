"""What is remembered of each address from night to night: one JSON file, the same bytes for the same content."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from coursekit.outside import State
from coursekit.schema import Record

MOST_BYTES = 32_000_000
Count = Annotated[int, Field(ge=0, le=100_000)]


class Entry(Record):
    """An address. `first_failure` and `last_failure` bound the nights that found nothing there; `checked` is the
    last day it was asked; `looked_for` are the fragments that were, `missing` those that its page does not have."""

    state: State
    why: str = ""
    nights: Count = 0
    unsure: Count = 0
    first_failure: dt.date | None = None
    last_failure: dt.date | None = None
    last_ok: dt.date | None = None
    checked: dt.date
    final: str = ""
    looked_for: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class _File(Record):
    schema_: Literal[1] = Field(alias="schema")
    addresses: dict[str, Entry]


def read_memory(file: Path, say: Callable[[str], None]) -> dict[str, Entry]:
    """What was remembered; nothing, and a word about it, where the file is damaged or none of ours."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError("larger than a memory gets")
        return dict(_File.model_validate_json(data).addresses)
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".lstrip(": ")
    except (OSError, ValueError) as error:
        what = str(error)
    say(f"the memory {file} can't be read and is started anew ({what})")
    return {}


def write_memory(file: Path, entries: Mapping[str, Entry], say: Callable[[str], None]) -> None:
    """Write it whole or not at all: a reader sees the old file or the new one."""
    content = _File(schema=1, addresses=dict(sorted(entries.items())))
    text = content.model_dump_json(indent=1, by_alias=True, exclude_defaults=True, ensure_ascii=True) + "\n"
    beside = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as stream:
            beside = Path(stream.name)
            stream.write(text.encode())
        beside.replace(file)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        say(f"the memory {file} can't be written, so that tonight counts for nothing ({error.strerror})")
