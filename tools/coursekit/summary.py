"""A pull request in Markdown, for its step summary and for the one comment that is kept up to date.

Everything that a student wrote goes through `hostile_markdown`; the rest is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from coursekit.addresses import site_address
from coursekit.changes import Change, Changes
from coursekit.course import Course, Presentation, Project, week_of
from coursekit.hostile_markdown import code, fenced, plain, sentence
from coursekit.kinds.run import run_folder
from coursekit.model import Diagnostic, Ignore, Severity
from coursekit.notebook import Notebook
from coursekit.notebook_changes import cell_changes
from coursekit.owed import Duty, project_duties, talk_duties
from coursekit.page import Page
from coursekit.report import MOST_ANNOTATIONS, rule_address
from coursekit.report import summary as counts
from coursekit.site import site_of

MARKER = "<!-- course-report -->"
MOST_CHARACTERS = 60_000  # GitHub takes 65,536 in a comment
_MOST_CELLS, _MOST_LINES = 12, 40  # of one notebook, of one cell
_MOST_ROWS, _MOST_OPEN_ROWS = 60, 15
_ICONS = {Severity.ERROR: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🔵"}
_KINDS = {
    "page": "page", "presentation": "the talk's page", "scribe-note": "scribe note", "week": "week page", "pdf": "PDF",
    "notebook": "notebook", "figure": "picture", "run": "run", "project": "project document", "assignment": "assignment",
    "attachment": "file",
}  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """What is told: the course as it is now, what changed, what is found, and how files looked before."""

    course: Course
    changes: Changes
    findings: Sequence[Diagnostic]
    before: Callable[[str], Notebook | None]
    sizes: Mapping[str, int]

    def markdown(self) -> str:
        """The whole text; what does not fit is left out from the end of the longest parts, and that is said."""
        parts = [
            *self._head(),
            *self._units(),
            *self._found(),
            *self._pages(),
            *self._notebooks(),
            *self._weights(),
        ]
        text = "\n\n".join(part for part in parts if part)
        if len(text) > MOST_CHARACTERS:
            kept = text[: MOST_CHARACTERS - 400].rpartition("\n\n")[0]
            open_details = kept.count("<details>") - kept.count("</details>")
            text = (
                kept
                + "\n\n</details>" * open_details
                + "\n\n*The rest is too long for one comment: run `course report` to read it.*"
            )
        return text + "\n"

    # what comes in

    def _head(self) -> Iterator[str]:
        yield MARKER
        if not self.changes.changes:
            yield "Nothing differs from the main branch."
            return
        counted = counts(self.findings)
        wrong = [
            f"{count} {name}{'s' if count > 1 and name != 'info' else ''}"
            for name, count in counted.items()
            if count
        ]
        state = f"{', '.join(wrong)} to look at" if wrong else "nothing to mend: thank you!"
        count = len(self.changes.changes)
        yield f"## What this request brings\n\n{count} file{'s' if count != 1 else ''} in {_list(self._names)}; {state}"

    @cached_property
    def _names(self) -> list[str]:
        return [plain(unit) for unit in self._by_unit]

    @cached_property
    def _by_unit(self) -> dict[str, list[Change]]:
        """The changes by the thing that they belong to, in the order of the course."""
        found: dict[tuple[int, int, str], list[Change]] = {}
        for change in self.changes.changes:
            found.setdefault(self._unit(change.path), []).append(change)
        return {unit[2]: changes for unit, changes in sorted(found.items())}

    def _unit(self, path: str) -> tuple[int, int, str]:
        """What a path belongs to, by its rank, its week and its name."""
        talk, parts = self.course.presentation_of(path), path.split("/")
        if talk:
            return 0, talk.week, f"Week {talk.week}: {talk.title}"
        if parts[0] == "projects" and len(parts) > 2:
            project = self._project(parts[1])
            return 1, 0, f"Project: {project.title if project else parts[1]}"
        if week := week_of(path):
            return 0, week, f"Week {week}"
        return (2, 0, "The site's pages") if parts[0] == "site_src" else (3, 0, "Tools and settings")

    def _project(self, slug: str) -> Project | None:
        return next((project for project in self.course.projects if project.slug == slug), None)

    def _units(self) -> Iterator[str]:
        for unit, changes in self._by_unit.items():
            lines = [*self._rows(changes)]
            rows = "\n".join(lines[:_MOST_ROWS])
            if len(lines) > _MOST_ROWS:
                rows += f"\n- and {len(lines) - _MOST_ROWS} more"
            if len(lines) > _MOST_OPEN_ROWS:
                rows = f"<details>\n<summary>{len(changes)} files</summary>\n\n{rows}\n\n</details>"
            duties = self._duties(changes)
            owed = f"\n\nWhat belongs to it:\n\n{duties}" if duties else ""
            yield f"### {plain(unit)}\n\n{rows}{owed}"

    def _rows(self, changes: Sequence[Change]) -> Iterator[str]:
        """A line for each file, and one for all of a run folder."""
        for folder, group in groupby(changes, key=lambda change: (run_folder(change.path) or ("",))[0]):
            files = list(group)
            if folder:
                size = sum(self.sizes.get(change.path, 0) for change in files)
                state = next(iter({_state(change) for change in files})) if _alike(files) else "changed"
                yield f"- {state} run: {code(folder)} ({len(files)} files, {_bytes(size)})"
            else:
                yield from map(self._row, files)

    def _row(self, change: Change) -> str:
        if change.new is None:
            return f"- deleted: {code(change.path)}"
        document = self.course.documents.get(change.new)
        kind = _KINDS.get(document.kind, "file") if document else "file"
        size = self.sizes.get(change.new)
        weight = f", {_bytes(size)}" if size is not None and kind in {"PDF", "picture", "file", "run"} else ""
        if change.old is None:
            return f"- new: {code(change.new)} ({kind}{weight})"
        if change.old != change.new:
            return f"- renamed: {code(change.old)} to {code(change.new)} ({kind})"
        return f"- changed: {code(change.new)} ({kind}{weight})"

    def _duties(self, changes: Sequence[Change]) -> str:
        """The check list of the talk or project that these changes are of."""
        path = changes[0].path
        talk: Presentation | None = self.course.presentation_of(path)
        duties: list[Duty] = []
        if talk:
            duties = list(talk_duties(self.course, talk))
        elif path.startswith("projects/") and (project := self._project(path.split("/")[1])):
            duties = list(project_duties(self.course, project))
        return "\n".join(self._tick(duty) for duty in duties)

    def _tick(self, duty: Duty) -> str:
        if duty.done:
            return f"- [x] {duty.what}"
        who = f", from {_list([plain(self.course.person(one)) for one in duty.who])}" if duty.who else ""
        when = f", due from {duty.since:%-d %B %Y}" if duty.since and duty.since > self.course.as_of else ""
        return f"- [ ] {duty.what}{who}{when}: {_how(duty.how)}"

    # what is wrong

    def _found(self) -> Iterator[str]:
        if not self.findings:
            return
        base = site_address(self.course.config)
        yield "## What to mend"
        for path, group in groupby(self.findings, key=lambda finding: finding.path):
            yield f"**{code(path)}**\n\n" + "\n".join(_finding(finding, base) for finding in group)
        if any(n > MOST_ANNOTATIONS for n in counts(self.findings).values()):
            yield f"GitHub shows only {MOST_ANNOTATIONS} of each kind beside the lines; these are all."

    # where it is to be seen

    def _pages(self) -> Iterator[str]:
        site, base = site_of(self.course), site_address(self.course.config)
        rows: list[str] = []
        for change in self.changes.changes:
            target = site.targets.get(change.new or "")
            if change.new and target and isinstance(self.course.documents.get(change.new), Page | Notebook):
                title = getattr(self.course.documents[change.new], "title", "") or change.new
                state = "new" if change.old is None else "changed"
                address = site.address(target.path)
                rows.append(f"| {state} | {plain(title)} | {_link(base, address)} |")
            elif change.new is None and change.path.endswith((".md", ".ipynb")):
                rows.append(f"| gone | {code(change.path)} | |")
        if rows:
            more = f"\n\nand {len(rows) - _MOST_ROWS} more pages" if len(rows) > _MOST_ROWS else ""
            yield (
                "## Pages\n\n| | page | address, once it is merged |\n|---|---|---|\n"
                + "\n".join(rows[:_MOST_ROWS])
                + more
            )

    def _notebooks(self) -> Iterator[str]:
        texts = [text for change in self.changes.changes if (text := self._notebook(change))]
        if texts:
            yield "## Notebooks, cell by cell"
            yield from texts

    def _notebook(self, change: Change) -> str:
        new = self.course.documents.get(change.new or "")
        if not isinstance(new, Notebook) or change.old is None or (new.is_text and self._has_twin(new)):
            return ""
        cells = cell_changes(self.before(change.old), new)
        if not cells:
            return f"{code(new.path)}: only what is not shown (metadata, execution counts)."
        shown = [_cell(cell.number, cell.kind, cell.what, cell.diff) for cell in cells[:_MOST_CELLS]]
        more = f"\n\nand {len(cells) - _MOST_CELLS} more cells" if len(cells) > _MOST_CELLS else ""
        count = f"{len(cells)} cell{'s' if len(cells) != 1 else ''}"
        return (
            f"<details>\n<summary>{count} of {plain(new.path)}</summary>\n\n"
            + "\n\n".join(shown)
            + more
            + "\n\n</details>"
        )

    def _has_twin(self, book: Notebook) -> bool:
        return book.path.rpartition(".")[0] + ".ipynb" in self.course.documents

    def _weights(self) -> Iterator[str]:
        added = {path: size for path, size in self.sizes.items() if path in self.changes.present}
        total = sum(added.values())
        if total >= 100_000:
            largest = sorted(added, key=lambda path: (-added[path], path))[:5]
            rows = "\n".join(f"- {_bytes(added[path])}: {code(path)}" for path in largest)
            yield f"## Sizes\n\n{_bytes(total)} in new and changed files; the largest:\n\n{rows}"
        ignores = [(path, ignore) for path in sorted(self.changes.present) for ignore in self._ignores(path)]
        if ignores:
            rows = "\n".join(
                f"- {code(path)}, line {ignore.place.line}: {code(', '.join(ignore.rules))}, because {plain(ignore.reason)}"
                for path, ignore in ignores
            )
            yield f"## Findings that these files keep quiet\n\n{rows}"

    def _ignores(self, path: str) -> Sequence[Ignore]:
        document = self.course.documents.get(path)
        return document.ignores if document else ()


def of_broken_course(why: str, findings: Sequence[Diagnostic]) -> str:
    """What is told where course.yml itself can't be read, so that nothing else is known."""
    rows = "\n".join(_finding(finding, "/") for finding in findings)
    return f"{MARKER}\n\n## The course can't be read\n\n- {sentence(why)}\n\n{rows}".rstrip() + "\n"


def _state(change: Change) -> str:
    return "deleted" if change.new is None else "new" if change.old is None else "changed"


def _alike(changes: Sequence[Change]) -> bool:
    return len({_state(change) for change in changes}) == 1


def _finding(finding: Diagnostic, base: str) -> str:
    place = f"line {finding.place.line}" + (f", cell {finding.place.cell}" if finding.place.cell else "")
    rule = (
        f"[{finding.rule}]({rule_address(base, finding.rule)})"
        if base.startswith("http")
        else f"`{finding.rule}`"
    )
    head = f"- {_ICONS[finding.severity]} {place}: {sentence(finding.message)} ({rule})"
    if not finding.help:
        return head
    if "\n" not in finding.help:
        words, _, example = finding.help.partition("  ")  # two blanks set an example or a command apart
        return f"{head}  \n  {sentence(words)}" + (f" {code(example, 400)}" if example.strip() else "")
    first, _, rest = finding.help.partition("\n")
    block = fenced(rest).replace("\n", "\n  ")
    return f"{head}  \n  {sentence(first)}\n\n  {block}"


def _cell(number: int, kind: str, what: str, diff: str) -> str:
    lines = diff.split("\n")
    cut = "\n".join(lines[:_MOST_LINES]) + (
        f"\n… {len(lines) - _MOST_LINES} more lines" if len(lines) > _MOST_LINES else ""
    )
    return f"Cell {number} ({plain(kind)}), {what}:\n\n{fenced(cut, 'diff')}"


def _link(base: str, address: str) -> str:
    return (
        f"[{plain(address or 'home')}]({base}{address})" if base.startswith("http") else code(address or "/")
    )


def _how(how: str) -> str:
    """Our own words; a command is shown as code."""
    return f"`{how}`" if how.startswith("course ") else how


def _list(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{max(1, round(count / 1e3))} kB"
