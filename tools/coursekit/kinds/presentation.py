"""A presentation: presentations/week-NN/<slug>/index.md, with the material that lies beside it."""

from __future__ import annotations

import re

from coursekit.kinds import Kind
from coursekit.model import Document
from coursekit.page import read_page
from coursekit.schema import PresentationMeta

PATH = re.compile(r"presentations/week-(\d\d)/([^/]+)/index\.md\Z")


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, PresentationMeta, "presentation")


KIND = Kind("presentation", claims=lambda path, data: bool(PATH.match(path)), read=_read)
