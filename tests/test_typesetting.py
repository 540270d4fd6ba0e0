"""KaTeX's verdicts on formulas: the same as readers see, at the right place, asked for once."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from coursekit.cache import Cache
from coursekit.formulas import formulas_in
from coursekit.markup import render_markdown
from coursekit.model import Document, Fault, Place
from coursekit.page import Page
from coursekit.page_reader import read_page
from coursekit.schema import ProjectDocumentMeta
from coursekit.typesetting import formula_faults, judge, options


def page(text: str) -> Page:
    return read_page("page.md", text.encode(), ProjectDocumentMeta, "page")


def faults(text: str, folder: Path) -> list[Fault]:
    documents: dict[str, Document] = {"page.md": page(text)}
    return list(formula_faults(documents, Cache(folder), pack="here").get("page.md", ()))


def child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_formulas_are_those_that_the_site_renders() -> None:
    text = "$a$ and 5 $ or \\(b\\), `$c$`\n\n\\[d\\]\n\n$$\ne\n$$\n\n    $f$\n\n\\begin{align}g\\end{align}\n"
    found = formulas_in(render_markdown(text).html, [(text, Place())])
    assert [(one.tex.strip(), one.display) for one in found] == [
        ("a", False), ("b", False), ("d", True), ("e", True), ("\\begin{align}g\\end{align}", True),
    ]  # fmt: skip
    assert [(one.place.line, one.place.column) for one in found] == [(1, 2), (1, 18), (3, 3), (6, 1), (11, 1)]


def test_a_formula_is_found_behind_the_words_that_look_like_it() -> None:
    text = "---\ntitle: T\n---\nx is $x$; x again is $x$.\n"
    assert [one.place.column for one in page(text).prose.formulas] == [7, 23]


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("one\n\n$a + \\foo$", 3, 6, "Undefined control sequence: \\foo"),
        ("$$\na \\\\\nb & c\n$$", 3, 1, "Expected the end of the formula, got '&'"),
        ("> $x^$", 1, 5, "Expected group after '^'"),
        ("| a | b |\n|---|---|\n| 1 | $x_1_2$ |", 3, 11, "Double subscript"),
        ("$\\def\\x{\\x\\x}\\x$", 1, 2, "Too many expansions: infinite loop"),
        ("$" + "{" * 5000 + "}" * 5000 + "$", 1, 2, "Maximum call stack size exceeded"),
    ],
)
def test_what_is_said_and_where(text: str, line: int, column: int, says: str, tmp_path: Path) -> None:
    (fault,) = faults(text, tmp_path)
    assert (fault.rule, fault.place.line, fault.place.column) == ("math-invalid", line, column)
    assert says in fault.message


def test_known_formulas_start_no_process(tmp_path: Path) -> None:
    text = "$a$ and $\\foo$"
    first = faults(text, tmp_path)
    before = child_seconds()
    assert faults(text, tmp_path) == first
    assert child_seconds() == before
    assert len(faults(text + " and $\\bar_$", tmp_path)) == 2
    assert child_seconds() > before


def test_the_page_that_was_mended_has_no_finding(tmp_path: Path) -> None:
    assert faults("$\\foo$", tmp_path)
    assert faults("$\\phi$", tmp_path) == []


def test_nothing_that_katex_may_do_on_the_site_is_refused_here(tmp_path: Path) -> None:
    fine = [
        "\\text{for all } x ∈ ℝ",
        "\\begin{aligned}a&=b\\\\c&=d\\end{aligned}",
        "x \\tag{1}",
        "\\color{red}{x}",
    ]
    assert faults("\n\n".join(f"$$\n{tex}\n$$" for tex in fine), tmp_path) == []
    assert "throwOnError: true" in options()


def test_many_formulas_are_judged_in_batches(tmp_path: Path) -> None:
    text = "\n\n".join(f"$x_{{{number}}}$ and $\\no{'o' * number}$" for number in range(1, 601))
    assert len(faults(text, tmp_path)) == 600


def test_verdicts_come_in_the_order_of_the_formulas() -> None:
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1) as pool:  # V8 stays out of the process that runs the tests
        verdicts = pool.submit(judge, [("a", False), ("\\foo", False), ("b", True)]).result()
    assert [verdict is None for verdict in verdicts] == [True, False, True]
