"""The one issue about dead links: opened with the first, kept up to date, closed with the last, opened again."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.hub.api import Api
from coursekit.hub.deadlinks import MARKER, DeadLinks, known_dead, news
from coursekit.hub.records import Issue

LABEL = "links"
_TITLE = "Links that lead to nothing"
_COLOUR = "d4c5f9"
_MOST_PAGES = 10


@dataclass(frozen=True)
class RollingIssue:
    """Keeps the issue in step with what a night has found."""

    api: Api

    async def keep(self, found: DeadLinks) -> str:
        """Bring the issue up to date, and say what was done."""
        issue = await self._find()
        if issue is None:
            return await self._open(found) if found.dead else "no link is dead, and there is no issue"
        if issue.state != "open" and not found.dead:
            return f"no link is dead, and issue {issue.number} is closed"
        return await self._update(issue, found)

    async def _find(self) -> Issue | None:
        asked = {"labels": LABEL, "state": "all", "sort": "created", "direction": "asc"}
        issues = await self.api.pages(Issue, "issues", most=_MOST_PAGES, **asked)
        return next((one for one in issues if one.pull_request is None and one.is_ours(MARKER)), None)

    async def _open(self, found: DeadLinks) -> str:
        if not await self.api.exists(f"labels/{LABEL}"):  # without it the next night would not find the issue
            about = {"name": LABEL, "color": _COLOUR, "description": "Links to other hosts"}
            await self.api.send("POST", "labels", about)
        await self.api.send("POST", "issues", {"title": _TITLE, "body": found.body(), "labels": [LABEL]})
        return f"opened an issue about {_count(found)}"

    async def _update(self, issue: Issue, found: DeadLinks) -> str:
        path, before = f"issues/{issue.number}", known_dead(issue.body or "")
        state = "open" if found.dead else "closed"
        body, changed = found.body(), news(before if issue.state == "open" else (), found.dead)
        if (issue.body or "").strip() == body.strip() and issue.state == state:
            return f"issue {issue.number} says so already"
        await self.api.send("PATCH", path, {"body": body, "state": state})
        if changed:
            await self.api.send("POST", f"{path}/comments", {"body": changed})
        return f"brought issue {issue.number} up to date ({state}): {_count(found)}"


def _count(found: DeadLinks) -> str:
    return f"{len(found.dead)} dead link{'s' if len(found.dead) != 1 else ''}"
