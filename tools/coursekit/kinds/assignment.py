"""An assignment: a folder in its week with a handout (index.md), starter code and tests."""

from __future__ import annotations

import re

from coursekit.kinds import Kind
from coursekit.model import Document
from coursekit.page import read_page
from coursekit.schema import AssignmentMeta

PATH = re.compile(r"weeks/week-(\d\d)/([^/]+)/(index|README)\.md\Z")


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, AssignmentMeta, "assignment")


KIND = Kind("assignment", claims=lambda path, data: bool(PATH.match(path)), read=_read)
