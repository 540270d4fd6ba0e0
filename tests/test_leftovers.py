"""Dollars, bars and back-quotes that reach the page as they were typed: told where they were written, and only then."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.leftovers import cells_of, leftover_faults, row_problems
from coursekit.markup import render_markdown
from coursekit.model import Place


def told(text: str) -> list[tuple[str, int, int]]:
    found = leftover_faults(render_markdown(text).html, [(text, Place())])
    return [(fault.rule, fault.place.line, fault.place.column) for fault in found]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("one $ \\alpha $ two", ("math-stray-dollars", 1, 5)),
        ("one $x_i $ two", ("math-stray-dollars", 1, 5)),
        ("one\n\n$$\na\n\nb\n$$\n", ("math-stray-dollars", 3, 1)),
        ("$$\ngood\n$$\n\n- in a list\n\n  $$\n  bad\n  $$\n", ("math-stray-dollars", 7, 3)),
        ("| a | b |\n| 1 | 2 |", ("table-broken", 1, 1)),
        ("| a | b |\n|---|---|---|\n| 1 | 2 |", ("table-broken", 1, 1)),
        ("a | b\n---|---|---\n1 | 2", ("table-broken", 1, 1)),
        ("one\n\n```python\ncode\n\nmore", ("code-block-open", 3, 1)),
        ("~~~\ncode", ("code-block-open", 1, 1)),
    ],
)
def test_each_leftover_is_told_once_where_it_was_written(text: str, where: tuple[str, int, int]) -> None:
    assert told(text) == [where]


@pytest.mark.parametrize(
    "text",
    [
        "It costs 5 $, or 6 $ with tax_free goods.",
        "Set $HOME and $PATH_A, then $PATH_B.",
        "`$ x_i $` and ``` $$ ``` in code",
        "    $$\n    indented code\n    $$\n",
        "$$\na\n$$\n\nand $x_i$ and \\(y\\)",
        "\\$ x_i \\$",
        "The norm |x| is one.\nSo is |y|.",
        "| a | b |\n|---|---|\n| `x|y` | 2 |",
        "a | b\n--|--\n1 | 2",
        "````\n```\n````",
        "```\n$$\n| a | b |\n| 1 | 2 |\n```",
        "A line\n\n---\n\nand a rule",
    ],
)
def test_what_is_shown_as_it_was_meant_is_left_alone(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("row", "cells"),
    [("| a | b |", 2), ("a | b", 2), ("| a \\| b |", 1), ("| `a|b` | c |", 2), ("|  |  |", 2)],
)
def test_cells_are_counted_as_the_site_counts_them(row: str, cells: int) -> None:
    table = f"{'|h' * cells}|\n{'|---' * cells}|\n{row}\n"
    assert cells_of(row) == cells
    assert render_markdown(table).html.count("<td") == cells


def test_rows_are_compared_with_the_first() -> None:
    rows = ["| a | b |", "|---|---|", "| 1 | 2 | 3 |", "| 1 |", "A caption.", "| 1 | 2 |"]
    assert [at for at, _, _ in row_problems(rows)] == [2, 3, 4]


@given(st.text("$|`~-: \nax_\\>*", max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_and_every_place_is_in_it(text: str) -> None:
    lines = text.split("\n")
    for _, line, column in told(text):
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1


@pytest.mark.parametrize(
    "piece", ["$$\n\n", "$ x_i $ ", "|" * 100 + "x\n", "| a | b |\n", "`" * 50 + " ", "```x\n\n"]
)
def test_a_great_many_leftovers_take_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    html = "<p>" + text.replace("<", "&lt;") + "</p>"
    start = time.process_time()
    found = list(leftover_faults(html, [(text, Place())]))
    assert len(found) <= 60
    assert time.process_time() - start < 5
