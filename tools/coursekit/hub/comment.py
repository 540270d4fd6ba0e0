"""The one comment under a pull request: made once, and after that kept up to date in its place."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.hostile_markdown import code
from coursekit.hub.api import PER_PAGE, Api
from coursekit.hub.calm import calm
from coursekit.hub.parcel import MOST_PACKED, NAME, Parcel, open_parcel
from coursekit.hub.records import Artifacts, ChangedFile, Comment, Pull, Run
from coursekit.hub.standing import MOST_FILES, guarded, not_from_the_check, out_of_date
from coursekit.summary import MARKER

_MOST = 64_000  # characters of the report; GitHub takes 65,536 in a comment
_MOST_PAGES = 30
_MOST_NAMES = 20


@dataclass(frozen=True)
class Commenter:
    """Tells what a run of the check has found."""

    api: Api

    async def tell(self, run_id: int) -> str:
        """Comment, and say what was done; or say why there is nothing to do.

        Raises:
            CannotStart: the artifact is forged or broken, or GitHub does not answer.
        """
        run = await self.api.get(Run, f"actions/runs/{run_id}")
        if why := not_from_the_check(run):
            return why
        data = await self._artifact(run)
        if data is None:
            return f"run {run.id} left no artifact `{NAME}`: it was ended early"
        parcel = open_parcel(data)
        pull = await self.api.get(Pull, f"pulls/{parcel.request.number}")
        if why := out_of_date(run, parcel.request, pull):
            return why
        return await self._keep(pull.number, await self._body(run, parcel, pull))

    async def _artifact(self, run: Run) -> bytes | None:
        found = await self.api.get(Artifacts, f"actions/runs/{run.id}/artifacts", name=NAME)
        fitting = [one for one in found.artifacts if one.name == NAME and not one.expired]
        # a run that is repeated leaves one more; the last is of the last attempt
        return await self.api.archive(max(one.id for one in fitting), MOST_PACKED) if fitting else None

    async def _body(self, run: Run, parcel: Parcel, pull: Pull) -> str:
        most = -(-MOST_FILES // PER_PAGE)
        files = await self.api.pages(ChangedFile, f"pulls/{pull.number}/files", most=most)
        names = guarded(files)
        text = calm(parcel.report.removeprefix(MARKER).strip(), _MOST)
        if names or pull.changed_files > len(files):
            text = _withheld(names)
        address = self.api.place.server / self.api.place.repository / "actions/runs" / str(run.id)
        return f"{MARKER}\n{text}\n\n---\n[The check]({address}) of commit {run.head_sha[:9]}. This comment is kept up to date.\n"

    async def _keep(self, number: int, body: str) -> str:
        comments = await self.api.pages(Comment, f"issues/{number}/comments", most=_MOST_PAGES)
        ours = next((comment for comment in comments if comment.is_ours(MARKER)), None)
        if ours is None:
            await self.api.send("POST", f"issues/{number}/comments", {"body": body})
            return f"commented on pull request {number}"
        if (ours.body or "").strip() == body.strip():
            return f"the comment on pull request {number} says so already"
        await self.api.send("PATCH", f"issues/comments/{ours.id}", {"body": body})
        return f"brought the comment on pull request {number} up to date"


def _withheld(names: list[str]) -> str:
    """What is said in the place of a report that the request itself may have written."""
    if not names:
        return "This request changes more files than can be looked through, so that its report is not repeated here."
    listed = "\n".join(f"- {code(name)}" for name in names[:_MOST_NAMES])
    more = f"\n- and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return (
        "This request changes how requests are checked, so that its report is not repeated here. "
        f"A maintainer has to read these files first:\n\n{listed}{more}"
    )
