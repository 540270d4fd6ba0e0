"""A run folder: runs/<run>/ with run.json, scores, curves, sound and figures, read as one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import AssetOutput, Output
from coursekit.runfolder import Run

if TYPE_CHECKING:
    from coursekit.render import Renderer

FOLDER = re.compile(r"((?:presentations|projects|weeks)/.+/runs/[^/]+)/(.+)\Z")
SERVED = (".json", ".csv", ".png", ".jpg", ".jpeg", ".webp", ".wav", ".flac", ".mp3", ".ogg")


def run_folder(path: str) -> tuple[str, str] | None:
    """The run folder that a path lies in and the path inside it."""
    found = FOLDER.match(path)
    return (found[1], found[2]) if found else None


def _outputs(renderer: Renderer) -> Iterable[Output]:
    """Everything in a run folder is offered as it is."""
    for run in renderer.course.of(Run):
        for path, data in renderer.course.data.items():
            if path.startswith(run.path + "/") and path.lower().endswith(SERVED):
                yield AssetOutput(path, data)


# The pipeline collects a run's files itself, since a run is many files: so this kind claims no single one.
KIND = Kind(
    "run", claims=lambda path, data: False, read=lambda path, data: Run(path, "run"), outputs=_outputs
)
