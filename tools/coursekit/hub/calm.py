"""A Markdown text of unknown origin that is shown under the bot's name: it reads the same and sets nothing off."""

from __future__ import annotations

import re

from coursekit.report import printable

_STILL = "\u200b"  # no width: what a person reads stays, what GitHub looks for is gone
# GitHub looks for names and numbers in the page that it has made, so that an entity is as good as its character
_TRIGGERS = re.compile(
    r"(?:(?<=@)|(?<=&#64;))(?=\w)"  # calls a person or a team
    r"|(?:(?<=#)(?<!&#)|(?<=&#35;)|(?<=\bGH-))(?=\d)"  # puts a line into another issue's history
    r"|(?<=^/)(?=\w)"  # commands that other bots listen for
    r"|(?<=!)(?=\[)"  # pictures from other hosts
    r"|(?<=<)(?=[A-Za-z/!?])(?!/?(?:details|summary)>)",  # HTML, but for parts that fold
    re.MULTILINE | re.IGNORECASE,
)


def calm(text: str, most: int) -> str:
    """The text without mentions, references, commands, pictures and HTML, cut to `most` characters."""
    clean = printable(text.replace("\r\n", "\n").replace("\t", "    "))
    still = _TRIGGERS.sub(_STILL, clean)
    if len(still) <= most:
        return still
    kept = still[:most].rpartition("\n")[0]
    open_parts = max(0, kept.count("<details>") - kept.count("</details>"))
    return kept + "\n\n</details>" * open_parts
