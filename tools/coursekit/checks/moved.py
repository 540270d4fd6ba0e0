"""Addresses that were published once: where course.yml says that they lead to now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic
from coursekit.site import site_of, split


def addresses(course: Course) -> frozenset[str]:
    """Every address of the site, as it stands in a browser below the site's root."""
    site = site_of(course)
    return frozenset(site.address(target.path) for target in site.targets.values())


def _is_address(text: str) -> bool:
    parts = split(text)
    return not (
        parts.scheme or parts.netloc or parts.query or text.startswith("/") or ".." in text.split("/")
    )


class MovedAddress(Check):
    """`moved` names what is no address of the site, or one that still has its page.

    Addresses are those of the site, without its host and without a slash in front: `weeks/week-01/`. A place in a
    page may follow behind `#`.

    Why: A redirect from an address that nobody can have visited helps nobody; one from a page that is there
    would never be followed.

    Bad:
        moved: {/presentations/week-01/old.md: presentations/week-01/new/}

    Good:
        moved: {presentations/week-01/old/: presentations/week-01/new/}

    Mend: Write both addresses as they stand in a browser, behind the site's own; take out what is there again.
    """

    id = "moved-address"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Keys and values of `moved`."""
        there = addresses(course) if course.config.moved else frozenset()
        for old, new in course.config.moved.items():
            place = course.config_node.locate(("moved", old), key=True)
            wrong = next((text for text in (old, new) if not _is_address(text)), None)
            if wrong is not None:
                yield self.at("course.yml", f"`{wrong}` is no address below the site's own", place)
            elif not ("#" in old or old.endswith(("/", ".html"))):
                message = f"`{old}` is the address of a file; only pages (`…/`) can be redirected"
                yield self.at(
                    "course.yml", message, place, f"removed: [{old}]  says that it is meant to be gone"
                )
            elif old in there:
                yield self.at("course.yml", f"`{old}` still has its page, so nobody is led on", place)


class MovedTargetMissing(Check):
    """A redirect leads to a page that is not there.

    Looked at are the values of `moved` in course.yml.

    Why: Whoever follows an old link is sent from one dead end to another.

    Bad:
        moved: {presentations/week-01/old/: presentations/week-01/nwe/}

    Good:
        moved: {presentations/week-01/old/: presentations/week-01/new/}

    Mend: Write the address of a page of the site as it stands in a browser, behind the site's own.
    """

    id = "moved-target-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """The values of `moved` that are addresses at all."""
        there = addresses(course) if course.config.moved else frozenset()
        for old, new in course.config.moved.items():
            page = new.partition("#")[0]
            if _is_address(new) and page not in there:
                close = difflib.get_close_matches(page, sorted(there), n=1, cutoff=0.6)
                place = course.config_node.locate(("moved", old))
                help = f"did you mean `{close[0]}`?" if close else ""
                yield self.at("course.yml", f"there is no page at `{page}`", place, help)
