"""The built site, as `course verify` and every build judge it. These rules look at pages, not at sources."""

from __future__ import annotations

from coursekit.checks import Check


class SitePageMissing(Check):
    """A page of the course is not in the built site.

    The site was built, and then a page that the course has is not in it; or the site is empty.

    Why: A deployment that shows nothing looks like a success until somebody visits it.

    Bad:
        site/weeks/week-01/index.html is not there

    Good:
        site/weeks/week-01/index.html

    Mend: Build the site again. If it stays so, it is a fault of the tool or of the theme: please report it.
    """

    id = "site-page-missing"
    of_site = True


class SiteFileMissing(Check):
    """A page of the built site loads a file that is not there.

    Pictures, sounds, style sheets and scripts are looked at.

    Why: The reader sees an empty frame, or a page without its look.

    Bad:
        <img src="gone.png">

    Good:
        <img src="there.png">

    Mend: Build the site again. If it stays so, it is a fault of the tool or of the theme: please report it.
    """

    id = "site-file-missing"
    of_site = True


class SiteLinkBroken(Check):
    """A link of the built site leads to no page and no file of it.

    All links of all pages are followed, without a network.

    Why: The reader who follows it gets nowhere.

    Bad:
        <a href="gone/">

    Good:
        <a href="there/">

    Mend: Mend the link in the page's source; if no finding of `course check` names it, please report it.
    """

    id = "site-link-broken"
    of_site = True


class SiteAnchorBroken(Check):
    """A link of the built site leads to a place that its page does not have.

    All links of all pages are followed, without a network.

    Why: The reader lands at the top of the page and has to search.

    Bad:
        <a href="page/#gone">

    Good:
        <a href="page/#there">

    Mend: Mend the link in the page's source; if no finding of `course check` names it, please report it.
    """

    id = "site-anchor-broken"
    of_site = True


class SiteRemoteRequest(Check):
    """A page of the built site asks another host for something.

    Whatever a browser loads by itself counts; a link that a reader follows does not.

    Why: The other host learns who reads the page, and can change what readers see.

    Bad:
        <script src="https://cdn.example/x.js">

    Good:
        <script src="../assets/x.js">

    Mend: Take out the part of the theme or of mkdocs.yml that asks for it; serve the file from the site.
    """

    id = "site-remote-request"
    of_site = True


class SiteUnsafe(Check):
    """A page of the built site could run a script, or hide itself behind another page.

    Looked for are event handlers, `javascript:` addresses, frames, and elements laid over the page.

    Why: Somebody who sends a page must not be able to act in the name of those who read it.

    Bad:
        <p onclick="…">

    Good:
        <p>

    Mend: Such a site is never put in place of the last one. Please report how it came about.
    """

    id = "site-unsafe"
    of_site = True


class SitePageVanished(Check):
    """A page or file that is published would vanish.

    The published site's course.json is compared with the new one (`course verify SITE --published FILE`).

    Why: It is linked to from messages, papers and other sites, and nobody can mend those links.

    Bad:
        presentations/week-01/old/ is published, and the new site has no such page

    Good:
        moved: {presentations/week-01/old/: presentations/week-01/new/}

    Mend: Say in course.yml under `moved` where it went, or under `removed` that it is meant to be gone.
    """

    id = "site-page-vanished"
    of_site = True


class SiteAnchorVanished(Check):
    """A place in a page that is published would vanish.

    The published site's course.json is compared with the new one (`course verify SITE --published FILE`).

    Why: Links to the place lead to the top of the page, and the reader has to search for what was meant.

    Bad:
        ## Results     (was: ## What came out)

    Good:
        ## Results {#what-came-out}

    Mend: Keep the old anchor at the new heading, or say in course.yml under `moved` or `removed` what became of it.
    """

    id = "site-anchor-vanished"
    of_site = True
