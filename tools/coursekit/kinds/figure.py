"""A figure: a picture or a drawing that lies beside the material."""

from __future__ import annotations

from coursekit.kinds import Kind
from coursekit.pictures import claims, read

KIND = Kind("figure", claims=claims, read=read)
