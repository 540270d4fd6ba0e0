"""What was published once is linked to from elsewhere: what a new site must still have of the one that is out there."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from coursekit.inventory import Inventory, PageEntry
from coursekit.model import Diagnostic, Place, Severity

_HELP_PAGE = "say in course.yml where it went, or that it is meant to be gone:\n{moved}\nremoved: [{old}]"
_MOST_ANCHORS = 20  # of one page


def broken_promises(new: Inventory, old: Inventory) -> Iterator[Diagnostic]:
    """What the published site has and the new one has not, where course.yml declares neither redirect nor removal."""
    yield from _Comparison(new, old).findings()


@dataclass(frozen=True)
class _Comparison:
    new: Inventory
    old: Inventory

    @cached_property
    def pages(self) -> dict[str, PageEntry]:
        return {page.address: page for page in self.new.pages}

    def declared(self, address: str) -> bool:
        """Whether course.yml says what became of an address; the site's own root is never given up."""
        return address in self.new.moved or any(
            fnmatch.fnmatchcase(address, glob.replace("**", "*")) for glob in self.new.removed if address
        )

    def findings(self) -> Iterator[Diagnostic]:
        if not self.new.pages:
            yield _error(
                "site-page-missing", "course.json", "the new site has no pages at all", "build it again"
            )
            return
        for page in self.old.pages:
            if page.address in self.pages:
                yield from self._anchors(page, self.pages[page.address])
            elif not self.declared(page.address):
                yield self._vanished("site-page-vanished", "page", page.address, self.pages)
        files = set(self.new.files)
        for address in self.old.files:
            if address not in files and not self.declared(address):
                yield self._vanished("site-page-vanished", "file", address, files)

    def _vanished(self, rule: str, what: str, address: str, among: Iterable[str]) -> Diagnostic:
        title = next((page.title for page in self.old.pages if page.address == address), "")
        named = f" ({title})" if title else ""
        close = self._close(address, title, among)
        moved = f"moved: {{{address or './'}: {close or 'new/address/'}}}"
        message = f"the {what} `{address or './'}`{named} is published and would vanish"
        return _error(rule, address or "index.html", message, _HELP_PAGE.format(moved=moved, old=address))

    def _close(self, address: str, title: str, among: Iterable[str]) -> str:
        alike = [page.address for page in self.new.pages if title and page.title == title]
        known = {page.address for page in self.old.pages}
        fresh = sorted(one for one in among if one not in known)
        return next(iter(alike or difflib.get_close_matches(address, fresh, n=1, cutoff=0.5)), "")

    def _anchors(self, old: PageEntry, new: PageEntry) -> Iterator[Diagnostic]:
        gone = [anchor for anchor in old.anchors if anchor not in new.anchors]
        lost = [anchor for anchor in gone if not self.declared(f"{old.address}#{anchor}")]
        fresh = [anchor for anchor in new.anchors if anchor not in old.anchors]
        for anchor in lost[:_MOST_ANCHORS]:
            close = next(iter(difflib.get_close_matches(anchor, fresh, n=1, cutoff=0.4)), "new")
            message = f"the place `#{anchor}` of `{old.address or './'}` is published and would vanish"
            rest = len(lost) - _MOST_ANCHORS
            if anchor == lost[:_MOST_ANCHORS][-1] and rest > 0:
                message += f" (and {rest} more of this page)"
            help = (
                f"keep it at its heading with  {{#{anchor}}}  , or say in course.yml what became of it:\n"
                f'moved: {{"{old.address}#{anchor}": "{old.address}#{close}"}}\nremoved: ["{old.address}#{anchor}"]'
            )
            yield _error("site-anchor-vanished", old.address or "index.html", message, help)


def _error(rule: str, path: str, message: str, help: str) -> Diagnostic:
    return Diagnostic(rule, Severity.ERROR, path, Place(), message, help)
