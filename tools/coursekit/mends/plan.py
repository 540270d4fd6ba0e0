"""Plans the mends of a course: names with the links to them first, then what is tidied in each file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from coursekit.course import Course
from coursekit.linking import Finder
from coursekit.mends.links import Router, apply
from coursekit.mends.mentions import mentioned
from coursekit.mends.proof import has_no_new_fault, leads_the_same, says_the_same
from coursekit.mends.record import Change, Mends, said
from coursekit.mends.tree import Tree, Wanted
from coursekit.model import Document
from coursekit.naming import Rename, Renames
from coursekit.notebook import Notebook
from coursekit.site import Site
from coursekit.source import shown_path
from coursekit.tidy.families import is_broken, tidied
from coursekit.tidy.pairs import in_step, text_is_newer

_PAIRED = "notebook-pair-stale"


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's new content and what was done to get there."""

    data: bytes
    what: tuple[str, ...] = ()
    linked: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """The names as they will be, what was read under the old ones, and the files whose links follow."""

    names: Renames
    documents: Mapping[str, Document]
    texts: dict[str, _Text] = field(default_factory=dict)


def plan(course: Course, wanted: Wanted) -> Mends:
    """Every safe mend of the files that were asked for, and the links elsewhere that must follow. Nothing is written."""
    tree = Tree(course)
    draft = _named(tree, wanted)
    _tidy(tree, draft, wanted)
    left = [f"{shown_path(path)}: keeps its name: {why}" for path, why in sorted(draft.names.left.items())]
    renames = tuple(rename for _, rename in sorted(draft.names.done.items()))
    return Mends(tuple(_changes(tree, draft)), renames, tuple(left))


def _named(tree: Tree, wanted: Wanted) -> _Draft:
    """The renames that can be made with all links following; one that can't is blocked, and all is tried again."""
    finder = Finder(Site(tree.course))
    blocked = mentioned(tree, tree.names(wanted, {}))
    while True:
        names = tree.names(wanted, blocked)
        draft = _Draft(names, tree.documents(names))
        router = Router(names, {*tree.data, *_folders(tree)}, finder.wanted)
        wrong = _follow(tree, draft, router) if names.done else {}
        if not wrong:
            return draft
        blocked |= wrong


def _folders(tree: Tree) -> set[str]:
    return {str(parent) for path in tree.data for parent in PurePosixPath(path).parents}


def _follow(tree: Tree, draft: _Draft, router: Router) -> dict[str, str]:
    """Let links follow the new names; the names to which they can't, with why."""
    about: dict[str, set[str]] = {}
    for path, document in draft.documents.items():
        found = router.edits(path, document) if path in tree.data else []
        if not found:
            continue
        about[path] = {part for edit in found for part in edit.about} or set(router.names.done)
        new = apply(path, tree.data[path], document, found)
        what = "file-name: links to what gets another name follow"
        draft.texts[path] = _Text(tree.data[path] if new is None else new, (what,), True)
    moved = draft.names.moved
    before = tree.read({moved(path): tree.data[path] for path in about})
    after = tree.read({moved(path): draft.texts[path].data for path in about})
    wrong: dict[str, str] = {}
    for path, parts in about.items():
        old, new_ = before.get(moved(path)), after.get(moved(path))
        if old is None or new_ is None or not _is_right(router, path, old, new_):
            wrong |= {part: f"a link in {shown_path(path)} can't be rewritten for sure" for part in parts}
    return wrong


def _is_right(router: Router, path: str, before: Document, after: Document) -> bool:
    new = router.names.moved(path)
    return (
        says_the_same(before, after)
        and has_no_new_fault(before, after)
        and leads_the_same(
            before,
            after,
            led=lambda target: router.end(path, target),
            leads=lambda target: router.asked(new, target),
        )
    )


def _tidy(tree: Tree, draft: _Draft, wanted: Wanted) -> None:
    """Tidy the files that were asked for; what then says something else, or has a new fault, stays untidy."""
    moved = draft.names.moved
    base = {path: draft.texts.get(path, _Text(tree.data[path])) for path in _untidy(tree, draft, wanted)}
    before = tree.read({moved(path): text.data for path, text in base.items()})
    texts = {
        path: text
        for path, text in _tidied(tree, draft, {path: base[path] for path in base if moved(path) in before})
        if text.data != base[path].data
    }
    after = tree.read({moved(path): text.data for path, text in texts.items()})
    for path, text in texts.items():
        old, new = before[moved(path)], after.get(moved(path))
        paired = any(what.startswith(_PAIRED) for what in text.what)
        if new is not None and has_no_new_fault(old, new) and (paired or says_the_same(old, new)):
            draft.texts[path] = text


def _untidy(tree: Tree, draft: _Draft, wanted: Wanted) -> Iterator[str]:
    """The files worth looking at: those with such a finding, those that nobody could read before, halves of a pair."""
    for path, document in draft.documents.items():
        if path in tree.data and wanted(path) and not is_broken(document):
            renamed = draft.names.moved(path) != path
            paired = isinstance(document, Notebook) and not document.is_text
            if document.untidy or renamed or path in tree.misnamed or paired:
                yield path


def _tidied(tree: Tree, draft: _Draft, base: Mapping[str, _Text]) -> Iterator[tuple[str, _Text]]:
    for path, text in base.items():
        data, what = text.data, list(text.what)
        twin = _twin(tree, draft, path)
        if twin is not None and (stepped := in_step(data, twin)) is not None:
            data = stepped
            what.append(f"{_PAIRED}: its cells are those of {twin.name}")
        tidy = tidied(draft.names.moved(path), data)
        what += [f"{one.fault.rule}: {one.done}" for one in tidy.mended]
        yield path, _Text(tidy.data, tuple(what), text.linked)


def _twin(tree: Tree, draft: _Draft, path: str) -> Notebook | None:
    """The text twin of an .ipynb, as it is with its links; None where the .ipynb is the newer half."""
    for suffix in (".py", ".md") if path.endswith(".ipynb") else ():
        other = path.removesuffix(".ipynb") + suffix
        document = draft.documents.get(other)
        if other in draft.texts:
            moved = draft.names.moved(other)
            document = tree.read({moved: draft.texts[other].data}).get(moved)
        if isinstance(document, Notebook) and text_is_newer(tree.course.history, path, other):
            return document
    return None


def _changes(tree: Tree, draft: _Draft) -> Iterator[Change]:
    for path in sorted(tree.data):
        new, text = draft.names.moved(path), draft.texts.get(path)
        if text is None and new == path:
            continue
        old = tree.data[path]
        named = tuple(said(rename) for rename in _renamed(draft.names, path))
        data, done, linked = (text.data, text.what, text.linked) if text else (old, (), False)
        yield Change(path, new, old, data, named, done, linked)


def _renamed(names: Renames, path: str) -> Iterator[Rename]:
    """The new names in a file's path."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        if rename := names.done.get("/".join(parts[:depth])):
            yield rename
