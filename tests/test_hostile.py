"""Hostile and broken input, row by row: what a person is told, and that the rest of the course is still built."""

from __future__ import annotations

import datetime as dt
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from coursekit.checks import run_checks
from coursekit.loading import load
from coursekit.model import AssetOutput, PageOutput
from coursekit.pipeline import build
from trees import MKDOCS, write_course, write_file

TODAY = dt.date(2020, 4, 1)
PAGE = "---\ntitle: A page\n---\n"

# (name of the row, files, (rule, part of the message) that must be among the findings of those files)
ROWS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("script", {"site_src/x.md": PAGE + "<script>alert(1)</script>"}, [("html-unsafe-tag", "<script> is removed")]),
    ("onerror", {"site_src/x.md": PAGE + "<img src=a.png alt=a onerror=alert(1)>"}, [("html-event-handler", "`onerror`")]),
    ("javascript:", {"site_src/x.md": PAGE + "[x](javascript:alert(1))"}, [("html-unsafe-url", "`javascript:`")]),
    ("data:", {"site_src/x.md": PAGE + "[x](data:text/html,hi)"}, [("html-unsafe-url", "`data:`")]),
    ("iframe", {"site_src/x.md": PAGE + '<iframe src="https://example.org"></iframe>'}, [("html-unsafe-tag", "<iframe>")]),
    ("style", {"site_src/x.md": PAGE + "<style>body{display:none}</style>"}, [("html-unsafe-tag", "<style>")]),
    ("overlay", {"site_src/x.md": PAGE + '<div style="position:fixed;inset:0">x</div>'}, [("html-style", "style of <div>")]),
    ("svg onload", {"site_src/x.md": PAGE + "<svg onload=alert(1)></svg>"}, [("html-unsafe-tag", "<svg>")]),
    ("attr_list onclick", {"site_src/x.md": PAGE + "text\n{: onclick=alert(1) }"}, [("html-event-handler", "`onclick`")]),
    ("form", {"site_src/x.md": PAGE + "<form action=https://example.org><input></form>"}, [("html-unsafe-tag", "<form>")]),
    ("meta refresh", {"site_src/x.md": PAGE + '<meta http-equiv=refresh content="0;url=//example.org">'}, [("html-unsafe-tag", "<meta>")]),
    ("base", {"site_src/x.md": PAGE + "<base href=//example.org>"}, [("html-unsafe-tag", "<base>")]),
    ("svg with script", {"site_src/x.svg": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'}, [("svg-unsafe", "script")]),
    (".html in a material folder", {"presentations/week-01/talk/x.html": "<p>hi"}, [("file-type", ".html files are not published")]),
    (".js in a material folder", {"presentations/week-01/talk/x.js": "alert(1)"}, [("file-type", ".js files are not published")]),
    ("bad YAML", {"site_src/x.md": "---\ntitle: [a\n---\n"}, [("yaml-syntax", "not YAML")]),
    ("front matter not closed", {"site_src/x.md": "---\ntitle: a\n"}, [("yaml-syntax", "never closed")]),
    ("30 February", {"scribe_notes/week-01/talk.md": "---\nscribes: []\ndate: 2026-02-30\n---\nQ: Why?\n"}, [("meta-value", "`2026-02-30` is no date")]),
    ("deep nesting in YAML", {"site_src/x.md": "---\ntitle: " + "[" * 200 + "\n---\n"}, [("yaml-syntax", "levels deep")]),
    ("a 5,000-digit integer", {"site_src/x.md": "---\ntitle: " + "9" * 5000 + "\n---\n"}, [("meta-value", "`title`")]),
    ("title: no", {"site_src/x.md": "---\ntitle: 5\n---\n"}, [("meta-value", "`title`: expected text, found `5`")]),
    ("title: a list", {"site_src/x.md": "---\ntitle: [a]\n---\n"}, [("meta-value", "`title`: expected text, found a list")]),
    ("hide: 5", {"site_src/x.md": "---\ntitle: a\nhide: 5\n---\n"}, [("meta-key-unknown", "unknown key `hide`")]),
    ("template: 5", {"site_src/x.md": "---\ntitle: a\ntemplate: 5\n---\n"}, [("meta-key-unknown", "unknown key `template`")]),
    ("YAML aliases", {"site_src/x.md": "---\na: &a [x, x]\ntitle: *a\n---\n"}, [("yaml-alias", "`&a`")]),
    ("duplicate keys", {"site_src/x.md": "---\ntitle: a\ntitle: b\n---\n"}, [("yaml-duplicate-key", "a second time")]),
    ("snippets", {"site_src/x.md": PAGE + "--8<-- ../../etc/passwd"}, [("snippet-include", "switched off")]),
    ("symlink out of the tree", {"site_src/x.md": {"symlink": "/etc/passwd"}}, [("file-irregular", "a symbolic link")]),
    ("symlinked folder", {"site_src/x": {"symlink": "/etc"}}, [("file-irregular", "a symbolic link")]),
    ("looping symlink", {"site_src/x.md": {"symlink": "x.md"}}, [("file-irregular", "a symbolic link")]),
    ("FIFO", {"site_src/x.md": {"fifo": True}}, [("file-irregular", "a pipe")]),
    ("name with a newline", {"site_src/a\nb.md": PAGE}, [("file-name", "U+000A")]),
    ("name with quotes", {"site_src/a\"'b.md": PAGE}, [("file-name", "`\"`")]),
    ("name with #?", {"site_src/a#b?c.md": PAGE}, [("file-name", "`#`, `?`")]),
    ("name with %2e", {"site_src/%2e%2e.md": PAGE}, [("file-name", "`%`")]),
    ("Page and page", {"site_src/Page.md": PAGE, "site_src/page.md": PAGE}, [("file-collision", "same address as site_src/Page.md")]),
    ("foo.md with foo/index.md", {"site_src/foo.md": PAGE, "site_src/foo/index.md": PAGE}, [("file-collision", "same address")]),
    ("Latin-1", {"site_src/x.md": b"---\ntitle: caf\xe9\n---\n"}, [("file-encoding", "not UTF-8 at byte 14 (looks like Latin-1)")]),
    ("UTF-16", {"site_src/x.md": PAGE.encode("utf-16")}, [("file-encoding", "looks like UTF-16")]),
    ("binary .md", {"site_src/x.md": b"\x00\xff\xfe\x00" * 50}, [("file-encoding", "looks like binary data")]),
    ("NUL", {"site_src/x.md": PAGE + "a\0b"}, [("file-control-character", "U+0000")]),
    ("ESC", {"site_src/x.md": PAGE + "a\x1b[31mb"}, [("file-control-character", "U+001B")]),
    ("U+202E", {"site_src/x.md": PAGE + "a\u202eb"}, [("file-control-character", "U+202E RIGHT-TO-LEFT OVERRIDE")]),
    ("zero bytes", {"presentations/week-01/talk/x.pdf": ""}, [("file-empty", "zero bytes")]),
    ("git-LFS pointer", {"presentations/week-01/talk/x.pdf": "version https://git-lfs.github.com/spec/v1\noid sha256:00\n"}, [("file-lfs-pointer", "LFS")]),
    ("HTML named .pdf", {"presentations/week-01/talk/x.pdf": "<!DOCTYPE html><p>hi"}, [("file-content", "named .pdf but is an HTML page")]),
    ("20,000 [", {"site_src/x.md": PAGE + "[" * 20_000}, [("page-too-heavy", "took longer than")]),
    ("a 1,000-level list", {"site_src/x.md": PAGE + "\n".join("    " * level + "- x" for level in range(300))}, [("page-too-heavy", "nested too deeply")]),
    ("400-level admonition", {"site_src/x.md": PAGE + "\n".join("    " * level + "!!! note" for level in range(400))}, [("page-too-heavy", "nested too deeply")]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_row_is_told_and_the_rest_is_built(
    tmp_path: Path, files: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    root = write_course(tmp_path, {"mkdocs.yml": MKDOCS}, files)
    course = load(root, as_of=TODAY)
    found = run_checks(course)
    for rule, words in expected:
        assert any(finding.rule == rule and words in finding.message for finding in found), [
            (f.rule, f.message) for f in found
        ]
    assert all(finding.path.isprintable() for finding in found)
    outputs = {output.path: output for output in build(course, findings=tuple(found)).outputs}
    assert {"index.md", "schedule.md", "presentations/week-01/talk/index.md"} <= set(outputs)
    assert b"root:" not in b"".join(
        output.data
        for output in outputs.values()
        if isinstance(output, AssetOutput) and "course/" not in output.path
    )


def test_a_first_paragraph_like_metadata_is_kept(tmp_path: Path) -> None:
    root = write_course(
        tmp_path, {"scribe_notes/week-01/talk.md": "Remark: this came up first.\n\nQ: Why?\n\nA: So.\n"}
    )
    made = build(load(root, as_of=TODAY))
    page = next(output for output in made.outputs if output.path == "scribe_notes/week-01/talk.md")
    assert isinstance(page, PageOutput) and "Remark: this came up first." in page.body


def test_names_that_are_no_utf8_are_named_and_refused(tmp_path: Path) -> None:
    root = write_course(tmp_path)
    descriptor = os.open(os.fsencode(root) + b"/site_src/caf\xe9.md", os.O_CREAT | os.O_WRONLY)
    os.close(descriptor)
    found = [finding for finding in run_checks(load(root, as_of=TODAY)) if finding.rule == "file-name"]
    assert [(finding.path, finding.message) for finding in found] == [
        ("site_src/caf\\xe9.md", "the file's name is not UTF-8")
    ]


def test_nfc_and_nfd_twins_are_refused(tmp_path: Path) -> None:
    root = write_course(tmp_path)
    for form in ("NFC", "NFD"):
        write_file(root / "site_src" / unicodedata.normalize(form, "é.md"), PAGE)  # type: ignore[arg-type]
    found = {finding.path for finding in run_checks(load(root, as_of=TODAY)) if finding.rule == "file-name"}
    assert len(found) == 2


def test_titles_are_never_live(tmp_path: Path) -> None:
    title = '<img src=x onerror="alert(1)">'
    root = write_course(
        tmp_path,
        {
            "presentations/week-01/talk/index.md": f"---\ntitle: '{title}'\ntopic: x\ncode: [{{title: '{title}', url: https://github.com/example/code}}]\n---\ntext\n"
        },
    )
    for output in build(load(root, as_of=TODAY)).outputs:
        if isinstance(output, PageOutput):
            assert "<img src=x" not in output.body, output.path
