"""A `runs` block in a text: which run folders it asks for, and what it wants of them."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StrictStr

from coursekit.model import Fault
from coursekit.schema import Record, Text, validate
from coursekit.yamltext import YamlFault, read_yaml

Show = Literal["table", "bars", "curves", "audio", "figures", "provenance"]
SHOWS: tuple[str, ...] = get_args(Show)
RULE = "runs-block"
EXAMPLE = "for example\n```runs\nshow: table\nruns: [dc, chimera]\nmetric: si_sdri\n```"
_NAME = re.compile(r"/?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*\Z")


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _name(value: Any) -> str:
    name = str(value) if isinstance(value, (str, int)) else ""
    if not _NAME.match(name):
        raise ValueError("is no run folder's name; write for example [dc, chimera]")
    return name


class Embed(Record):
    """What stands in the block; a run is named by its folder in `runs/`, or by its path from the root."""

    show: Show = "table"
    runs: Annotated[
        tuple[Annotated[StrictStr, BeforeValidator(_name)], ...],
        BeforeValidator(_names),
        Field(min_length=1, max_length=20),
    ]
    metric: Text | None = None


def run_path(name: str, source: str) -> str:
    """The folder that a run's name means in the file `source`: one of its own `runs/`, or from the course's root."""
    if name.startswith("/"):
        return name.lstrip("/")
    inside = name if name.startswith("runs/") else f"runs/{name}"
    return posixpath.normpath(f"{posixpath.dirname(source)}/{inside}")


def read_embed(text: str, first_line: int = 1) -> tuple[Embed | None, tuple[Fault, ...]]:
    """The block's content, None where it can't be used; faults are of the rule `runs-block`."""
    try:
        node = read_yaml(text, first_line)
    except YamlFault as error:
        return None, (Fault(RULE, error.fault.message, error.fault.place, EXAMPLE),)
    embed, found = validate(node, Embed)
    return embed, tuple(Fault(RULE, fault.message, fault.place, fault.help or EXAMPLE) for fault in found)
