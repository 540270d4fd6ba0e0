"""A figure: a picture or a drawing that lies beside the material."""

from __future__ import annotations

from coursekit.kinds import Kind
from coursekit.pictures import Figure, claims


def _read(path: str, data: bytes) -> Figure:
    from coursekit.picture_reader import read_figure  # slow to load, and only workers need it

    return read_figure(path, data)


KIND = Kind("figure", claims=claims, read=_read)
