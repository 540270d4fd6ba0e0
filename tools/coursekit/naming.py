"""How files and folders should be called: what a name means, the right one for a wrong one, and which are safe.

Only a part of a path gets another name, never another place. Run folders keep all of their names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from coursekit.course import Course, remembered
from coursekit.kinds.run import run_folder
from coursekit.source import is_safe_name, suggested_name
from coursekit.yamltext import Node

WEEKLY = ("weeks", "presentations", "scribe_notes")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
WEEK = re.compile(r"week-(\d\d)\Z")
REVIEW = re.compile(r"projects/[^/]+/reviews/([^/]+)\.md\Z")
_LIKE_A_WEEK = re.compile(r"(?:(?:week|wk|w)[-_.]*)?0*(\d{1,2})(?:[-_.].*)?\Z", re.IGNORECASE)
_ONLY_A_WEEK = re.compile(r"(?:(?:week|wk|w)[-_. ]*)?0*(\d{1,2})\Z", re.IGNORECASE)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WRITTEN_OUT = re.compile(rf"(?<=week)([-_. ]*)({'|'.join(_NUMBERS)})(?![a-z])", re.IGNORECASE)
_NO_NOTE = frozenset({"readme", "index", "license", "makefile"})
_PAGES = (".md", ".ipynb", ".py")  # of one name but for the suffix they are one page, or a pair


def as_slug(name: str) -> str:
    """'My_Talk' -> 'my-talk'"""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name)
    return re.sub(r"[^a-z0-9]+", "-", suggested_name(words).lower()).strip("-") or "name"


def week_in(name: str) -> int | None:
    """The number of a week that a folder's name means, None where it means none: 'Week1' -> 1, 'week-two' -> 2."""
    found = _LIKE_A_WEEK.match(_in_digits(name))
    return int(found[1]) if found else None


def _in_digits(name: str) -> str:
    return _WRITTEN_OUT.sub(lambda found: f"{found[1]}{_NUMBERS.index(found[2].lower()) + 1}", name)


@dataclass(frozen=True, slots=True)
class Rename:
    """A file or folder, the name that it should have, and the rule that asks for it."""

    path: str
    name: str
    rule: str

    @property
    def old_name(self) -> str:
        """The name that it has."""
        return self.path.rpartition("/")[2]

    @property
    def new_path(self) -> str:
        """Its path with the new name, in the folder as it is called now."""
        return f"{self.path.rpartition('/')[0]}/{self.name}"


@dataclass(frozen=True, slots=True)
class Renames:
    """What gets another name, by path; and what should, but can't without somebody's decision, with why."""

    done: Mapping[str, Rename]
    left: Mapping[str, str]

    def moved(self, path: str) -> str:
        """The path that a file or folder has once all is renamed."""
        parts, new = path.split("/"), []
        for depth, part in enumerate(parts, 1):
            rename = self.done.get("/".join(parts[:depth]))
            new.append(rename.name if rename else part)
        return "/".join(new)


@remembered
def renames_of(course: Course) -> Renames:
    """The right names for what lies in a course."""
    return renames_among(course, {*course.data, *course.refused})


def renames_among(course: Course, files: Set[str]) -> Renames:
    """The right names for files as they are called on the disk, and for the folders that they lie in.

    A name that course.yml says stays, since that file is not ours to change.
    """
    folders = folders_of(files)
    wrong = [
        rename
        for path in sorted(files | folders)
        if (rename := rename_of(course, path, is_folder=path in folders)) is not None
    ]
    if not wrong:
        return Renames({}, {})
    named = frozenset(_words(course.config_node))
    left = {rename.path: why for rename in wrong if (why := _obstacle(rename, named))}
    for rename, why in _taken(wrong, files | folders):
        left.setdefault(rename.path, why)
    return Renames({rename.path: rename for rename in wrong if rename.path not in left}, left)


def folders_of(files: Iterable[str]) -> set[str]:
    """Every folder that one of the files lies in."""
    found: set[str] = set()
    for file in files:
        folder = file.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def rename_of(course: Course, path: str, *, is_folder: bool) -> Rename | None:
    """The name that something should have; of those that are right, the one that the course has for it already."""
    rename = right_name(path, is_folder=is_folder)
    meant = _name_meant(course, path, is_folder=is_folder) if rename else None
    return replace(rename, name=meant) if rename and meant else rename


def note_meant(course: Course, path: str) -> str | None:
    """The path of the scribe note that a file in scribe_notes/ is meant to be: of the only talk that its name names.

    'scribe_notes/week-05/Note of CycleGAN' -> 'scribe_notes/week-05/cyclegan.md', where that talk has no note yet.
    """
    top, *weeks, name = path.split("/")
    if top != "scribe_notes" or len(weeks) > 1:
        return None
    week = _week_of(weeks[0]) if weeks else None
    words = f"-{as_slug(name.removesuffix('.md'))}-"
    within = [talk for talk in course.presentations if not weeks or talk.week == week]
    talks = [talk for talk in within if _names_talk(words, talk.slug)]
    free = [talk.note_path for talk in talks if talk.note is None and talk.note_path != path]
    return free[0] if len(talks) == len(free) == 1 else None


def _names_talk(words: str, slug: str) -> bool:
    """Whether words, each between hyphens, hold a slug; where it has hyphens doesn't count: '-cycle-gan-' holds `cyclegan`."""
    letters = "-?".join(slug.replace("-", ""))
    return SLUG.match(slug) is not None and re.search(f"-{letters}-", words) is not None


def _name_meant(course: Course, path: str, *, is_folder: bool) -> str | None:
    """The name that the course has for a note, or for the folder of a talk that the rota plans."""
    parts = path.split("/")
    if len(parts) != 3 or is_folder != (parts[0] == "presentations"):
        return None
    if not is_folder:
        return (note_meant(course, path) or "").rpartition("/")[2] or None
    week, letters = _week_of(parts[1]), as_slug(parts[2]).replace("-", "")
    planned = [slot.slug for slot in course.config.slots(week or 0) if slot.slug]
    return next((slug for slug in planned if slug.replace("-", "") == letters), None)


def _words(node: Node) -> Iterator[str]:
    """Every key and every text of course.yml."""
    if isinstance(node.value, dict):
        yield from node.value
    inside = node.value.values() if isinstance(node.value, dict) else node.value
    if isinstance(inside, str):
        yield inside
    elif not isinstance(inside, int | float | None):
        for one in inside:
            yield from _words(one)


def right_name(path: str, *, is_folder: bool) -> Rename | None:
    """The name that the last part of a path should have; None where it is right, or nobody can say."""
    parts = path.split("/")
    if len(parts) < 2 or run_folder(path) or run_folder(f"{path}/x"):
        return None
    safe = parts[-1] if is_safe_name(parts[-1]) else suggested_name(parts[-1])
    name, rule = (_folder_name if is_folder else _file_name)(parts[:-1], safe)
    return Rename(path, name, rule if safe == parts[-1] else "file-name") if name != parts[-1] else None


def _folder_name(above: list[str], name: str) -> tuple[str, str]:
    top, depth = above[0], len(above)
    if (
        depth == 1
        and top in WEEKLY
        and not WEEK.match(name)
        and (found := _ONLY_A_WEEK.match(_in_digits(name)))
    ):
        return f"week-{int(found[1]):02d}", "layout-week-folder"
    in_week = depth == 2 and top == "presentations" and _week_of(above[1]) is not None
    if (in_week or (depth == 1 and top == "projects")) and not SLUG.match(name):
        return as_slug(name), "layout-slug"
    return name, ""


def _file_name(above: list[str], name: str) -> tuple[str, str]:
    if above[0] == "scribe_notes" and len(above) == 2 and _week_of(above[1]) is not None:
        stem, dot, suffix = name.rpartition(".")
        stem = stem if dot else suffix
        if stem.lower() not in _NO_NOTE and (not dot or suffix == "md"):
            slug = stem if SLUG.match(stem) else as_slug(stem)
            return f"{slug}.md", "layout-slug" if dot else "file-type"
    review = REVIEW.match("/".join([*above, name]))
    if review and not WEEK.match(review[1]) and (found := _ONLY_A_WEEK.match(review[1])):
        return f"week-{int(found[1]):02d}.md", "layout-week-folder"
    return name, ""


def _week_of(folder: str) -> int | None:
    return week_in(folder if is_safe_name(folder) else suggested_name(folder))


def _obstacle(rename: Rename, named: Set[str]) -> str:
    """Why a name can't be changed whatever else there is, or ''."""
    if not any(char.isascii() and char.isalnum() for char in rename.old_name.partition(".")[0]):
        return "nothing of its name can be written with a-z and digits"
    if any(_names(value, rename) for value in named):
        return "course.yml names it"
    return ""


def _names(value: str, rename: Rename) -> bool:
    stem = rename.old_name.removesuffix(".md")
    return value in {rename.path, stem} or value.startswith(f"{rename.path}/") or value.endswith(f"/{stem}")


def _taken(wrong: list[Rename], paths: Set[str]) -> Iterator[tuple[Rename, str]]:
    """Those renames whose new name something else has, or gets as well, or would share a page with."""
    new = {rename.path: rename.new_path for rename in wrong}
    claims: dict[str, set[str]] = {}
    for path in paths:
        for path_then in {path, new.get(path, path)}:
            for claim in _claims(path_then):
                claims.setdefault(claim, set()).add(path)
    for rename in wrong:
        rivals = {path for claim in _claims(rename.new_path) for path in claims[claim]} - {rename.path}
        inside = f"{rename.path}/"
        if rivals := {p for p in rivals if not (p.startswith(inside) or _is_twin(p, rename.path))}:
            yield rename, f"{min(rivals)} has the name `{rename.name}` already, or would get it too"


def _claims(path: str) -> tuple[str, ...]:
    """What a path takes up: itself, and for what becomes a page the address of the page."""
    folded = unicodedata.normalize("NFC", path).casefold()
    stem, dot, suffix = folded.rpartition(".")
    if not dot or f".{suffix}" not in _PAGES:
        return (folded,)
    return folded, re.sub(r"/(?:index|readme)\Z", "", stem) if suffix == "md" else stem


def _is_twin(path: str, other: str) -> bool:
    """Whether two files are the same notebook in two forms."""
    one, two = PurePosixPath(path), PurePosixPath(other)
    return one.with_suffix("") == two.with_suffix("") and {one.suffix, two.suffix} <= set(_PAGES)
