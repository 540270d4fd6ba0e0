"""Where things lie: the folders and names that decide what a file is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from coursekit.checks import Check, checks_by_id
from coursekit.course import Course
from coursekit.model import Diagnostic
from coursekit.naming import REVIEW, SLUG, WEEK, WEEKLY, as_slug, note_meant, renames_of, week_in
from coursekit.schema import PresentationMeta, nearest


def folders(paths: Iterable[str], depth: int) -> dict[str, str]:
    """Each folder with `depth` names in its path, with the file in it that a finding is shown at."""
    found: dict[str, str] = {}
    for path in paths:
        parts = path.split("/")
        if len(parts) > depth:
            folder = "/".join(parts[:depth])
            if path.endswith("/index.md") and not found.get(folder, "").endswith("/index.md"):
                found[folder] = path
            found.setdefault(folder, path)
    return found


class LayoutMisplaced(Check):
    """A file lies where nothing is expected.

    Files lie in a week, in the folder of a presentation or in the folder of a project. A scribe note is one
    Markdown file in the folder of its week.

    Why: What a file is follows from where it lies. In another place it belongs to no presentation, no week
    and no project, and no page leads to it.

    Bad:
        presentations/week-04/slides.pdf
        projects/separation.md

    Good:
        presentations/week-04/attention/slides.pdf
        projects/separation/index.md

    Mend: Move the file with `git mv` to the place that the help names.
    """

    id = "layout-misplaced"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each file that lies too high up, or, for a note, too far down."""
        for path in course.paths:
            parts = path.split("/")
            if len(parts) == 2 and parts[0] != "site_src":
                yield self._at_the_top(course, path)
            elif parts[0] == "presentations" and len(parts) == 3 and week_in(parts[1]) is not None:
                help = f"move it:  git mv {path} {parts[0]}/week-{week_in(parts[1]):02d}/{_home(path)}"
                message = "it lies beside the presentations of its week, not in the folder of one"
                yield self.at(path, message, help=help)
            elif parts[0] == "scribe_notes" and len(parts) >= 3 and week_in(parts[1]) is not None:
                yield from self._note(path, parts)

    def _at_the_top(self, course: Course, path: str) -> Diagnostic:
        top, name = path.split("/")
        stem = as_slug(PurePosixPath(name).stem)
        if stem in {"readme", "index"}:
            help = f"put what it says into a page of site_src/, or delete it:  git rm {path}"
            message = f"the page of {top}/ is made by itself; this file would stand in its way"
            return self.at(path, message, help=help)
        number = week_in(name) if stem.startswith("w") else None  # `3d-audio` is no week
        week = f"week-{_week_of(course, stem) or (f'{number:02d}' if number else 'NN')}"
        home = {
            "weeks": f"weeks/{week}/{_home(path)}",
            "presentations": f"presentations/{week}/{_home(path)}",
            "scribe_notes": f"scribe_notes/{week}/{name}",
        }.get(top, f"projects/{_home(path)}")
        what = "a week" if top in WEEKLY else "a project"
        message = f"it lies directly in {top}/, not in the folder of {what}"
        home = note_meant(course, path) or home
        return self.at(path, message, help=f"move it, for example:  git mv {path} {home}")

    def _note(self, path: str, parts: list[str]) -> Iterator[Diagnostic]:
        suffix = PurePosixPath(path).suffix.lower()
        week = "/".join(parts[:2])
        if len(parts) > 3 and suffix == ".md":
            help = f"a note is one file:  git mv {path} {week}/{as_slug(parts[2])}.md"
            yield self.at(path, "it lies in a folder of its own and is not found as a scribe note", help=help)
        elif len(parts) == 3 and suffix in {".txt", ".pdf", ".ipynb"}:
            help = f"write it as Markdown:  {week}/{as_slug(PurePosixPath(path).stem)}.md"
            yield self.at(path, f"a scribe note is a Markdown file, not {suffix}", help=help)


def _home(path: str) -> str:
    """Where it would lie in its week or in projects/: 'x.md' -> 'x/index.md', 'x.pdf' -> 'THE-TOPIC/x.pdf'."""
    file = PurePosixPath(path)
    if file.suffix.lower() != ".md":
        return f"THE-{'PROJECT' if path.startswith('projects/') else 'TOPIC'}/{file.name}"
    return "index.md" if path.startswith("weeks/") else f"{as_slug(file.stem)}/index.md"


def _week_of(course: Course, slug: str) -> str:
    """The week of the one presentation that has this slug, as two digits; '' where there is no such one."""
    weeks = {talk.week for talk in course.presentations if talk.slug == slug}
    return f"{weeks.pop():02d}" if len(weeks) == 1 else ""


class LayoutWeekFolder(Check):
    """The folder of a week is not named `week-` and two digits.

    Looked at are the folders in `weeks`, `presentations` and `scribe_notes`, and the reviews of a project.

    Why: A week's reading, presentations and notes find each other by this name, and two digits keep week 10
    behind week 9 in every list.

    Bad:
        presentations/Week4/attention/index.md

    Good:
        presentations/week-04/attention/index.md

    Mend: Rename the folder with `git mv`, for example `git mv presentations/Week4 presentations/week-04`.
    """

    id = "layout-week-folder"
    fixable = True

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each folder once, at one of its files."""
        paths, mendable = course.paths, renames_of(course).done
        by_week = folders(paths, 2)
        for folder, path in by_week.items():
            top, name = folder.split("/")
            if top in WEEKLY and not WEEK.match(name):
                help = self._help(course, top, name, by_week)
                message = f"the folder `{name}` is no week's folder"
                yield self.at(path, message, help=help, fixable=folder in mendable)
        for path in paths:
            found = REVIEW.match(path)
            week = week_in(found[1]) if found else None
            if found and week is not None and not WEEK.match(found[1]):
                help = f"rename it:  git mv {path} {PurePosixPath(path).with_name(f'week-{week:02d}.md')}"
                message = f"`{found[1]}.md` is not found as a review"
                yield self.at(path, message, help=help, fixable=path in mendable)

    def _help(self, course: Course, top: str, name: str, taken: dict[str, str]) -> str:
        week = week_in(name)
        if week is None:
            right = f"{top}/week-{_week_of(course, as_slug(name)) or 'NN'}/{as_slug(name)}"
            return f"move it into the folder of its week:  git mv {top}/{name} {right}"
        right = f"{top}/week-{week:02d}"
        return (
            f"move its content to {right}/" if right in taken else f"rename it:  git mv {top}/{name} {right}"
        )


class LayoutSlug(Check):
    """A presentation's, project's or note's name is not made of lower-case words joined by hyphens.

    Looked at are the folders of presentations and projects and the names of scribe notes; other files may
    have any safe name.

    Why: The name becomes part of the address and is typed in the rota and in links. One way to write it means
    that nobody has to look it up.

    Bad:
        presentations/week-04/Self_Attention/index.md

    Good:
        presentations/week-04/self-attention/index.md

    Mend: Rename the folder or the note with `git mv`, and the slug in the rota of course.yml if it stands
    there.
    """

    id = "layout-slug"
    fixable = True

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each folder once, at one of its files; notes at themselves."""
        mendable = renames_of(course).done
        for path, folder, name, suffix in _named(course.paths):
            if not SLUG.match(name):
                rename = mendable.get(f"{folder}/{name}{suffix}")
                right = rename.new_path if rename else f"{folder}/{as_slug(name)}{suffix}"
                help = f"rename it:  git mv {folder}/{name}{suffix} {right}"
                message = f"the name `{name}` is not of lower-case words joined by hyphens"
                yield self.at(path, message, help=help, fixable=rename is not None)


def _named(paths: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """What has to be named by a slug: a file of it, the folder that it lies in, its name, its suffix."""
    for depth, top in ((3, "presentations/"), (2, "projects/")):
        for folder, path in folders(paths, depth).items():
            above, _, name = folder.rpartition("/")
            if folder.startswith(top) and (depth == 2 or week_in(above.split("/")[1]) is not None):
                yield path, above, name, ""
    for path in paths:
        if path.startswith("scribe_notes/") and path.endswith(".md") and path.count("/") == 2:
            above, _, name = path.removesuffix(".md").rpartition("/")
            if week_in(above.split("/")[1]) is not None and name.lower() not in {"readme", "index"}:
                yield path, above, name, ".md"


class LayoutIndexMissing(Check):
    """A presentation's folder has material but no index.md.

    The index.md says in its front matter what is presented: title, papers, code.

    Why: Without it the page has no title and no papers, and the presentation is missing in the lists of the
    course.

    Bad:
        presentations/week-04/attention/slides.pdf

    Good:
        presentations/week-04/attention/index.md
        presentations/week-04/attention/slides.pdf

    Mend: Add an index.md to the folder; `course new presentation WEEK SLUG` writes a first version.
    """

    id = "layout-index-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such folder once, at one of its files."""
        paths = course.paths
        there = set(paths)
        for folder, path in folders(paths, 3).items():
            top, week, slug = folder.split("/")
            if top == "presentations" and week_in(week) is not None and f"{folder}/index.md" not in there:
                likely = (f"{folder}/{name}.md" for name in ("README", "readme", "Index", "INDEX", slug))
                help = f"add {folder}/index.md, which starts with\n---\n{PresentationMeta.example}\n---"
                if twin := next((other for other in likely if other in there), None):
                    help = f"rename it:  git mv {twin} {folder}/index.md"
                yield self.at(path, f"the folder `{slug}` has no index.md", help=help)


class WeekUnknown(Check):
    """A week that the term does not have.

    Looked at are the folders of weeks, the reviews of projects and the numbers in course.yml, against
    `term.weeks`.

    Why: Such a week has no day and stands in no list, so nobody finds what lies in it.

    Bad:
        presentations/week-12/attention/index.md        (in a term of 10 weeks)

    Good:
        presentations/week-10/attention/index.md

    Mend: Mend the number of the week, or `term.weeks` in course.yml.
    """

    id = "week-unknown"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such folder once, at one of its files, and each such review."""
        paths = course.paths
        named = [
            (path, folder) for folder, path in folders(paths, 2).items() if folder.split("/")[0] in WEEKLY
        ]
        named += [(path, path.removesuffix(".md")) for path in paths if REVIEW.match(path)]
        weeks = course.config.term.weeks
        for path, name in named:
            found = WEEK.match(name.rpartition("/")[2])
            if found and not 1 <= int(found[1]) <= weeks:
                yield self.at(path, f"week {int(found[1])}: the term has {weeks} weeks")


class RuleUnknown(Check):
    """course.yml's `rules` names a rule that does not exist.

    Both `rules.severity` and `rules.ignore` are looked at.

    Why: With a misspelt id the rule that was meant goes on as if nothing had been said.

    Bad:
        rules: {severity: {file-typ: info}}

    Good:
        rules: {severity: {file-type: info}}

    Mend: Write the id as a finding shows it; `course rules` lists them all.
    """

    id = "rule-unknown"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each id at its place in course.yml."""
        rules, node = course.config.rules, course.config_node
        named = [(rule, node.locate(("rules", "severity", rule), key=True)) for rule in rules.severity]
        for index, ignore in enumerate(rules.ignore):
            named.append((ignore.rule, node.locate(("rules", "ignore", index, "rule"))))
        for rule, place in named:
            if rule not in checks_by_id():
                meant = nearest(rule, checks_by_id())
                help = f"did you mean `{meant}`?" if meant else ""
                yield self.at("course.yml", f"there is no rule `{rule}`", place, help)
