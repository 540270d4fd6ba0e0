"""course.yml: the course's people, rota and policy, read once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StrictStr

from coursekit.model import Fault, Severity
from coursekit.schema import Record, RelativePath, Slug, Text, Url, validate
from coursekit.yamltext import Node, YamlFault, read_yaml

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ClockTime = Annotated[StrictStr, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
WeekNumber = Annotated[int, Field(ge=1, le=53)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"`{name}` is no time zone; write for example America/Chicago")
    return name


class Break(Record):
    """Days without a session, both ends included."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    what: Text


class Term(Record):
    name: Text
    start: date
    weeks: WeekNumber
    timezone: Annotated[StrictStr, AfterValidator(_known_zone)]
    breaks: tuple[Break, ...] = ()


class Meeting(Record):
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    start: ClockTime
    end: ClockTime
    video: Url | None = None


class Links(Record):
    repository: Url | None = None
    slack: Url | None = None
    canvas: Url | None = None


class Person(Record):
    name: Text
    role: Literal["instructor", "assistant", "student", "guest"] = "student"
    github: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$")] | None = None


class Groups(Record):
    presenting: dict[Slug, tuple[Slug, ...]] = {}
    project: dict[Slug, tuple[Slug, ...]] = {}


class Slot(Record):
    """A presentation in the rota: who presents, who writes the note; None is an open place."""

    slug: Slug | None = None
    presenters: tuple[Slug, ...] = ()
    scribe: Slug | None = None


class RotaWeek(Record):
    week: WeekNumber
    presentations: tuple[Slot, ...] = ()


class ProjectEntry(Record):
    group: Slug
    repository: Url | None = None


class Review(Record):
    week: WeekNumber
    reviewer: Slug
    project: Slug


class Assignment(Record):
    week: WeekNumber
    path: RelativePath
    due: date
    hand_in: Text | None = None


class Absence(Record):
    who: Slug
    weeks: tuple[WeekNumber, ...]


class Wish(Record):
    who: Slug
    week: WeekNumber | None = None
    topic: Text | None = None


class Policy(Record):
    """Every limit that a course could want different; the defaults are the announcement's, or measured."""

    presentations_per_week: Annotated[int, Field(ge=0, le=20)] = 2
    presenters: tuple[int, int] = (1, 2)
    presentations_from_week: WeekNumber = 3  # until then the staff presents, and no student is planned in
    reviews_from_week: WeekNumber = 4  # a project needs some code first
    project_size: tuple[int, int] = (3, 4)
    max_file_mb: Annotated[float, Field(gt=0, le=100)] = 25
    max_notebook_output_mb: Annotated[float, Field(gt=0, le=100)] = 2
    max_text_kb: Annotated[float, Field(gt=0, le=4096)] = 512


class Ignore(Record):
    rule: Text
    path: Text
    reason: Text


class Rules(Record):
    severity: dict[str, Severity] = {}
    ignore: tuple[Ignore, ...] = ()


class Config(Record):
    """The whole of course.yml."""

    title: Text
    code: Text | None = None
    institution: Text | None = None
    term: Term
    meeting: Meeting
    links: Links = Field(default_factory=Links)
    slack_channel: Text | None = None
    people: dict[Slug, Person] = {}
    groups: Groups = Field(default_factory=Groups)
    rota: tuple[RotaWeek, ...] = ()
    projects: dict[Slug, ProjectEntry] = {}
    reviews: tuple[Review, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    absences: tuple[Absence, ...] = ()
    wishes: tuple[Wish, ...] = ()
    policy: Policy = Field(default_factory=Policy)
    rules: Rules = Field(default_factory=Rules)
    moved: dict[str, str] = {}
    removed: tuple[Text, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The course's time zone."""
        return ZoneInfo(self.term.timezone)

    def session(self, week: int) -> date:
        """The day of a week's session: week one's is the first meeting day on or after the term's start."""
        start = self.term.start
        wait = (WEEKDAYS.index(self.meeting.weekday) - start.weekday()) % 7
        return start + timedelta(days=wait + 7 * (week - 1))

    def break_on(self, day: date) -> Break | None:
        """The break that a day falls into, if any."""
        return next((pause for pause in self.term.breaks if pause.start <= day <= pause.end), None)

    def slots(self, week: int) -> tuple[Slot, ...]:
        """What the rota plans for a week."""
        return tuple(slot for entry in self.rota if entry.week == week for slot in entry.presentations)

    def slot(self, week: int, slug: str) -> Slot | None:
        """The rota's entry for a presentation."""
        return next((slot for slot in self.slots(week) if slot.slug == slug), None)

    def slot_path(self, week: int, slug: str, *below: str | int) -> tuple[str | int, ...]:
        """Where course.yml has that entry, as the keys that lead to it; the rota where there is none."""
        for at, entry in enumerate(self.rota):
            for index, slot in enumerate(entry.presentations):
                if entry.week == week and slot.slug == slug:
                    return ("rota", at, "presentations", index, *below)
        return ("rota",)


def read_config(data: bytes) -> tuple[Config | None, Node | None, tuple[Fault, ...]]:
    """course.yml from its bytes: the config, the YAML with its places, and all that is wrong with it."""
    try:
        text = data.decode("utf-8-sig")
        node = read_yaml(text)
    except UnicodeDecodeError as error:
        return None, None, (Fault("file-encoding", f"not UTF-8 at byte {error.start}"),)
    except YamlFault as error:
        return None, None, (error.fault,)
    config, faults = validate(node, Config)
    if config is None:
        return None, node, faults
    wrong = tuple(_contradictions(config, node))
    return (None if wrong else config), node, wrong


def _contradictions(config: Config, node: Node) -> Iterator[Fault]:
    """What each value allows but their combination does not: names that nobody has, weeks beyond the term."""
    for what, name, path in _names_used(config):
        if name not in config.people:
            yield Fault(
                "person-unknown",
                f"{what}: nobody in `people` is called `{name}`",
                node.locate(path),
                f"add it:  people: {{{name}: {{name: …}}}}",
            )
    for path, week in _weeks_used(config):
        if week > config.term.weeks:
            yield Fault(
                "week-unknown",
                f"week {week}: the term has {config.term.weeks} weeks",
                node.locate(path),
                "mend the number, or term.weeks",
            )
    for name, project in config.projects.items():
        if project.group not in config.groups.project:
            yield Fault(
                "group-unknown",
                f"no project group is called `{project.group}`",
                node.locate(("projects", name, "group")),
                "add it under groups.project",
            )
    for index, review in enumerate(config.reviews):
        if review.reviewer not in config.groups.project:
            yield Fault(
                "group-unknown",
                f"no project group is called `{review.reviewer}`",
                node.locate(("reviews", index, "reviewer")),
                "add it under groups.project",
            )
        if review.project not in config.projects:
            yield Fault(
                "group-unknown",
                f"no project is called `{review.project}`",
                node.locate(("reviews", index, "project")),
                "add it under projects",
            )
    if config.meeting.end <= config.meeting.start:
        yield Fault(
            "meta-value", "`meeting.end` is not after `meeting.start`", node.locate(("meeting", "end"))
        )


def _names_used(config: Config) -> Iterator[tuple[str, str, tuple[int | str, ...]]]:
    for section in ("presenting", "project"):
        for group, members in getattr(config.groups, section).items():
            for index, name in enumerate(members):
                yield f"group {group}", name, ("groups", section, group, index)
    for at, week in enumerate(config.rota):
        for index, slot in enumerate(week.presentations):
            path = ("rota", at, "presentations", index)
            for place, name in enumerate(slot.presenters):
                yield f"week {week.week}", name, (*path, "presenters", place)
            if slot.scribe:
                yield f"week {week.week}", slot.scribe, (*path, "scribe")
    for index, absence in enumerate(config.absences):
        yield "absences", absence.who, ("absences", index, "who")
    for index, wish in enumerate(config.wishes):
        yield "wishes", wish.who, ("wishes", index, "who")


def _weeks_used(config: Config) -> Iterator[tuple[tuple[int | str, ...], int]]:
    for section in ("rota", "reviews", "assignments"):
        for index, entry in enumerate(getattr(config, section)):
            yield (section, index, "week"), entry.week
