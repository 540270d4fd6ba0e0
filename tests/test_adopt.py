"""Old courses, small and invented, laid out anew: what goes where, that nothing is lost, and what strangers may try."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursekit.adopt.laying import all_files, lay_out
from coursekit.adopt.proposal import propose
from coursekit.adopt.record import Fate, Sureness
from coursekit.checks import run_checks
from coursekit.loading import load
from makers import pdf, png
from trees import commit, digests, write_file

DATA = Path(__file__).parent / "data" / "adopt"
EXAMPLES = sorted(path.stem for path in DATA.glob("*.yml"))
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def example(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((DATA / f"{name}.yml").read_text(encoding="utf-8")))


def write_old(root: Path, files: dict[str, Any]) -> Path:
    for path, content in files.items():
        write_file(root / path, content)
    return root


def adopted(old: Path, new: Path) -> dict[str, Any]:
    """Adopt in this process; the manifest."""
    lay_out(all_files(propose(old)), new)
    return dict(json.loads((new / "adopted/manifest.json").read_text(encoding="utf-8")))


def assert_nothing_is_lost(old: Path, new: Path) -> None:
    """Every old file's bytes lie in the new tree, and the manifest says where."""
    kept = set(digests(new).values())
    before = {path: digest for path, digest in digests(old).items() if not path.startswith(".git/")}
    told = {one["path"]: one for one in json.loads((new / "adopted/manifest.json").read_text())["files"]}
    for path, digest in before.items():
        assert digest in kept, f"the bytes of {path} are lost"
    assert len(told) == len(before)
    for one in told.values():
        assert hashlib.sha256((new / one["kept"]).read_bytes()).hexdigest() == one["sha256"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example(name: str, course: Run, tmp_path: Path) -> None:
    data = example(name)
    old, new = write_old(tmp_path / "old", data["old"]), tmp_path / "new"
    done = course("adopt", str(old), "--into", str(new), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (data["exit"], "")
    manifest = json.loads((new / "adopted/manifest.json").read_text(encoding="utf-8"))
    assert {one["path"]: one["target"] for one in manifest["files"]} == data["targets"]
    for path, text in data["files"].items():
        assert (new / path).read_text(encoding="utf-8") == text, path
    said = yaml.safe_load((new / "course.yml").read_text(encoding="utf-8"))
    for key, value in data.get("course", {}).items():
        assert said[key] == value, key
    assert_nothing_is_lost(old, new)


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_made_has_no_fault_of_its_own(name: str, tmp_path: Path) -> None:
    """What the check finds is what the old course did not have, or wrote otherwise; never a form of ours."""
    adopted(write_old(tmp_path / "old", example(name)["old"]), tmp_path / "new")
    rules = {finding.rule for finding in run_checks(load(tmp_path / "new"))}
    assert rules <= {
        "code-missing", "code-not-pinned", "slides-missing", "scribe-unnamed", "scribe-form", "question-open",
        "scribe-note-missing", "project-unlinked",
    }  # fmt: skip


def test_the_report_says_where_from_how_sure_and_why(tmp_path: Path) -> None:
    old = write_old(tmp_path / "old", example("headings")["old"])
    proposal = propose(old)
    rows = {(one.what, one.line): one for one in proposal.taken}
    paper = rows["paper: Poincaré Embeddings: A Survey", 16]
    assert (paper.sureness, paper.why) == (Sureness.SURE, "the link says `Paper`")
    film = rows["a talk: Feature-wise Transformations (FiLM)", 23]
    assert "links into Feature wise/" in film.why
    guess = next(one for one in proposal.taken if one.sureness is Sureness.GUESS)
    assert (guess.source, guess.target) == (
        "scribe_notes/week3_scribeNotes.md",
        "scribe_notes/week-03/stylegan.md",
    )
    text = all_files(proposal)["ADOPTED.md"].decode()
    assert "README.md:16" in text
    assert "named .pdf but is an HTML page" in text
    assert "course.yml holds a placeholder for the day that the term starts" in text


def test_names_stand_only_where_a_text_says_them(tmp_path: Path) -> None:
    """A name in brackets counts alone only if a note knows it; an acronym or a remark is nobody."""
    readme = "# C\n\n## Week 1\n\n### One (Ada)\n\n[paper](https://arxiv.org/abs/1508.04306)\n\n### Two (Zoe)\n\n[paper](https://arxiv.org/abs/1706.03762)\n\n### Three (GAN)\n\n[paper](https://arxiv.org/abs/1312.6114)\n"
    old = write_old(tmp_path / "old", {"README.md": readme, "notes/one.md": "Ada: why?\n- because\n"})
    adopted(old, tmp_path / "new")
    people = yaml.safe_load((tmp_path / "new/course.yml").read_text())["people"]
    assert people == {"ada": {"name": "Ada"}}
    assert "title: Two (Zoe)" in (tmp_path / "new/presentations/week-01/two/index.md").read_text()


def test_a_long_readme_has_a_page_of_its_own(tmp_path: Path) -> None:
    readme = f"# A Course\n\n## Rules\n\n{'word ' * 250}\n\nSee [week 1](attention/README.md).\n\n## Week 1\n\n### Attention\n\n[Paper](https://arxiv.org/abs/1508.04306)\n"
    old = write_old(
        tmp_path / "old",
        {"README.md": readme, "attention/README.md": "# Attention\n\nBack [up](../README.md#rules).\n"},
    )
    adopted(old, tmp_path / "new")
    home = (tmp_path / "new/site_src/index.md").read_text()
    assert home.startswith("---\ntitle: A Course\n---\n")
    assert "[About the course](about.md)" in home
    about = (tmp_path / "new/site_src/about.md").read_text()
    assert about.startswith("---\ntitle: About the course\n---\n\n## Rules\n")
    assert "[week 1](../presentations/week-01/attention/index.md)" in about
    talk = (tmp_path / "new/presentations/week-01/attention/index.md").read_text()
    assert "[up](../../../site_src/about.md#rules)" in talk
    assert {one.rule for one in run_checks(load(tmp_path / "new"))} == {"code-missing"}


def test_twice_the_same_bytes(tmp_path: Path) -> None:
    old = write_old(tmp_path / "old", example("headings")["old"])
    for name in ("one", "two"):
        adopted(old, tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_a_dry_run_prints_and_writes_nothing(course: Run, tmp_path: Path) -> None:
    old = write_old(tmp_path / "old", example("nested")["old"])
    done = course("adopt", str(old), "--dry-run", "--into", str(tmp_path / "new"), cwd=tmp_path)
    assert done.returncode == 0
    assert "a talk: Deep clustering" in " ".join(done.stdout.split())
    assert "Nothing was written" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]


def test_a_git_work_tree_is_read_as_text(course: Run, tmp_path: Path) -> None:
    """Git is never called, so its hooks and filters can't run; its settings say where the repository is."""
    old = write_old(tmp_path / "old", {"README.md": "# C\n\nSee [it](https://github.com/example/old/blob/main/page.md).\n", "page.md": "# A page\n"})  # fmt: skip
    commit(old)
    with (old / ".git/config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "touch {tmp_path}/ran"\n[remote "origin"]\n\turl = https://token:secret@github.com/example/old.git\n')  # fmt: skip
    done = course("adopt", str(old), "--into", str(tmp_path / "new"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "ran").exists()
    assert "repository: https://github.com/example/old\n" in (tmp_path / "new/course.yml").read_text()
    assert "See [it](page.md)." in (tmp_path / "new/site_src/index.md").read_text()
    assert not any("secret" in file.read_text(errors="replace") for file in (tmp_path / "new").rglob("*") if file.is_file())  # fmt: skip


@pytest.mark.parametrize(
    ("files", "into", "message"),
    [
        ({"course.yml": "title: x\n"}, "new", "has the agreed form already"),
        ({"README.md": "# C\n"}, "full", "is not an empty folder"),
        ({"README.md": "# C\n"}, "old/new", "lies in the old repository"),
        ({"sub/.git/x": ""}, "new", "holds no file"),
        ({"README.md": {"repeat": "word ", "times": 200_000}}, "new", "README.md has 1.0 MB"),
    ],
)
def test_could_not_run(files: dict[str, Any], into: str, message: str, course: Run, tmp_path: Path) -> None:
    old = write_old(tmp_path / "old", files)
    write_file(tmp_path / "full/thing.txt", "mine")
    done = course("adopt", str(old), "--into", str(tmp_path / into), cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert digests(tmp_path / "full") == {"thing.txt": hashlib.sha256(b"mine").hexdigest()}
    assert not list(tmp_path.glob(".*adopting*"))


def test_what_strangers_try(course: Run, tmp_path: Path) -> None:
    """No link is followed, no pipe is opened, nothing is lost, and nothing of it is live in the site's sources."""
    (tmp_path / "secret.md").write_text("the secret of another folder")
    readme = (
        '# <script>alert(1)</script> & "quotes": yes\n\n## Week 1\n\n### no: [x] {y} # z (Ada and Ben)\n\n'
        "- [Paper](javascript:alert(1))\n- [Code](https://github.com/a/b'c d)\n- [pdf](../secret.md)\n"
        "- [Paper: txt](https://arxiv.org/abs/1508.04306)\n- [here](../../etc/passwd)\n" + "[" * 3000
    )
    files = {
        "README.md": readme,
        "link.md": {"symlink": "../secret.md"},
        "folder": {"symlink": ".."},
        "pipe.md": {"fifo": True},
        "a\nb.md": "# A\n",
        "weeks/week-01/index.md": "taken\n",
        "schedule.md": "# Mine\n",
        "presentations/week-01/x/../../../y.md": "# Y\n",
        ".github/workflows/run.yml": "on: push\n",
        "Page.md": "one\n", "page.md": "two\n",
        "drawing.svg": "<svg onload='alert(1)'/>",
    }  # fmt: skip
    old = write_old(tmp_path / "old", files)
    write_file(old / os.fsdecode(b"\xff\xfe/n\xf8te.txt"), "x")
    write_file(old / os.fsdecode(b"week 2/tool\xf8\n/page.md"), "# Tool\n")
    done = course("adopt", str(old), "--into", str(tmp_path / "new"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    new = tmp_path / "new"
    assert all(b"secret of another" not in file.read_bytes() for file in new.rglob("*") if file.is_file())
    fates = {
        one["path"]: one["fate"] for one in json.loads((new / "adopted/manifest.json").read_text())["files"]
    }
    assert fates["link.md"] == fates["folder"] == fates["pipe.md"] == Fate.NOT_COPIED.value
    assert fates["\\xff\\xfe/n\\xf8te.txt"] == fates[".github/workflows/run.yml"] == Fate.LEFT_OVER.value
    assert not any(part.startswith(".") for file in new.rglob("*") for part in file.relative_to(new).parts)
    assert {"site_src/Page.md", "site_src/page-2.md", "site_src/schedule-2.md"} <= set(digests(new))
    loaded = load(new)
    assert loaded.config.title == 'alert(1) & "quotes": yes'
    assert [talk.title for talk in loaded.presentations] == ["no: [x] {y} # z", "Tool"]
    page = loaded.presentations[0].page
    assert page is not None
    assert [one.url for one in page.meta.papers] == ["https://arxiv.org/abs/1508.04306"]
    assert "javascript" not in page.html


def test_the_adopted_course_builds(course: Run, tmp_path: Path) -> None:
    old = write_old(tmp_path / "old", example("table")["old"])
    adopted(old, tmp_path / "new")
    done = course("build", "--out", str(tmp_path / "site"), cwd=tmp_path / "new")
    assert "Traceback" not in done.stderr
    talk = (tmp_path / "site/presentations/week-01/attention/index.html").read_text(encoding="utf-8")
    assert "Ada Example" in talk
    assert "Attention is all you need" in talk
    assert "Why eight heads?" in (tmp_path / "site/questions/index.html").read_text(encoding="utf-8")


NAMES = st.text("abcdé ñ_-.ABn1\udcff\n", min_size=1, max_size=8).filter(
    lambda name: name.strip(". ") == name and name
)
NOTES = st.sampled_from(
    ["Q: why?\nA: so\n", "1. Ada: why?\n- so\n", "10:30\nwe start</br>\n", "<ol><li>Ada: why?</li></ol>", "1. a remark\n", "\ufeffQ: x?\r\n"]
)  # fmt: skip
TITLES = st.sampled_from(
    ["Attention", "Poincaré Maps (Ada and Ben)", "GANs: a survey", "no", "1e3", "Slides"]
)
WEEKS = st.sampled_from(
    ["Week one", "Week 2", "Week 03:", "wk 4 – Sound", "Sponsors", "Week 99", "Materials"]
)
LINKS = st.sampled_from(
    ["- [Paper](https://arxiv.org/abs/1508.04306)", "- Code: <https://github.com/a/b>", "* [deck](a.pdf)", "text [x](b é.md)", "| a | b |\n|---|---|\n| [c](d) | e |"]
)  # fmt: skip
SECTIONS = st.lists(st.one_of(WEEKS.map("## {}".format), TITLES.map("### {}".format), LINKS), max_size=12)
CONTENTS = st.one_of(
    NOTES.map(str.encode),
    st.binary(max_size=20),
    st.just(pdf()),
    st.just(png()),
    st.just(b"# A page\n\n[a](a.md)\n"),
)
SUFFIXES = st.sampled_from([".md", ".pdf", ".png", ".ipynb", "", ".txt", ".py"])
PATHS = st.tuples(st.lists(NAMES, max_size=2), NAMES, SUFFIXES).map(lambda p: "/".join([*p[0], p[1] + p[2]]))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(sections=SECTIONS, files=st.dictionaries(PATHS, CONTENTS, max_size=6))
def test_whatever_lies_there_nothing_is_lost_and_the_result_loads(
    sections: list[str], files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("adopt")
    write_file(root / "old/README.md", "\n\n".join(sections) + "\n")
    for path, data in files.items():
        try:
            write_file(root / "old" / path, data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue
    adopted(root / "old", root / "new")
    assert_nothing_is_lost(root / "old", root / "new")
    loaded = load(root / "new")
    assert run_checks(loaded) is not None
    assert not loaded.faults.get("file-name")
    assert not loaded.faults.get("meta-value")
