"""course.json: what the site holds, for programs and for the next deployment, which must not lose any of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import unescape
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coursekit.course import Course
from coursekit.model import AssetOutput, CannotStart, Output, PageOutput
from coursekit.site import Site

PATH = "course.json"
_OWN = "assets/course/"  # the site's own style and scripts: nobody links to them
_ANCHOR = re.compile(r'<[a-z][^>]*\bid="([^"]+)"')


class _Record(BaseModel):
    """Other versions may add keys; what is missing or of another type makes the file no inventory."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PageEntry(_Record):
    """A page: its address below the site's root, its title and the places in it that can be linked to."""

    address: str
    title: str
    anchors: Annotated[tuple[str, ...], Field(default=())]


class Inventory(_Record):
    """The file itself; `moved` and `removed` are what course.yml declares."""

    schema_: Annotated[int, Field(alias="schema", ge=1, le=1)]
    title: str
    commit: str = ""
    pages: tuple[PageEntry, ...] = ()
    files: tuple[str, ...] = ()
    moved: dict[str, str] = {}
    removed: tuple[str, ...] = ()


def inventory(course: Course, site: Site, outputs: Sequence[Output]) -> AssetOutput:
    """The file for these pages and files; the same outputs give the same bytes."""
    config = course.config
    record = {
        "schema": 1,
        "title": config.title,
        "code": config.code,
        "institution": config.institution,
        "term": {
            "name": config.term.name,
            "start": config.term.start.isoformat(),
            "weeks": config.term.weeks,
            "timezone": config.term.timezone,
        },
        "commit": course.history.head,
        "pages": sorted(
            (_page(site, output) for output in outputs if isinstance(output, PageOutput)),
            key=lambda page: str(page["address"]),
        ),
        "files": sorted(_files(outputs)),
        "moved": dict(sorted(config.moved.items())),
        "removed": sorted(config.removed),
    }
    return AssetOutput(PATH, (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode())


def _page(site: Site, output: PageOutput) -> dict[str, object]:
    anchors = sorted({unescape(found) for found in _ANCHOR.findall(output.body)})
    return {"address": site.address(output.path), "title": output.title, "anchors": anchors}


def _files(outputs: Iterable[Output]) -> Iterable[str]:
    for output in outputs:
        if isinstance(output, AssetOutput) and not output.path.startswith(_OWN):
            yield output.path


def read_inventory(data: bytes, name: str) -> Inventory:
    """The inventory from the bytes of a course.json.

    Raises:
        CannotStart: it is none; `name` says which file.
    """
    try:
        return Inventory.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotStart(
            f"{name} is no course.json: {where + ': ' if where else ''}{first['msg']}"
        ) from None
