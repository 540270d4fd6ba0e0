"""Addresses: that of the course on the web, and whether those that people write can mean anything to others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coursekit.config import Config


_SAFE_SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LOCAL = re.compile(
    r"(?:file:|[a-z]:[\\/]|\\\\|~[\\/]|/(?:Users|home|root|tmp|mnt|content/drive|kaggle)/"
    r"|(?:https?:)?//(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?:[:/?#]|\Z)|(?:localhost|127\.0\.0\.1):\d)",
    re.IGNORECASE,
)


def site_address(config: Config | None) -> str:
    """Where GitHub Pages serves the course: it follows from the repository's address."""
    found = re.match(
        r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?$",
        (config.links.repository or "") if config else "",
    )
    return f"https://{found[1]}.github.io/{found[2]}/" if found else "/"


def unsafe_scheme(target: str) -> str | None:
    """The scheme of an address that must not be live ('javascript'), or None."""
    # browsers drop control characters and blanks before they look at the scheme
    found = _SCHEME.match(re.sub(r"[\x00-\x20\u200b]+", "", target))
    return found[1].lower() if found and found[1].lower() not in _SAFE_SCHEMES else None


def is_local(target: str) -> bool:
    """Whether an address means something on its author's computer only."""
    return bool(_LOCAL.match(target.strip()))
