"""A week: weeks/week-NN/index.md, what everybody reads and does."""

from __future__ import annotations

import re

from coursekit.kinds import Kind
from coursekit.model import Document
from coursekit.page import read_page
from coursekit.schema import WeekMeta

PATH = re.compile(r"weeks/week-(\d\d)/index\.md\Z")


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, WeekMeta, "week")


KIND = Kind("week", claims=lambda path, data: bool(PATH.match(path)), read=_read)
