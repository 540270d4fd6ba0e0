"""A presentation: presentations/week-NN/<slug>/index.md, with the material that lies beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import AssetOutput, Document, Output
from coursekit.page_reader import read_page
from coursekit.schema import PresentationMeta

if TYPE_CHECKING:
    from coursekit.course import Presentation
    from coursekit.render import Renderer

PATH = re.compile(r"presentations/week-(\d\d)/([^/]+)/index\.md\Z")


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, PresentationMeta, "presentation")


def _outputs(renderer: Renderer) -> Iterable[Output]:
    for talk in renderer.course.presentations:
        if talk.page is None and not talk.material.pdfs and not talk.material.notebooks and talk.slot is None:
            continue  # a stray file; the checks name it
        yield _page(renderer, talk)
        yield from _pictures(renderer, talk)


def _page(renderer: Renderer, talk: Presentation) -> Output:
    meta = talk.page.meta if talk.page else None
    return renderer.page(
        f"{talk.folder}/index.md",
        "presentation.html",
        title=talk.title,
        source=talk.page.path if talk.page else None,
        description=(meta.summary if meta else None) or "",
        section=("Presentations", f"Week {talk.week}", talk.title),
        talk=talk,
        meta=meta,
        pictures=renderer.pictures,
        other_pdfs=tuple(pdf for pdf in talk.material.pdfs if pdf is not talk.slides),
    )


def slide_path(pdf_path: str, number: int) -> str:
    """Where the picture of a PDF's page lies on the site, numbers from 1."""
    return f"{pdf_path.removesuffix('.pdf')}-pages/{number:03d}.webp"


def _pictures(renderer: Renderer, talk: Presentation) -> Iterator[Output]:
    for pdf in talk.material.pdfs:
        for number, data in enumerate(renderer.pictures.get(pdf.path, ()), 1):
            yield AssetOutput(slide_path(pdf.path, number), data)


KIND = Kind("presentation", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
