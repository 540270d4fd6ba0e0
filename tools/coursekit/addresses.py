"""Where the course is on the web."""

from __future__ import annotations

import re

from coursekit.config import Config


def site_address(config: Config | None) -> str:
    """Where GitHub Pages serves the course: it follows from the repository's address."""
    found = re.match(
        r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?$",
        (config.links.repository or "") if config else "",
    )
    return f"https://{found[1]}.github.io/{found[2]}/" if found else "/"
