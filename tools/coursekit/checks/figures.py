"""Figures: pictures that can be shown, and drawings that hold nothing but a drawing."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Severity
from coursekit.pictures import Figure

HEAVIEST = 1_500_000  # bytes: a second on a phone's network
WIDEST = 4000  # pixels: more than twice what a page shows on a sharp screen


class FigureInvalid(Check):
    """A picture is damaged, or is not of the type that its name says.

    Each picture is opened and read to its end; a drawing (.svg) has to be well-formed XML.

    Why: A browser shows half a picture, or a small broken square, where your figure should be.

    Bad:
        loss.png, of which the upload stopped half-way

    Good:
        loss.png, whole

    Mend: Export the figure again, for example with `fig.savefig("loss.png", dpi=150)`, and commit it.
    """

    id = "figure-invalid"


class FigureTooLarge(Check):
    """A picture has more pixels, or a drawing more parts, than a page can show.

    The limits are 40 million pixels for a picture, and 200,000 elements or 200 levels for an .svg.

    Why: A small file can unpack to gigabytes. A reader's browser has to hold all of it.

    Bad:
        embedding.png with 12000 x 9000 pixels; scatter.svg with a million points

    Good:
        embedding.png with 1600 x 1200 pixels; scatter.png for the million points

    Mend: Scale the picture down: 1600 pixels across are enough for a page. Save a plot with very many points
    as .png instead of .svg.
    """

    id = "figure-too-large"


class SvgUnsafe(Check):
    """A drawing (.svg) holds something that is no drawing.

    Scripts, attributes such as `onclick`, embedded web pages, and references to other files or hosts are not
    allowed; neither are document types that declare entities.

    Why: An .svg file is a program as much as a picture. One that loads something from elsewhere also tells
    that host who reads the page.

    Bad:
        <svg xmlns="http://www.w3.org/2000/svg" onload="start()">

    Good:
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480">

    Mend: Save it as "plain SVG" (Inkscape) or export it anew from your plotting library; else save it as .png.
    """

    id = "svg-unsafe"


class FigureHeavy(Check):
    """A picture is far larger than a page can show.

    Looked at are pictures of more than 1.5 MB, or more than 4000 pixels across. Those in run folders are left out.

    Why: Readers on a phone wait for it, and git keeps every version of it for ever.

    Bad:
        photo.png, 6000 x 4000 pixels, 22 MB

    Good:
        photo.jpg, 1600 x 1067 pixels, 0.3 MB

    Mend: Scale it down to 1600 pixels across; save photographs as .jpg and plots with `dpi=150`.
    """

    id = "figure-heavy"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each picture that can be shown."""
        for figure in course.of(Figure):
            if figure.faults or figure.media == "image/svg+xml":
                continue
            if figure.size > HEAVIEST:
                yield self.at(
                    figure.path, f"the picture has {figure.size / 1e6:.1f} MB; a page needs a tenth of it"
                )
            elif figure.width > WIDEST:
                yield self.at(
                    figure.path, f"the picture is {figure.width} pixels wide; a page shows 1600 of them"
                )
