"""The comment under a pull request, and what GitHub's API is asked for it: against a server that plays the API."""

from __future__ import annotations

import io
import json
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coursekit.hub.calm import calm
from github_server import BOT, EVENTS, GitHub, playing, zipped

MARKER = "<!-- course-report -->"
STRANGER = {"login": "mallory-example", "id": 666, "type": "User"}


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with playing() as server:
        yield server


def test_the_comment_is_made_once_and_then_kept_up_to_date(hub: GitHub) -> None:
    assert "commented on pull request 7" in hub.comment().output
    assert hub.comment().output == "course: the comment on pull request 7 says so already\n"
    hub.artifact = zipped({"report.md": f"{MARKER}\n## Worse\n"})
    assert "up to date" in hub.comment().output
    assert len(hub.comments) == 1
    assert hub.comments[0]["body"] == (
        f"{MARKER}\n## Worse\n\n---\n[The check](https://github.com/example/course/actions/runs/4242) of commit "
        "111111111. This comment is kept up to date.\n"
    )
    assert hub.written() == [
        "POST /repos/example/course/issues/7/comments",
        "PATCH /repos/example/course/issues/comments/900",
    ]


def test_the_token_goes_to_the_api_only(hub: GitHub) -> None:
    assert hub.comment().exit_code == 0
    assert "GET /blob" in hub.asked and hub.overheard == []


@pytest.mark.parametrize(
    "comment",
    [
        {"user": STRANGER, "body": f"{MARKER}\nmine"},
        {"user": {**STRANGER, "login": "github-actions"}, "body": MARKER},
        {"user": {**BOT, "type": "User"}, "body": MARKER},
        {"user": BOT, "body": f"a quote of {MARKER}"},
        {"user": None, "body": MARKER},
        {"user": BOT, "body": None},
    ],
)
def test_what_somebody_else_wrote_is_not_touched(hub: GitHub, comment: dict[str, Any]) -> None:
    hub.comments = [{"id": 1, **comment}]
    assert hub.comment().exit_code == 0
    assert hub.comments[0] == {"id": 1, **comment}
    assert len(hub.comments) == 2 and hub.comments[1]["body"].startswith(MARKER)


def test_our_comment_is_found_behind_hundreds_of_others(hub: GitHub) -> None:
    others = [{"id": number, "user": STRANGER, "body": "me too"} for number in range(250)]
    hub.comments = [*others, {"id": 900, "user": BOT, "body": MARKER}]
    hub.comment()
    assert hub.written() == ["PATCH /repos/example/course/issues/comments/900"]


Change = Callable[[GitHub], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda hub: hub.pull["head"].update(sha="3" * 40), "has moved on"),
        (lambda hub: hub.pull.update(state="closed"), "is closed"),
        (lambda hub: hub.pull["head"].update(repo=None), "is gone"),
        (lambda hub: hub.run.update(head_repository=None), "is gone"),
        (lambda hub: hub.run.update(event="push"), "for no pull request"),
        (lambda hub: hub.run.update(path=".github/workflows/other.yml"), "of another workflow"),
        (lambda hub: setattr(hub, "artifact", None), "left no artifact"),
    ],
)
def test_where_there_is_nothing_to_say(hub: GitHub, change: Change, words: str) -> None:
    change(hub)
    done = hub.comment()
    assert (done.exit_code, words in done.output) == (0, True), done.output
    assert hub.written() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda hub: setattr(hub, "artifact", zipped({}, sha="3" * 40)), "but run 4242 was of 1111"),
        (lambda hub: setattr(hub, "artifact", zipped({}, number=8)), "404 Not Found to GET pulls/8"),
        (lambda hub: hub.pull["head"]["repo"].update(full_name="ben/course"), "another repository"),
        (lambda hub: hub.pull["head"].update(ref="main"), "another branch"),
        (lambda hub: hub.run.update(head_sha="3" * 40), "but run 4242 was of 3333"),
        (lambda hub: hub.pull.update(number="7"), "not as GitHub documents it"),
    ],
)
def test_what_does_not_belong_together_is_refused(hub: GitHub, change: Change, words: str) -> None:
    change(hub)
    done = hub.comment()
    assert (done.exit_code, words in done.output) == (2, True), done.output
    assert hub.written() == []


def _special(name: str, **changes: Any) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    for key, value in changes.items():
        setattr(entry, key, value)
    return entry


def _packed(*entries: tuple[Any, Any]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that comes twice is meant
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


REQUEST = json.dumps({"schema": 1, "number": 7, "head_sha": "1" * 40})
LINK = _special("report.md", external_attr=(stat.S_IFLNK | 0o777) << 16, create_system=3)
LZMA = _special("report.md", compress_type=zipfile.ZIP_LZMA)
LONG_LIE = zipped({"report.md": "a" * 2000}).replace((2000).to_bytes(4, "little"), (20).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("artifact", "words"),
    [
        (b"", "no whole zip"),
        (b"<html>not found</html>", "no whole zip"),
        (zipped({})[:-30], "no whole zip"),
        (zipped({}).replace(b"## Fine", b"## Bad!")[:60] + bytes(200), "no whole zip"),
        (LONG_LIE, "no whole zip"),
        (zipped({"extra.md": "x"}), "it holds 'report.md', 'request.json', 'extra.md'"),
        (zipped({"../../report.md": "x", "report.md": None}), "it holds 'request.json', '../../report.md'"),
        (zipped({"/etc/report.md": "x", "report.md": None}), "instead of"),
        (zipped({"\x1b[2J\n::error::x": "x", "report.md": None}), "instead of"),
        (zipped({"report.md": None}), "instead of"),
        (_packed(("report.md", "a"), ("request.json", REQUEST), ("report.md", "b")), "instead of"),
        (_packed((LINK, "/etc/passwd"), ("request.json", REQUEST)), "no plain file"),
        (_packed((LZMA, "x"), ("request.json", REQUEST)), "packed in a way"),
        (zipped({"report.md": bytes(50_000_000)}), "unpacks to more than 300,000 bytes"),
        (zipped({"request.json": f"{REQUEST:2000}"}), "unpacks to more than 1,000 bytes"),
        (zipped({"report.md": b"\xff\xfe"}), "not UTF-8"),
        (zipped({"request.json": "["}), "request.json: "),
        (zipped({"request.json": "[" * 900}), "request.json: "),
        (zipped({"request.json": '{"schema": 1, "number": 7}'}), "head_sha: Field required"),
        (zipped({"request.json": REQUEST.replace("7", '"7"')}), "number: Input should be a valid integer"),
        (zipped({"request.json": REQUEST.replace("7", "-7")}), "number: "),
        (zipped({"request.json": REQUEST.replace("11", "..", 1)}), "head_sha: "),
        (zipped({"request.json": REQUEST.replace('"schema"', '"more": 1, "schema"')}), "more: "),
    ],
)
def test_an_artifact_is_data(hub: GitHub, artifact: bytes, words: str) -> None:
    hub.artifact = artifact
    done = hub.comment()
    assert (done.exit_code, words in done.output) == (2, True), done.output
    assert done.output.count("\n") == 1 and "\x1b" not in done.output
    assert hub.written() == []


def test_an_artifact_may_be_too_large_to_fetch(hub: GitHub) -> None:
    hub.artifact = bytes(1_000_001)
    done = hub.comment()
    assert (
        done.exit_code == 2 and "sends more than 1,000,000 bytes" in done.output and "sig" not in done.output
    )


def test_a_long_report_still_fits(hub: GitHub) -> None:
    hub.artifact = zipped({"report.md": "<details>\n" + "@ada is here\n" * 20_000})
    assert hub.comment().exit_code == 0
    body = hub.comments[0]["body"]
    assert 60_000 < len(body) < 65_536
    assert body.count("<details>") == body.count("</details>") and body.endswith("up to date.\n")


@pytest.mark.parametrize("name", [".github/workflows/check.yml", ".github/x"])
@pytest.mark.parametrize("key", ["filename", "previous_filename"])
def test_with_a_changed_workflow_the_report_is_not_repeated(hub: GitHub, name: str, key: str) -> None:
    others = [{"filename": f"site_src/{number}.md"} for number in range(150)]
    hub.files = [*others, {"filename": "site_src/z.md", key: name}]
    hub.pull["changed_files"] = len(hub.files)
    hub.comment()
    assert f"`{name}`" in hub.comments[0]["body"] and "Fine" not in hub.comments[0]["body"]


def test_with_more_files_than_are_listed_the_report_is_not_repeated(hub: GitHub) -> None:
    hub.pull["changed_files"] = 3001
    hub.comment()
    assert "more files than" in hub.comments[0]["body"] and "Fine" not in hub.comments[0]["body"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone and @a/team", "@|everyone and @|a/team"),
        ("&#64;everyone, &#35;12", "&#64;|everyone, &#35;|12"),
        ("fixes #12, o/r#12, GH-12", "fixes #|12, o/r#|12, GH-|12"),
        ("# A heading &#8217;", "# A heading &#8217;"),
        ("/merge\nand /merge", "/|merge\nand /merge"),
        ("![a](https://tracker.example/x.png)", "!|[a](https://tracker.example/x.png)"),
        ("<details>\n<summary>A</summary>\n</details>", "<details>\n<summary>A</summary>\n</details>"),
        ("<details open ontoggle=x><img src=x><!-- y --></p>", "<|details open ontoggle=x><|img src=x><|!-- y --><|/p>"),
        ("a < b\x1b[2J\u202e\0", "a < b?[2J??"),
    ],
)  # fmt: skip
def test_a_report_sets_nothing_off(text: str, shown: str) -> None:
    assert calm(text, 1000) == shown.replace("|", "\u200b")


def test_an_event_of_another_kind(hub: GitHub, tmp_path: Path) -> None:
    other = str(EVENTS / "pull_request_opened_from_fork.json")
    assert "workflow_run: Field required" in hub.call("comment", "--event", other).output
    (tmp_path / "event.json").write_text("{", encoding="utf-8")
    assert hub.call("comment", "--event", str(tmp_path / "event.json")).exit_code == 2


def test_packed_and_opened_again(hub: GitHub, tmp_path: Path) -> None:
    event = str(EVENTS / "pull_request_opened_from_fork.json")
    for text, expected in (("## All is well\n", "## All is well"), (None, "There is no report")):
        if text:
            (tmp_path / "report.md").write_text(text, encoding="utf-8")
        else:
            (tmp_path / "report.md").unlink()
        arguments = (
            "--event",
            event,
            "--report",
            str(tmp_path / "report.md"),
            "--out",
            str(tmp_path / "out"),
        )
        assert hub.call("pack", *arguments).exit_code == 0
        files = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
        assert sorted(files) == ["report.md", "request.json"]
        hub.artifact = zipped(files)
        hub.comment()
        assert expected in hub.comments[0]["body"]
