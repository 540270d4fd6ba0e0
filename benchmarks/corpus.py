"""A made-up course of N presentations: a 650-word page, a 450-word note, a notebook with pictures, a PDF each."""

from __future__ import annotations

import base64
import io
import random
from pathlib import Path

import nbformat
from PIL import Image
from pypdf import PdfWriter

WORDS = [
    "mixture",
    "source",
    "estimate",
    "mask",
    "window",
    "hop",
    "embedding",
    "loss",
    "gradient",
    "batch",
    "layer",
    "weight",
    "tensor",
    "figure",
    "table",
    "claim",
    "run",
]
PER_WEEK = 8


def words(generator: random.Random, count: int) -> str:
    """Sentences of made-up prose."""
    text = [generator.choice(WORDS) for _ in range(count)]
    return " ".join(word.capitalize() + "." if index % 12 == 11 else word for index, word in enumerate(text))


def picture(generator: random.Random) -> str:
    """A PNG of noise of some 26 kB, in base64."""
    out = io.BytesIO()
    Image.frombytes("L", (160, 160), generator.randbytes(160 * 160)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def notebook(generator: random.Random) -> str:
    """25 cells, three of them with a picture."""
    cells = []
    for number in range(25):
        if number % 2 == 0:
            cells.append(
                nbformat.v4.new_markdown_cell(
                    f"## Part {number}\n\n{words(generator, 60)} $x_{{{number}}}$", id=f"c{number}"
                )
            )
            continue
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=words(generator, 20) + "\n")]
        if number in {5, 11, 17}:
            outputs.append(nbformat.v4.new_output("display_data", {"image/png": picture(generator)}))
        count = number // 2 + 1
        cells.append(
            nbformat.v4.new_code_cell(
                f"x = {number}\nprint(x)", outputs=outputs, execution_count=count, id=f"c{number}"
            )
        )
    cells[0].source = "# A notebook\n\n" + cells[0].source
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


def pdf(generator: random.Random) -> bytes:
    """A PDF of ten pages and some 266 kB."""
    writer = PdfWriter()
    for _ in range(10):
        writer.add_blank_page(640, 360)
    writer.add_metadata({"/Title": "Slides", "/Keywords": generator.randbytes(66_000).hex()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def write_course(root: Path, count: int) -> None:
    """Write a course of `count` presentations in the agreed tree, with a mkdocs.yml like the repository's."""
    generator = random.Random(0)
    weeks = -(-count // PER_WEEK)
    files: dict[str, str | bytes] = {
        "course.yml": f"title: A course\nterm: {{name: Spring, start: 2020-04-08, weeks: {min(weeks, 53)}, timezone: UTC}}\n"
        'meeting: {weekday: wednesday, start: "14:00", end: "17:00"}\npolicy: {presentations_per_week: 0}\n',
        "mkdocs.yml": "site_name: A course\nsite_url: https://example.org/\ndocs_dir: site_src\ntheme: {name: material, font: false, "
        "features: [navigation.prune, navigation.tabs]}\nplugins: [search, coursekit]\nmarkdown_extensions: [attr_list, {toc: {permalink: true}}]\n",
        "site_src/index.md": "---\ntitle: A course\n---\nWelcome.\n",
    }
    for number in range(count):
        week, slug = number // PER_WEEK % 53 + 1, f"talk-{number:04d}"
        folder = f"presentations/week-{week:02d}/{slug}"
        sections = "\n\n".join(
            f"## Section {part}\n\n{words(generator, 160)} [above](#section-0)" for part in range(4)
        )
        files[f"{folder}/index.md"] = (
            f"---\ntitle: Talk {number}\npapers: [{{title: Paper {number}, url: https://arxiv.org/abs/{number:04d}.00001}}]\ncode: [{{title: Code, url: https://github.com/example/code/tree/17368d4}}]\n---\n{sections}\n"
        )
        files[f"{folder}/notebook.ipynb"] = notebook(generator)
        files[f"{folder}/slides.pdf"] = pdf(generator)
        note = "\n\n".join(
            f"Q (Ada): {words(generator, 20)}?\n\nA (Ben): {words(generator, 25)}" for _ in range(10)
        )
        files[f"scribe_notes/week-{week:02d}/{slug}.md"] = f"---\nscribes: []\n---\n{note}\n"
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
