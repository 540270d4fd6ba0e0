"""The site's own style, scripts, fonts and mathematics: everything is served by the site itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.model import AssetOutput, Output

if TYPE_CHECKING:
    from coursekit.render import Renderer

FOLDER = Path(__file__).parent.parent / "assets"


def outputs(renderer: Renderer) -> Iterable[Output]:
    """Every file below assets/, at assets/course/ on the site."""
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            yield AssetOutput(f"assets/course/{file.relative_to(FOLDER).as_posix()}", file.read_bytes())
