"""course.yml and mkdocs.yml: what the old texts say, and a marked placeholder for each thing that they don't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coursekit.adopt.emit import as_yaml
from coursekit.adopt.facts import CourseFacts, Fact
from coursekit.adopt.people import id_of
from coursekit.adopt.talks import Named, Talk

TERM, START, ZONE = "Term to name", "2000-01-03", "UTC"
DAY, BEGINS, ENDS = "monday", "09:00", "10:00"
_WEEKS = 10  # where no week is numbered

MKDOCS = """\
site_name: {title}
docs_dir: site_src
theme:
  name: material
  font: false
  features: [navigation.indexes, navigation.prune, navigation.tabs]
plugins: [search, coursekit]
markdown_extensions:
  - attr_list
  - toc: {{permalink: true}}
extra: {{generator: false}}
"""


@dataclass(frozen=True, slots=True)
class _Line:
    """A key with what is known for it, or a placeholder and what belongs there."""

    key: str
    fact: Fact | None
    placeholder: str
    wanted: str

    def written(self) -> str:
        value = _plain(self.key, self.fact.value if self.fact else self.placeholder)
        comment = "" if self.fact else f" # FILL IN: {self.wanted}; no old text says it"
        return f"  {self.key}: {value}{comment}\n"


def _plain(key: str, value: str) -> str:
    quoted = key in {"start", "end"} and ":" in value
    return f'"{value}"' if quoted else value if key == "start" else as_yaml(value).split("\n")[0]


def open_facts(facts: CourseFacts) -> list[str]:
    """The keys of course.yml that hold a placeholder."""
    lines = [*_term(facts), *_meeting(facts)]
    return [line.wanted for line in lines if line.fact is None]


def _term(facts: CourseFacts) -> Iterator[_Line]:
    yield _Line("name", facts.term, TERM, "the term's name, for example Spring 2020")
    yield _Line("start", facts.start, START, "the day that the term starts")
    yield _Line("timezone", facts.timezone, ZONE, "the time zone, for example America/Chicago")


def _meeting(facts: CourseFacts) -> Iterator[_Line]:
    yield _Line("weekday", facts.weekday, DAY, "the day of the week of the sessions")
    yield _Line("start", facts.begins, BEGINS, "when a session starts")
    yield _Line("end", facts.ends, ENDS, "when a session ends")


def course_yml(
    facts: CourseFacts,
    talks: Sequence[Talk],
    *,
    weeks: int,
    scribes: Mapping[tuple[int, str], str],
    noted: Sequence[Named],
) -> str:
    """The whole file; `scribes` holds who wrote the note of a talk, by week and slug, `noted` whom notes name."""
    head: dict[str, Any] = {"title": facts.title.value if facts.title else "A course to name"}
    if facts.code:
        head["code"] = facts.code.value
    names = [one.name for one in (*(one for talk in talks for one in talk.people), *noted)]
    parts = [
        "# Proposed by `course adopt`; ADOPTED.md says where each thing comes from.\n",
        as_yaml(head),
        "term:\n" + "".join(line.written() for line in _term(facts)) + f"  weeks: {weeks or _WEEKS}\n",
        "meeting:\n" + "".join(line.written() for line in _meeting(facts)),
        f"links:\n  {as_yaml({'repository': facts.repository.value})}" if facts.repository else "",
        _people(names),
        _rota(talks, scribes),
        _policy(talks),
    ]
    return "".join(parts)


def _people(names: Sequence[str]) -> str:
    people = {id_of(name): {"name": name} for name in names}
    if not people:
        return "people: {} # FILL IN: no old text names anybody\n"
    return as_yaml({"people": people})


def _rota(talks: Sequence[Talk], scribes: Mapping[tuple[int, str], str]) -> str:
    rota: dict[int, list[dict[str, Any]]] = {}
    for talk in talks:
        presenters = [id_of(one.name) for one in talk.people if one.task == "presenters"]
        slot: dict[str, Any] = {"slug": talk.slug}
        if presenters:
            slot["presenters"] = list(dict.fromkeys(presenters))
        if scribe := scribes.get((talk.week, talk.slug)):
            slot["scribe"] = id_of(scribe)
        rota.setdefault(talk.week, []).append(slot)
    return (
        as_yaml({"rota": [{"week": week, "presentations": slots} for week, slots in rota.items()]})
        if rota
        else ""
    )


def _policy(talks: Sequence[Talk]) -> str:
    """Limits that the old course went beyond: it was right in its time."""
    presenters = max(
        (len({p.name for p in talk.people if p.task == "presenters"}) for talk in talks), default=0
    )
    a_week = max((sum(1 for one in talks if one.week == talk.week) for talk in talks), default=0)
    policy: dict[str, Any] = {}
    if a_week > 2:
        policy["presentations_per_week"] = a_week
    if presenters > 2:
        policy["presenters"] = [1, presenters]
    return as_yaml({"policy": policy}) if policy else ""


def mkdocs_yml(title: str) -> str:
    """Settings that are enough to build the site."""
    return MKDOCS.format(title=as_yaml(title).split("\n")[0])
