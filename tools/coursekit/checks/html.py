"""Raw HTML and the like in texts: what the site takes away, and why."""

from __future__ import annotations

from coursekit.checks import Check
from coursekit.model import Severity


class HtmlUnsafeTag(Check):
    """An HTML element that can run code, load something or cover the page.

    Scripts, frames, forms, style sheets, drawings written as HTML and the like are taken away from the site.
    Code blocks may show them; there they are only text.

    Why: A page of the course is opened by everybody in it. What one page may run, it may run in every
    reader's browser.

    Bad:
        <iframe src="https://example.org/demo"></iframe>

    Good:
        [Try the demo](https://example.org/demo)

    Mend: Say it in Markdown: a link to the page, a picture that lies beside the text, a formula between `$`.
    """

    id = "html-unsafe-tag"


class HtmlEventHandler(Check):
    """An attribute that would run a script: `onclick` and its kin.

    Every attribute whose name starts with `on` is taken away, in HTML and in attribute lists such as
    `{: onclick="…" }`.

    Why: Scripts of single pages are not run, so that nobody has to trust every text of the course.

    Bad:
        <div onclick="show()">The solution</div>

    Good:
        ??? note "The solution"
            It is 42.

    Mend: Delete the attribute. For something that opens on a click, use a foldable note: `??? note "Title"`.
    """

    id = "html-event-handler"


class HtmlUnsafeUrl(Check):
    """An address that is no web page: `javascript:`, `data:` and the like.

    Links may lead to `http:`, `https:` and `mailto:` addresses and to files of the course.

    Why: Such addresses can run code or hide what they hold; the site takes them away, and the link is dead.

    Bad:
        [Show](javascript:show())

    Good:
        [The page that shows it](https://example.org/show)

    Mend: Link to a web page, or save the file beside your text and link to it by its name.
    """

    id = "html-unsafe-url"


class HtmlStyle(Check):
    """Colours, sizes and positions that are written into the text.

    The `style` of an element is taken away.

    Why: The site is read on phones, in the dark and by screen readers. A colour or a width that looks right on
    one screen makes the text unreadable on another.

    Bad:
        <p style="color: red">Careful!</p>

    Good:
        !!! warning
            Careful!

    Mend: Delete the `style`. For emphasis write `**bold**` or an admonition (`!!! warning`); a picture's width
    can be given as `![what it shows](figure.png){ width=400 }`.
    """

    id = "html-style"
    severity = Severity.WARNING


class HtmlRemoved(Check):
    """An HTML element is taken away; what stands in it remains as plain text.

    The site shows the elements of ordinary text (`<kbd>`, `<sub>`, `<details>` and so on). Elements for colours,
    sizes and the frame of a page are removed. A word that is no element at all, as in `List<int>`, stays as text.

    Why: The site looks after colour and size, in the light and in the dark, on paper and on a phone.

    Bad:
        <center><font color="red">Important</font></center>

    Good:
        **Important**

    Mend: Delete the element and use Markdown. If it is meant as text, put it in backticks.
    """

    id = "html-removed"
    severity = Severity.WARNING


class SnippetInclude(Check):
    """A line that includes another file (`--8<--`).

    The site does not include files into texts; the line would stand there as it is.

    Why: Such lines can bring any file of the computer that builds the site onto a page.

    Bad:
        --8<-- "../train.py"

    Good:
        See [train.py](../train.py).

    Mend: Copy the few lines that matter into a fenced code block, or link to the file.
    """

    id = "snippet-include"
