"""The words of HTML."""

from __future__ import annotations

import html
import re


def plain_text(clean: str) -> str:
    """The words of sanitised HTML."""
    return " ".join(html.unescape(re.sub(r'<(?:[^>"]|"[^"]*")*>', " ", clean)).split())
