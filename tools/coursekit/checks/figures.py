"""Figures: pictures that can be shown, and drawings that hold nothing but a drawing."""

from __future__ import annotations

from coursekit.checks import Check


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
