"""Notebooks good and bad; makers.notebook writes them as Jupyter does."""

import base64
import json
from pathlib import Path

import jupytext
import nbformat
import pytest

import makers
from coursekit.jobs import run_all
from coursekit.kinds import notebook
from coursekit.model import Place
from coursekit.notebook import Notebook
from coursekit.notebook_file import MAX_CELLS
from coursekit.notebook_reader import read_notebook
from coursekit.source import content_fault, decode

GOLDENS = Path(__file__).parent.parent / "data" / "notebook"
PNG = base64.b64encode(makers.png()).decode()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0"/></svg>'
ALIVE = (
    "<script",
    "onerror",
    "onclick",
    "<iframe",
    "javascript:",
    "data:text",
    "alert(1)",
    "<style",
    "<object",
)


def shown(data: dict, **metadata) -> dict:
    """An output that a cell displays."""
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def error(
    name: str = "ValueError", value: str = "no", traceback: tuple[str, ...] = ("Traceback", "ValueError: no")
) -> dict:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": list(traceback)}


def ran(*outputs: dict, **more) -> dict:
    """A code cell with these outputs."""
    return {"code": "run()", "count": 1, "outputs": list(outputs), **more}


def read(*cells: dict, path: str = "a/demo.ipynb", **metadata) -> Notebook:
    return read_notebook(path, makers.notebook(cells, **metadata))


def raw(change, *cells: dict) -> Notebook:
    """A notebook of two cells (or these) whose JSON was changed."""
    document = json.loads(makers.notebook(cells or [{"markdown": "# Demo"}, {"code": "x = 1", "count": 1}]))
    changed = change(document)
    return read_notebook(
        "a/demo.ipynb", json.dumps(document if changed is None else changed, indent=1).encode()
    )


def refused(book: Notebook, rule: str = "notebook-invalid") -> tuple[str, Place]:
    """Message and place, once it is sure that this is the one fault, with help, and that nothing is shown."""
    assert [fault.rule for fault in book.faults] == [rule]
    assert book.faults[0].help
    assert (book.page, book.cells) == (None, ())
    return book.faults[0].message, book.faults[0].place


# What can't be read: which of the many ways it is


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "git-LFS pointer"),
        (b"null", "no notebook: it holds only null"),
        (b"[]", "no notebook: it holds only a list"),
        (b"5", "no notebook: it holds only a number"),
        (b"{}", "neither `cells` nor `nbformat`"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "`cells` is missing"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": {}}',
            "`cells` is missing or is no list",
        ),
        (b'{"nbformat": 1, "cells": []}', "old format 1"),
        (b'{"nbformat": 2, "worksheets": []}', "old format 2"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "old format 3"),
        (b'{"nbformat": "4", "cells": []}', '`nbformat` is "4"'),
        (b'{"nbformat": true, "cells": []}', "`nbformat` is true"),
        (b'{"nbformat": 5, "cells": []}', "a notebook of format 5"),
        (b"[" * 900 + b"]" * 900, "no notebook"),
        (b"[" * 100_000, "nested more than"),
    ],
)
def test_what_is_no_notebook(data, words):
    assert words in refused(read_notebook("a/b.ipynb", data))[0]


def test_the_gate_names_pointers_first():
    assert content_fault(b"version https://git-lfs.github.com/spec/v1\n", ".ipynb").rule == "file-lfs-pointer"


def test_a_byte_order_mark_does_no_harm():
    assert (
        read_notebook("a/b.ipynb", b"\xef\xbb\xbf" + makers.notebook([{"markdown": "# Demo"}])).faults == ()
    )


def test_broken_json_has_its_place():
    data = makers.notebook([{"markdown": "# Demo"}, {"code": "x"}])
    message, place = refused(read_notebook("a/b.ipynb", data[: data.index(b'"source"') - 3]))
    assert "not JSON" in message
    assert place.line == 7


@pytest.mark.parametrize("path", ["a/b.ipynb", "a/b.py", "a/b.md"])
def test_conflict_markers(path):
    text = "# %%\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> main\n"
    message, place = refused(read_notebook(path, text.encode()), "file-conflict-markers")
    assert "merge conflict" in message
    assert place == Place(2)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (5, "no object"),
        ({"cell_type": "banana", "metadata": {}, "source": ""}, '`cell_type` is "banana"'),
        ({"cell_type": ["code"], "metadata": {}, "source": ""}, "`cell_type` is"),
        ({"cell_type": "markdown", "metadata": {}, "source": 5}, "`source` is no text"),
        ({"cell_type": "markdown", "metadata": {}}, "`source` is no text"),
        ({"cell_type": "markdown", "metadata": {}, "source": ["a", 5]}, "`source` is no text"),
        ({"cell_type": "markdown", "metadata": 5, "source": "a"}, "5 is not of type"),
        ({"cell_type": "markdown", "metadata": {"tags": "abc"}, "source": "a"}, "'abc' is not of type"),
        (
            {"cell_type": "code", "metadata": {}, "source": "a", "execution_count": 1},
            "'outputs' is a required",
        ),
        (
            {"cell_type": "code", "metadata": {}, "source": "a", "execution_count": "1", "outputs": []},
            "'1' is not of type",
        ),
        (
            {"cell_type": "code", "metadata": {}, "source": "a", "execution_count": 1, "outputs": [5]},
            "5 is not of type",
        ),
        (
            {"cell_type": "code", "metadata": {}, "source": "a", "execution_count": 1, "outputs": [shown(5)]},
            "5 is not of type",
        ),
    ],
)
def test_a_bad_cell_is_named(cell, words):
    message, place = refused(raw(lambda document: document["cells"].append(cell)))
    assert "cell 3" in message
    assert words in message
    assert place.cell == 3
    assert place.line in range(21, 27)


@pytest.mark.parametrize(
    "metadata", [5, None, [], {"language_info": 5}, {"language_info": {"name": 5}}, {"kernelspec": 5}]
)
def test_bad_metadata(metadata):
    assert "is not of type" in refused(raw(lambda document: document.update(metadata=metadata)))[0]


@pytest.mark.parametrize("jupytext_metadata", [5, [], {"formats": 5, "text_representation": []}])
def test_odd_metadata_of_jupytext_do_no_harm(jupytext_metadata):
    book = raw(lambda document: document.update(metadata={"jupytext": jupytext_metadata}))
    assert book.faults == ()
    assert b"x = 1" in book.page.as_python


@pytest.mark.parametrize("where", ["metadata", "output", "cell"])
def test_deep_json(where):
    deep = json.loads('{"a":' * 900 + "{}" + "}" * 900)

    def change(document):
        if where == "metadata":
            document["metadata"]["x"] = deep
        elif where == "cell":
            document["cells"][0]["metadata"]["x"] = deep
        else:
            document["cells"][1]["outputs"] = [shown({"application/json": deep})]

    book = raw(change)
    assert "nested more than 100 levels" in refused(book)[0]


def test_too_many_cells():
    assert f"{MAX_CELLS + 1} cells" in refused(read(*[{"markdown": "a"}] * (MAX_CELLS + 1)))[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: [cell.update(id="same") for cell in document["cells"]][5:] or None,
        lambda document: [cell.pop("id", None) for cell in document["cells"]][5:] or None,
        lambda document: [cell.update(id="not valid! " * 20) for cell in document["cells"]][5:] or None,
        lambda document: document.update(nbformat_minor=2),
        lambda document: document.update(nbformat_minor=99),
    ],
)
def test_ids_and_minor_versions_are_noise(change):
    book, again = raw(change), raw(change)
    assert book.faults == ()
    assert book == again
    assert (book.page.html, book.page.as_python) == (
        raw(lambda _: None).page.html,
        raw(lambda _: None).page.as_python,
    )


def test_text_notebooks_give_the_same_bytes_twice():
    text = b"# %% [markdown]\n# # Demo\n\n# %%\nx = 1\n"
    assert read_notebook("a/b.py", text) == read_notebook("a/b.py", text)


def test_half_a_character():
    """JSON can hold half of a surrogate pair; no file can."""

    def change(document):
        document["cells"][0]["source"] = "# A \ud83d title"
        document["cells"][1]["outputs"] = [stream("\udc00")]

    book = raw(change)
    assert book.faults == ()
    assert book.title == "A \ufffd title"
    assert all(part.encode() for part in (book.page.html, book.title, book.cells[1].output_text))


def test_invisible_characters_behind_escapes():
    book = raw(lambda document: document["cells"][1].update(source="x = 1\ny\u202e = 2"))
    assert [(fault.rule, fault.place.cell) for fault in book.faults] == [("file-control-character", 2)]
    assert "\u202e" not in book.page.html


# What must not come alive


HTML = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<iframe src="https://example.org"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg onload=alert(1)><style>*{}</style></svg>",
    '<div style="position:fixed" onclick="alert(1)">x</div>',
    "<object data=x></object><style>body{display:none}</style>",
    "</div></div><script>alert(1)</script><!--",
    "``` \n<script>alert(1)</script>",
    "<pre>\n~~~~~~~~~~~~\n<script>alert(1)</script>\n</pre>",
]


def harmless(book: Notebook) -> bool:
    live = book.page.html.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "").replace("alert(1)", "")
    return not any(sign in live for sign in ALIVE if sign != "alert(1)")


@pytest.mark.parametrize("source", HTML)
def test_nothing_in_an_output_is_alive(source):
    book = read(ran(shown({"text/html": source, "text/plain": "x"})))
    assert harmless(book)
    assert not any(sign in book.page.html for sign in ("<script", "onerror", "onclick", "onload"))


@pytest.mark.parametrize("source", HTML)
def test_nothing_in_a_text_cell_is_alive(source):
    assert harmless(read({"markdown": source}))
    assert harmless(read(ran(shown({"text/markdown": source}))))


@pytest.mark.parametrize("source", HTML)
@pytest.mark.parametrize("kind", ["stdout", "error", "plain", "latex", "code", "raw"])
def test_text_stays_text(source, kind):
    cells = {
        "stdout": ran(stream(source)),
        "error": ran(error(source, source, (source,))),
        "plain": ran(shown({"text/plain": source})),
        "latex": ran(shown({"text/latex": f"${source}$", "text/plain": "x"})),
        "code": {"code": source},
        "raw": {"raw": source},
    }
    book = read(cells[kind])
    assert not any(
        f"{tag}" in book.page.html for tag in ("<script", "<iframe", "<img", "<svg", "<object", "<style")
    )


@pytest.mark.parametrize(
    "kind",
    [
        "application/javascript",
        "application/vnd.jupyter.widget-view+json",
        "text/x-unknown",
        "application/vnd.plotly.v1+json",
    ],
)
def test_what_only_runs_live_is_named(kind):
    data = {kind: {"model_id": "alert(1)"} if kind.endswith("json") else "alert(1)"}
    book = read(ran(shown(data)))
    assert "alert(1)" not in book.page.html
    assert (
        f"can&#39;t be shown here: {kind}" in book.page.html
        or f"can't be shown here: {kind}" in book.page.html
    )


def test_tags_with_html_are_not_shown():
    book = read(
        {"markdown": "# Demo", "tags": ["<img src=x onerror=alert(1)>"]},
        ran(tags=['"><script>alert(1)</script>']),
    )
    assert harmless(book)
    assert "script" not in book.page.html


def test_a_language_with_html():
    book = read({"code": "x"}, language_info={"name": "python\n~~~~~~~~~~~~\n<script>alert(1)</script>"})
    assert "<script" not in book.page.html


# Pictures


def test_a_picture_has_a_file_and_an_alt_text():
    book = read(ran(shown({"image/png": PNG, "text/plain": "<Figure>"})))
    assert book.page.pictures == (("demo-001-0.png", makers.png()),)
    assert '<img src="demo-files/demo-001-0.png" alt="Picture made by cell 1">' in book.page.html


@pytest.mark.parametrize(
    "metadata", [{"alt": 'A "teal" <square>'}, {"image/png": {"alt": 'A "teal" <square>'}}]
)
def test_an_alt_text_of_its_own(metadata):
    html = read(
        ran({"output_type": "display_data", "data": {"image/png": PNG}, "metadata": metadata})
    ).page.html
    assert 'alt="A &quot;teal&quot; &lt;square&gt;"' in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"image/png": base64.b64encode(b"<script>").decode()}, "is no picture of that type"),
        ({"image/png": "%%%"}, "is no picture of that type"),
        ({"image/png": "abc"}, "is not base64"),
        ({"image/png": base64.b64encode(makers.png()[:40]).decode()}, "is damaged"),
        ({"image/jpeg": PNG}, "is no picture of that type but a PNG picture"),
        ({"image/png": base64.b64encode(makers.png_of_48_megapixels()).decode()}, "40 million pixels"),
        ({"image/svg+xml": SVG.replace("<path", "<script/><path")}, "<script> is no part of a drawing"),
        ({"image/svg+xml": "<svg"}, "is damaged"),
    ],
)
def test_a_picture_that_is_no_picture(data, words):
    book = read({"markdown": "# Demo"}, ran(shown({**data, "text/plain": "in words"})))
    (fault,) = book.faults
    assert (fault.rule, fault.place) == ("notebook-picture", Place(27, 1, 2))
    assert words in fault.message
    assert fault.help
    assert book.page.pictures == ()
    assert "in words" in book.page.html


def test_a_huge_picture_ends():
    data = base64.b64encode(makers.png() + bytes(20_000_000)).decode()
    (book,) = run_all(read, [(ran(shown({"image/png": data})),)])
    assert isinstance(book, Notebook)


def test_a_drawing_among_the_outputs():
    book = read(ran(shown({"image/svg+xml": [SVG], "text/plain": "x"})))
    assert book.page.pictures == (("demo-001-0.svg", SVG.encode()),)
    assert 'src="demo-files/demo-001-0.svg"' in book.page.html


def test_a_pasted_picture_becomes_a_file():
    cell = {
        "markdown": "# Demo\n\n![A square](attachment:my%20square.png)",
        "attachments": {"my square.png": {"image/png": PNG}},
    }
    book = read(cell)
    assert book.faults == ()
    assert book.page.pictures == (("demo-001-attachment-0.png", makers.png()),)
    assert '<img alt="A square" src="demo-files/demo-001-attachment-0.png">' in book.page.html


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        ({"text/html": "PHNjcmlwdD4="}, "text/html"),
        ({"image/svg+xml": SVG}, "image/svg+xml"),
        ({}, "empty"),
        ({"image/png": "PHNjcmlwdD4="}, "no picture"),
    ],
)
def test_an_attachment_of_another_type(bundle, words):
    book = read({"markdown": "![x](attachment:x.png)", "attachments": {"x.png": bundle}})
    assert [fault.rule for fault in book.faults] == ["notebook-picture"]
    assert words in book.faults[0].message
    assert book.page.pictures == ()
    assert "attachment:" not in book.page.html


# Outputs that are too large


def test_a_table_of_two_megabytes_is_cut():
    table = "<table>" + "<tr><td>1</td></tr>" * 110_000 + "</table>"
    (book,) = run_all(read, [(ran(shown({"text/html": table, "text/plain": "rows\n" * 400_000})),)])
    assert [fault.rule for fault in book.faults] == ["notebook-output-large"]
    assert "2,090,015 characters" in book.faults[0].message
    assert "<table" not in book.page.html
    assert "cut here: 200,000 of 1,999,999 characters" in book.page.html
    assert len(book.page.html) < 300_000


def test_deep_html_is_left_out():
    (book,) = run_all(read, [(ran(shown({"text/html": "<div>" * 30_000, "text/plain": "in words"})),)])
    assert "more than 100 levels" in book.faults[0].message
    assert "in words" in book.page.html


def test_void_tags_have_no_depth():
    assert read(ran(shown({"text/html": "line<br>" * 500}))).faults == ()


def test_a_long_output_is_folded():
    assert "<details" not in read(ran(stream("line\n" * 30))).page.html
    html = read(ran(stream("line\n" * 31))).page.html
    assert (
        '<details class="nb-fold"><summary>Output: 31 lines</summary><div class="nb-output nb-stream"><pre>line'
        in html
    )


# What is shown


def every_output() -> Notebook:
    """One notebook with each kind of cell and output."""
    return read(
        {"raw": "---\ntitle: for another program\n---"},
        {"markdown": "# Every output\n\nText with $x^2$ and `code`.\n\n* one\n* two"},
        {"code": "print('~~~~~~~~~~~~~~')\nx = '`'", "count": 1, "outputs": [stream("one\n"), stream("two\n"), stream("careful\n", "stderr")]},
        {"markdown": "## Twice\n\n## Twice"},
        ran(shown({"text/html": "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>", "text/plain": "a"})),
        ran(shown({"image/png": PNG, "text/plain": "<Figure>"})),
        ran(shown({"text/latex": "$\\displaystyle \\frac{1}{2}$", "text/plain": "1/2"})),
        ran(shown({"text/markdown": "**bold**", "text/plain": "<IPython.core.display.Markdown object>"})),
        ran({"output_type": "execute_result", "execution_count": 5, "data": {"text/plain": "{'a': 1}"}, "metadata": {}}),
        ran(error(traceback=("\x1b[0;31mValueError\x1b[0m", "ValueError: no")), tags=["raises-exception"]),
        ran(stream("10%\r60%\r100%\n")),
        {"code": "hidden()", "count": 1, "outputs": [stream("shown\n")], "tags": ["hide-input"]},
        ran(stream("not shown\n"), tags=["remove-output"]),
        {"markdown": "not shown", "tags": ["remove_cell"]},
        {"raw": "as it <stands>"},
        language_info={"name": "python"},
    )  # fmt: skip


def test_the_page_of_every_output():
    """Compare with the golden; after a change that is meant, write `every_output().page.html` into it by hand."""
    book = every_output()
    assert book.faults == ()
    assert book.title == "Every output"
    assert book.page.html == (GOLDENS / "outputs.html").read_text(encoding="utf-8")


def test_colours_and_commands_of_terminals_are_removed():
    text = "\x1b[1;31mred\x1b[0m \x1b]8;;https://example.org\x07link\x1b]8;;\x07 \u202eturned\x07"
    assert "<pre>red link turned</pre>" in read(ran(stream(text))).page.html


def test_an_error_without_a_traceback_says_its_name():
    assert "<pre>ValueError: no</pre>" in read(ran(error(traceback=()))).page.html


@pytest.mark.parametrize(
    "source",
    ["```python\nopen = 1", "<div><b>open", "<!-- open", "$$\nopen", "<details>", "* list\n\n    <pre>"],
)
def test_what_a_cell_leaves_open_ends_with_it(source):
    book = read({"markdown": source}, {"markdown": "## Below"}, {"code": "x = 1"})
    assert '<h2 id="below">Below</h2>' in book.page.html
    assert 'class="language-python highlight"' in book.page.html


@pytest.mark.parametrize(
    "line",
    [
        "```",
        "~~~",
        "# no heading",
        "* no list",
        "    no code",
        "[^1]: no footnote",
        "</pre></div>",
        "::: no block",
    ],
)
def test_output_is_never_markdown(line):
    html = read(ran(stream(f"before\n\n{line}\n\nafter\n"))).page.html
    assert html.count("<pre>before") == 1
    assert "after</pre>" in html
    assert "<h" not in html and "<li" not in html


def test_ids_are_given_once():
    book = read({"markdown": "## Loss\n\n[down](#loss)"}, {"markdown": "## Loss\n\n[here](#loss)"})
    assert 'id="loss"' in book.page.html and 'id="loss_1"' in book.page.html
    assert 'href="#loss_1"' in book.page.html
    assert {"loss", "loss_1"} <= book.prose.anchors


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        ([{"markdown": "# The *loss*"}], "The loss"),
        (
            [
                {"code": "x"},
                {"markdown": "[badge](https://example.org/)"},
                {"markdown": "The loss\n========"},
            ],
            "The loss",
        ),
        ([{"markdown": "## Setup\n\n# Later"}], ""),
        ([ran(shown({"text/html": "<h1>From an output</h1>"}))], ""),
        ([{"markdown": "```\n# a comment\n```"}], ""),
        ([], ""),
    ],
)
def test_the_title(cells, title):
    assert read(*cells).title == title


def test_the_title_is_taken_off_the_page_and_other_headings_go_down():
    html = read({"markdown": "# Title\n\n# Second\n\n## Third"}).page.html
    assert "Title" not in html
    assert '<h2 id="second">' in html and '<h3 id="third">' in html


# Cells and places


def test_cells_as_checks_see_them():
    book = read(
        {"markdown": "# Demo"},
        {
            "code": "run()",
            "count": 3,
            "outputs": [stream("\x1b[31mhi\x1b[0m"), error(value="a\nb\x1b[0m")],
            "tags": ["a"],
        },
    )
    text, code = book.cells
    assert (text.kind, text.source, text.count, text.output_bytes) == ("markdown", "# Demo", None, 0)
    assert (code.kind, code.count, code.tags, code.error) == ("code", 3, ("a",), "ValueError: a b")
    assert code.output_text == "hi\nTraceback\nValueError: no"
    assert code.output_bytes > 100


def test_an_error_that_is_meant():
    assert read(ran(error(), tags=["raises-exception"])).cells[0].error == ""


def lines_of(book: Notebook, data: bytes) -> list[str]:
    """What stands in the file where the cells' lines are said to stand."""
    rows = decode(data).split("\n")
    return [rows[line - 1].strip() for cell in book.cells for line in cell.lines]


CELLS = [
    {"markdown": "# Demo\n\nSame line\nSame line"},
    {
        "code": 'x = "Same line"\nprint("é\\n")\nx = "Same line"',
        "count": 1,
        "outputs": [stream("Same line\nx\n")],
    },
    {"code": ""},
    {"markdown": "Same line"},
]


def test_the_lines_of_cells():
    data = makers.notebook(CELLS)
    book = read_notebook("a/b.ipynb", data)
    source = [row for cell in CELLS for row in (cell.get("markdown") or cell.get("code", "")).splitlines()]
    found = [
        json.loads(row.rstrip(",")).rstrip("\n")
        for row in lines_of(book, data)
        if row.startswith('"') and ":" not in row[:10]
    ]
    assert found == source
    assert [cell.line for cell in book.cells] == sorted({cell.line for cell in book.cells})


def test_the_lines_of_a_notebook_on_one_line():
    document = json.dumps(json.loads(makers.notebook(CELLS)))
    assert {line for cell in read_notebook("a/b.ipynb", document.encode()).cells for line in cell.lines} == {
        1
    }


@pytest.mark.parametrize(
    "source", ["one text\nwith two lines", ["one text\nwith", " two lines\n", "and three"], [], ""]
)
def test_sources_of_any_form(source):
    book = raw(lambda document: document["cells"][0].update(source=source))
    assert book.faults == ()
    assert len(book.cells[0].lines) >= 1


@pytest.mark.parametrize(("form", "path"), [("py:percent", "a/b.py"), ("md", "a/b.md")])
def test_the_lines_of_a_text_notebook(form, path):
    text = jupytext.writes(
        nbformat.reads(
            makers.notebook(
                CELLS, kernelspec={"name": "python3", "display_name": "P", "language": "python"}
            ).decode(),
            4,
        ),
        fmt=form,
    )
    book = read_notebook(path, text.encode())
    source = [line for cell in book.cells for line in cell.source.split("\n")]
    for expected, row in zip(source, lines_of(book, text.encode()), strict=True):
        assert not expected or expected in (row, row.removeprefix("# "))


@pytest.mark.parametrize("suffix", [".ipynb", ".py", ".md"])
def test_places_point_at_the_files_lines(suffix):
    cells = [
        {"markdown": "# Demo"},
        {"code": "x = 1"},
        {"markdown": "text\n\n## Two\n\n[a](b.md) <script>x</script>"},
    ]
    data = makers.notebook(cells, kernelspec={"name": "python3", "display_name": "P", "language": "python"})
    if suffix != ".ipynb":
        data = jupytext.writes(
            nbformat.reads(data.decode(), 4), fmt="py:percent" if suffix == ".py" else "md"
        ).encode()
    book = read_notebook(f"a/b{suffix}", data)
    rows = data.decode().split("\n")
    (link,), (fault,) = book.prose.links, book.faults
    # a .md notebook joins text cells that follow each other, so that only here the numbers are the same
    assert [heading.text for heading in book.prose.headings] == ["Demo", "Two"]
    assert "## Two" in rows[book.prose.headings[1].place.line - 1]
    assert "[a](b.md)" in rows[link.place.line - 1]
    assert fault.rule == "html-unsafe-tag"
    assert fault.place == Place(link.place.line, fault.place.column, 3)


# Text notebooks


def test_a_percent_script():
    book = read_notebook("a/b.py", b"# %% [markdown]\n# # Demo\n\n# %%\n# %matplotlib inline\nx = 1\n")
    assert (book.title, book.is_text) == ("Demo", True)
    assert [(cell.kind, cell.source, cell.line) for cell in book.cells] == [
        ("markdown", "# Demo", 2),
        ("code", "%matplotlib inline\nx = 1", 5),
    ]
    assert json.loads(book.page.as_ipynb)["nbformat"] == 4
    assert book.page.as_python.startswith(b"# %% [markdown]")


def test_a_light_script_is_read_by_its_header():
    text = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       format_name: light\n# ---\n\n# # Demo\n\nx = 1\n\ny = 2\n"
    assert [cell.source for cell in read_notebook("a/b.py", text.encode()).cells] == [
        "# Demo",
        "x = 1",
        "y = 2",
    ]


def test_a_markdown_notebook():
    text = (
        "---\njupyter:\n  jupytext:\n    formats: md\n---\n\n# Demo\n\nSome text.\n\n```python\nx = 1\n```\n"
    )
    book = read_notebook("a/b.md", text.encode())
    assert [(cell.kind, cell.line) for cell in book.cells] == [("markdown", 7), ("code", 12)]


@pytest.mark.parametrize(
    "text",
    [
        "# %% tags=5\nx",
        "# %% tags=['<b>']\nx",
        "# %% {]\nx",
        "# ---\n# jupyter: 5\n# ---\n# %%\nx",
        "# ---\n# jupyter: &a [1]\n# x: *a\n# ---\n# %%\nx",
        "# %%\n",
        "# ---\n# jupyter:\n#   kernelspec: 5\n# ---\n# %%\nx",
    ],
)
def test_odd_scripts_are_read_or_refused(text):
    (book,) = run_all(read_notebook, [("a/b.py", text.encode())])
    assert isinstance(book, Notebook)
    assert (book.page is None) == any(fault.rule == "notebook-invalid" for fault in book.faults)


@pytest.mark.parametrize(
    ("path", "data", "mine"),
    [
        ("a.ipynb", b"", True),
        ("a.py", b"import os\n\n# %%\nx", True),
        ("a.py", b"# ---\n# jupyter:\n# ---\n", True),
        ("a.py", b"import os\n", False),
        ("a.md", b"---\njupyter:\n  jupytext: {}\n---\n", True),
        ("a.md", b"---\ntitle: a page\n---\n# %%\n", False),
        ("a.ipynb.txt", b"{}", False),
    ],
)
def test_claims(path, data, mine):
    assert notebook.KIND.claims(path, data) is mine
