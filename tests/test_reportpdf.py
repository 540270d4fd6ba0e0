"""Reports on paper: what stands in the PDF, that nothing of a student's text runs, and that the bytes are the same each time."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import makers
from coursekit.cache import Cache
from coursekit.formulas import formulas_in
from coursekit.jobs import Failure, run_all
from coursekit.kinds.project import KIND
from coursekit.loading import load
from coursekit.markup import render_markdown
from coursekit.model import AssetOutput, PageOutput
from coursekit.pipeline import build
from coursekit.plaintext import plain_text
from coursekit.render import Renderer
from coursekit.reportpdf import report_pdfs
from coursekit.reportpdf.mathematics import formula_node, set_formulas
from coursekit.reportpdf.nodes import Converter, Node
from coursekit.reportpdf.printing import printed
from coursekit.site import Site
from runs import write_run
from test_markup import PAYLOADS
from trees import write_course

FOLDER = "projects/orders"
REPORT = f"{FOLDER}/reproducibility-report.md"
INDEX = """\
---
title: Orders
members: [ada, ben, cleo]
paper: {title: A paper of orders, url: https://arxiv.org/abs/1508.04306, authors: [First, Second], year: 2016}
repository: https://github.com/example/orders
---
What we do.
"""
CLAIMS = """\
---
title: Orders, again
claims:
  - {id: dc, source: Table 1, metric: si_sdri, unit: dB, paper: 10.2, tolerance: 0.5, run: runs/dc}
  - {id: three, source: Table 5, metric: sdr, unit: dB, paper: 7.1, ours: null, why: no data for three speakers}
---
"""
BODY = """\
## Scope

The **order** of $V V^T$, see [the paper](https://arxiv.org/abs/1607.02173) and [the project](index.md).

$$\\left\\| a \\right\\|^2 = \\frac{1}{\\sqrt{b}}$$

| method | dB |
|---|---|
| dc | 10 |

![a small dot](figures/dot.png)

```python
loss = 0  # a comment
```

```runs
show: table
runs: [dc]
metric: si_sdri
```

## What was difficult

- The data.
"""
FACTS: dict[str, Any] = {
    "kind": "Report", "title": "A title", "authors": [], "affiliation": "", "facts": [], "claims": [], "criterion": "",
    "runs": [], "checklist": [], "references": [],
}  # fmt: skip


def tree(root: Path, body: str = BODY, more: Mapping[str, Any] | None = None) -> Path:
    files = {f"{FOLDER}/index.md": INDEX, REPORT: CLAIMS + body, f"{FOLDER}/figures/dot.png": makers.png()}
    write_course(root, files, more or {})
    write_run(root / f"{FOLDER}/runs/dc")
    return root


def pdf_of(root: Path, cache: Cache | None = None) -> bytes | None:
    return report_pdfs(Site(load(root, as_of=dt.date(2020, 4, 1))), cache or Cache(root / ".cache")).get(
        REPORT
    )


def words(pdf: bytes) -> str:
    """The text of a PDF on one line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    finally:
        document.close()


def print_markdown(markdown: str) -> bytes | Failure:
    """A text on paper by itself, in a worker as in a build."""
    clean = render_markdown(markdown).html
    texts = sorted({(formula.tex, formula.display) for formula in formulas_in(clean, [])})
    made = next(iter(run_all(set_formulas, [(texts,)], bounded=False, fresh=True)))
    assert not isinstance(made, Failure)
    return next(
        iter(run_all(printed, [(FACTS, clean, {}, dict(zip(texts, made, strict=True)), {})], fresh=True))
    )


def shown(markdown: str) -> str:
    pdf = print_markdown(markdown)
    assert isinstance(pdf, bytes), pdf
    return words(pdf)


# --- what stands in it ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    pdf = pdf_of(tree(tmp_path_factory.mktemp("report")))
    assert pdf
    return pdf


@pytest.mark.parametrize(
    "part",
    [
        "[¬Re] Orders, again Ada Example, Ben Sample, Cleo Instance A small course, Spring 2020",
        "Original paper First, Second. A paper of orders. 2016",
        "Code https://github.com/example/orders",
        "Reproducibility summary Scope. The order of",
        "What was difficult. • The data.",
        "loss = 0 # a comment",
        "Run si_sdri 95 % interval N Deep clustering 10.00 dB 7.57 to 12.43 4",
        "dc si_sdri 10.2 dB Table 1 10.00 dB 7.57 to 12.43, N = 4, GPU −0.20 dB tolerance 0.5 dB confirmed",
        "not confirmed no data for three speakers",
        "dc Deep clustering GPU: NVIDIA H200 7 min 42 s 0 0123456789",
        "Licence not visible from here",
        "[1] First, Second. A paper of orders. 2016. https://arxiv.org/abs/1508.04306",
        "the paper. https://arxiv.org/abs/1607.02173",
    ],
)
def test_the_report_has_what_venues_ask_for(part: str, whole: bytes) -> None:
    assert part in words(whole)


def test_the_picture_is_in_it(whole: bytes) -> None:
    document = pypdfium2.PdfDocument(whole)
    kinds = [thing.type for page in document for thing in page.get_objects()]
    document.close()
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds
    assert "a small dot" in words(whole)


def test_the_same_report_is_the_same_bytes(tmp_path: Path, whole: bytes) -> None:
    assert pdf_of(tree(tmp_path)) == whole


def test_it_is_kept_by_what_went_in(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    first = pdf_of(tree(tmp_path / "course"), cache)
    stored = {file: file.read_bytes() for file in cache.folder.rglob("*") if file.is_file()}
    assert pdf_of(tmp_path / "course", cache) == first
    assert {file: file.read_bytes() for file in cache.folder.rglob("*") if file.is_file()} == stored
    (tmp_path / "course" / REPORT).write_text(CLAIMS + "## Scope\n\nAnother text.\n", encoding="utf-8")
    again = pdf_of(tmp_path / "course", cache)
    assert again and "Another text." in words(again)


# --- on the site ------------------------------------------------------------------------------------------


def outputs(root: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    made = build(load(root, as_of=dt.date(2020, 4, 1)), cache=Cache(root / ".cache")).outputs
    files = {one.path: one.data for one in made if isinstance(one, AssetOutput)}
    return files, {one.path: one.body for one in made if isinstance(one, PageOutput)}


def test_the_reports_page_offers_it(tmp_path: Path) -> None:
    files, pages = outputs(tree(tmp_path))
    assert files[f"{FOLDER}/reproducibility-report.pdf"].startswith(b"%PDF-")
    assert '<a href="../reproducibility-report.pdf">The report as PDF</a>' in pages[REPORT]


def test_a_groups_own_pdf_of_that_name_stays(tmp_path: Path) -> None:
    own = makers.pdf()
    files, pages = outputs(tree(tmp_path, more={f"{FOLDER}/reproducibility-report.pdf": own}))
    assert files[f"{FOLDER}/reproducibility-report.pdf"] == own
    assert "The report as PDF" in pages[REPORT]


def test_where_there_is_none_the_page_says_so(tmp_path: Path) -> None:
    course = load(tree(tmp_path))
    page = next(page for project in course.projects for page in project.documents)
    renderer = Renderer(course, Site(course))  # as where printing failed
    body = next(
        out.body for out in KIND.outputs(renderer) if isinstance(out, PageOutput) and out.path == page.path
    )
    assert "There is no PDF of this report" in plain_text(body)


# --- hostile text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd")',
        '#eval("1 + 1")',
        '#import "@preview/mitex:0.2.4": *',
        "#panic() <label> @reference",
        "= heading / term: x + item",
        '"#" + sys.version',
    ],
)
def test_typsts_language_is_only_text(text: str) -> None:
    escaped = text.replace("<", "&lt;").replace("#", "\\#").replace("*", "\\*")
    found = shown(f"Before {escaped} after.\n\n`{text}`")
    straight = found.replace("“", '"').replace("”", '"')
    assert f"Before {text} after." in straight and text in straight


@pytest.mark.parametrize(
    "markdown",
    [
        "\n\n".join(PAYLOADS[:300]),
        "\n".join("    " * depth + "- x" for depth in range(60)),
        ">" * 60 + " x",
        "$" + "\\frac{1}{" * 40 + "x" + "}" * 40 + "$",
        "$$" + "x^{" * 30 + "x" + "}" * 30 + "$$",
        r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}\quad \binom{n}{k} \underbrace{x}_{y} \xrightarrow{a} \tag{1}$$",
        "```no-such-language\nx\n```",
        "|" + "a|" * 39 + "\n|" + "-|" * 39 + "\n|" + "long words here|" * 39,
        "שלום 漢字 \U0001f600 \u200b\ufeff",
        "",
    ],
)
def test_whatever_was_written_is_printed(markdown: str) -> None:
    assert words_or_failure(markdown).startswith("REPORT A title")


def words_or_failure(markdown: str) -> str:
    pdf = print_markdown(markdown)
    return words(pdf) if isinstance(pdf, bytes) else pdf.reason


def test_a_picture_that_typst_cant_draw_costs_the_pictures_only() -> None:
    clean = '<p>Before.</p><p><img src="picture-1.png" alt="A curve"></p>'
    pdf = next(
        iter(
            run_all(
                printed, [(FACTS, clean, {}, {}, {"picture-1.png": makers.png_cut_off()[:40]})], fresh=True
            )
        )
    )
    assert isinstance(pdf, bytes)
    assert "Before. [picture: A curve]" in words(pdf)


def test_no_other_file_than_the_reports_pictures_is_asked_for() -> None:
    nodes = Converter({}, {}).nodes(
        '<p><img src="../secret.png" alt="a"> <img src="/etc/passwd"><a href="file:///x">b</a></p>'
    )
    assert kinds(nodes) == {"p", "em", "text"}


def test_only_web_addresses_are_links() -> None:
    nodes = Converter({}, {}).nodes(
        '<a href="javascript:x">a</a> <a href="https://example.org">b</a> <a href="x/y">c</a>'
    )
    assert [node["to"] for node in walk(nodes) if node["t"] == "link"] == ["https://example.org"]


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_the_words_of_any_text_come_through(text: str) -> None:
    clean = render_markdown(text).html
    nodes = Converter({}, {}).nodes(clean)
    said = "".join(str(node.get("v", "")) for node in walk(nodes))
    letters = [c for c in plain_text(clean) if c.isalnum()]
    assert (
        [c for c in said if c.isalnum()][: len(letters)] == letters or "<img" in clean or "footnote" in clean
    )


def walk(nodes: list[Node]) -> list[Node]:
    return [one for node in nodes for one in (node, *walk(node.get("c", [])))]


def kinds(nodes: list[Node]) -> set[str]:
    return {node["t"] for node in walk(nodes)}


# --- formulas ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\frac{a}{b}", {"fraction", "symbol"}),
        (r"\sqrt[3]{x}", {"root", "symbol"}),
        (r"x_1^2", {"attach", "symbol"}),
        (r"\hat{x}", {"accent", "symbol"}),
        (r"\left[ a \right]", {"fenced", "symbol"}),
        (r"\begin{matrix} a & b \\ c & d \end{matrix}", {"matrix", "symbol"}),
        (r"\log x", {"operator", "symbol", "group"}),
        (r"\mathbf{V} \mathbb{R} \mathcal{L}", {"bold", "blackboard", "calligraphic", "symbol", "group"}),
        (r"\text{if } x", {"words", "symbol", "group"}),
    ],
)
def test_formulas_become_what_typst_sets(tex: str, expected: set[str]) -> None:
    made = next(iter(run_all(set_formulas, [([(tex, True)],)], bounded=False, fresh=True)))
    assert not isinstance(made, Failure)
    node = formula_node(made[0], display=True)
    assert node is not None and kinds([node]) - {"group"} == {"formula", *expected} - {"group"}


def test_a_formula_that_katex_cant_read_stays_as_it_was_written() -> None:
    assert r"\nonsense{x}" in shown(r"See $\nonsense{x}$ here.")


def test_work_goes_on_after_this_process_has_used_the_libraries(tmp_path: Path) -> None:
    """V8 and Typst have threads and reservations of their own, which a copy of this process must not suffer from."""
    script = """
import typst
from py_mini_racer import MiniRacer
from test_reportpdf import _both, run_all
assert MiniRacer().eval("1 + 1") == 2
assert typst.compile(b"Words.").startswith(b"%PDF-")
print(list(run_all(_both, [(1,), (2,)], seconds=10, bounded=False, fresh=True)), list(run_all(len, [("abc",)])))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[(1, True), (2, True)] [3]\n", done.stderr


def _both(number: int) -> tuple[int, bool]:
    import typst
    from py_mini_racer import MiniRacer

    return MiniRacer().eval(str(number)), bytes(typst.compile(b"$x$")).startswith(b"%PDF-")
