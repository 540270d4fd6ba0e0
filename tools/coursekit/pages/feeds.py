"""calendar.ics and feed.xml, for calendars and feed readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.addresses import site_address
from coursekit.feeds import atom, calendar
from coursekit.model import AssetOutput, Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """Both files lie at the site's root; their addresses are whole, since they are read elsewhere."""
    course, site = renderer.course, renderer.site
    base = site_address(course.config)
    whole = base if base.startswith("https://") else "https://course.invalid/"
    yield AssetOutput("calendar.ics", calendar(course, whole))

    def address(path: str) -> str:
        target = site.targets.get(path)
        return site.address(target.path if target else path)

    yield AssetOutput("feed.xml", atom(course, whole, address))
