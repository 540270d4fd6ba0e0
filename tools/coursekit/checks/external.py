"""Addresses on other hosts: what a night of asking found out, and what no night may ask."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.addresses import is_local
from coursekit.checks import Check
from coursekit.course import Course
from coursekit.external.mentions import Mention, mentions
from coursekit.external.private import private_host
from coursekit.model import Diagnostic, Severity
from coursekit.outside import State, Verdict

_UNSURE_FROM = 3  # nights in a row; most of what tells nothing tonight answers tomorrow


def _judged(course: Course, *states: State) -> Iterator[tuple[Mention, Verdict]]:
    """Every mention of an address that stands so."""
    if course.outside:
        for mention in mentions(course):
            verdict = course.outside.get(mention.address)
            if verdict is not None and verdict.state in states:
                yield mention, verdict


class ExternalDead(Check):
    """A link leads to a page on the web that is no longer there.

    Asked for at night, by `course check --external`. The server said on three nights that there is no such page,
    or there is no such server any more. A server that is only busy, slow or closed to programs is not dead.

    Why: The reader gets an error, and what you built on can't be read any more.

    Bad:
        [the data](https://www.example.org/2009/data.html)

    Good:
        [the data](https://web.archive.org/web/20200409/https://www.example.org/2009/data.html)

    Mend: Search for where the page is now and link there. If it is nowhere, link to the copy that the Internet
    Archive keeps: its address is the old one behind `https://web.archive.org/web/` and a date.
    """

    id = "external-dead"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each mention of a dead address, with the address of its copy."""
        for mention, verdict in _judged(course, State.DEAD):
            seen = f"; it last answered on {verdict.last_ok}" if verdict.last_ok else ""
            message = f"`{mention.written}` leads to nothing, on {verdict.nights} nights: {verdict.why}{seen}"
            help = "search for where it is now" + _or_archived(course, mention, verdict)
            yield self.at(mention.path, message, mention.place, help)


def _or_archived(course: Course, mention: Mention, verdict: Verdict) -> str:
    """The copy nearest to a day on which the page was there: it answered, or somebody wrote the link."""
    if mention.host == "web.archive.org":
        return ""
    changes = course.history.files.get(mention.path)
    day = verdict.last_ok or (changes.last.date() if changes else course.as_of)
    return f"; or write `https://web.archive.org/web/{day:%Y%m%d}/{mention.address}{_behind(mention)}`"


def _behind(mention: Mention) -> str:
    return f"#{mention.fragment}" if mention.fragment else ""


class ExternalMoved(Check):
    """A link leads to a page on the web that has moved for good.

    Asked for at night, by `course check --external`. The server still leads readers on, with a redirect that it
    calls permanent. Redirects for a while, and those to a login, are no finding.

    Why: Such a redirect is kept for some years at most, and then the link is dead.

    Bad:
        http://www.example.org/paper

    Good:
        https://www.example.org/papers/1508.04306

    Mend: Open the link, see whether the page is still the one that you mean, and copy its address.
    """

    id = "external-moved"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each mention of an address that has moved, with the new one."""
        for mention, verdict in _judged(course, State.MOVED):
            fragment = "" if mention.fragment in verdict.missing else _behind(mention)
            help = f"write `{verdict.final}{fragment}`"
            yield self.at(mention.path, f"`{mention.written}` has moved for good", mention.place, help)


class ExternalAnchorMissing(Check):
    """A link names a place in a page on the web that the page does not have.

    Asked for at night, by `course check --external`. What stands behind the `#` names a heading or another place.
    Pages that a script puts together are not judged, nor are lines of code, pages of a PDF and marked text.

    Why: The reader lands at the top of the page and has to search for what was meant.

    Bad:
        https://www.example.org/manual.html#instalation

    Good:
        https://www.example.org/manual.html#installation

    Mend: Open the page, go to the place and copy the address from there. If there is no address for it, link to the
    page and say in words where to look.
    """

    id = "external-anchor-missing"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each mention with a fragment that was looked for in vain."""
        for mention, verdict in _judged(course, State.OK, State.MOVED):
            if mention.fragment and mention.fragment in verdict.missing:
                message = f"`{mention.address}` has no place called `#{mention.fragment}`"
                help = f"copy the address of the place from the page; or write `{mention.address}`"
                yield self.at(mention.path, message, mention.place, help)


class ExternalUnknown(Check):
    """Nobody could tell whether a link still leads to a page on the web.

    Asked for at night, by `course check --external`. Either the page was missing on one night or two, which may
    pass; or the server gave no clear answer for three nights in a row: it is busy, slow, has trouble with its
    certificate, or answers people only.

    Why: If it stays so then your readers have the same trouble.

    Bad:
        [the data](https://www.example.org/data), where the server's certificate has expired

    Good:
        [the data](https://doi.org/10.5281/zenodo.1234567)

    Mend: Open the link yourself. If the page is there, nothing is to be done; an address that only people can open
    is named under `rules.ignore` of course.yml, with the reason.
    """

    id = "external-unknown"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What was missing lately, and what has told nothing for some nights."""
        for mention, verdict in _judged(course, State.UNKNOWN):
            if verdict.nights and not verdict.unsure:
                message = (
                    f"`{mention.written}` led to nothing on {_nights(verdict.nights)} so far: {verdict.why}"
                )
                yield self.at(mention.path, message, mention.place, "open it; if it is gone, link elsewhere")
            elif verdict.unsure >= _UNSURE_FROM:
                message = (
                    f"`{mention.written}` gave no clear answer on {_nights(verdict.unsure)}: {verdict.why}"
                )
                yield self.at(mention.path, message, mention.place)


def _nights(number: int) -> str:
    return f"{number} night{'s' if number != 1 else ''}"


class ExternalPrivate(Check):
    """A link leads into a private network.

    These are addresses such as `192.168.0.7`, in every spelling, and names that only one network knows: names
    without a dot, `.local`, `.internal`. At night also names and redirects that lead to such an address are told.

    Why: Your reader's computer has another network around it: the link leads to nothing there, or to something else.

    Bad:
        [the results](http://192.168.0.7:8888/notebooks/results.ipynb)

    Good:
        [the results](results.ipynb)

    Mend: Put what you link to into the course, or on a server that everybody can reach, and link to it there.
    """

    id = "external-private"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each mention whose host is private by its spelling, or was found to be; `localhost` has its own rule."""
        for mention in mentions(course):
            if is_local(mention.written):
                continue
            verdict = course.outside.get(mention.address)
            if host := private_host(mention.host):
                why = f"{host} is reachable from within one network only"
            elif verdict is not None and verdict.state is State.PRIVATE:
                why = verdict.why
            else:
                continue
            yield self.at(
                mention.path, f"`{mention.written}` leads into a private network: {why}", mention.place
            )
