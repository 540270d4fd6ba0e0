"""Pages in the place of those that can't be shown: they say what is wrong, and the rest of the site stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """A page for every text or notebook that the gate or a reader refused."""
    course = renderer.course
    for path in sorted(course.refused):
        if path not in course.documents and re.fullmatch(r"[\w./-]+\.(md|ipynb)", path, re.ASCII):
            page = re.sub(r"\.(md|ipynb)$", ".md", path.removeprefix("site_src/"))
            yield renderer.page(page, "broken.html", title=path.rpartition("/")[2], source=path)
