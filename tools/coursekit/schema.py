"""What people may write in course.yml and in front matter, and how a mistake in it is told.

The models are pydantic's; `validate` turns each of its errors into a Fault at the line and column of the
value, with the nearest known key where a key is unknown.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import types
import typing
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StrictStr, ValidationError
from pydantic_core import ErrorDetails

from coursekit.model import Fault
from coursekit.yamltext import Node


class Record(BaseModel):
    """The base of all that is read from YAML: frozen, and unknown keys are refused.

    Validators are built when the first value is read: most commands meet only values that were read before.
    `example` is what a front matter starts with where more is wanted than the keys without which it is invalid.
    """

    example: ClassVar[str] = ""
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _plain(text: str) -> str:
    if bad := next(
        (char for char in text if unicodedata.category(char) in {"Cc", "Cs"} or is_bidi_control(char)), None
    ):
        raise ValueError(f"the control character U+{ord(bad):04X} is not allowed")
    if not text.strip():
        raise ValueError("is empty")
    return " ".join(text.split())


def is_bidi_control(char: str) -> bool:
    """Whether a character reorders text around it, so that a line reads other than it is."""
    return "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"


def _web_address(text: str) -> str:
    if not text.startswith(("https://", "http://")) or any(
        char.isspace() or char in "<>\"'`" for char in text
    ):
        raise ValueError("is no web address; write for example https://arxiv.org/abs/1508.04306")
    return text


Text = Annotated[StrictStr, Field(max_length=600), AfterValidator(_plain)]
Url = Annotated[StrictStr, Field(max_length=2000), AfterValidator(_web_address)]
Slug = Annotated[StrictStr, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
RelativePath = Annotated[StrictStr, Field(pattern=r"^[^\\:*?\"<>|]+$", max_length=300)]
Year = Annotated[int, Field(ge=1900, le=2100)]


class Reference(Record):
    """A paper, a code-base, a video: something with a title and an address."""

    title: Text
    url: Url
    kind: Literal["paper", "code", "video", "notes", "blog", "dataset"] | None = None
    authors: tuple[Text, ...] = ()
    year: Year | None = None
    venue: Text | None = None


class Change(Record):
    """An improvement of the material after the session."""

    date: dt.date
    what: Text


class PageMeta(Record):
    """A hand-written page of the site; `order` is its place in the navigation, without one it comes last."""

    title: Text
    description: Text | None = None
    order: Annotated[int, Field(ge=1, le=99)] | None = None


class WeekMeta(Record):
    """weeks/week-NN/index.md"""

    title: Text
    summary: Text | None = None
    reading: tuple[Reference, ...] = ()
    discuss: Reference | None = None


class PresentationMeta(Record):
    """presentations/week-NN/<slug>/index.md"""

    example = "title: …\npapers: [{title: …, url: https://…}]\ncode: [{title: …, url: https://…}]"

    title: Text
    summary: Text | None = None
    presenters: tuple[Slug, ...] | None = None
    papers: tuple[Reference, ...] = ()
    topic: Text | None = None
    code: tuple[Reference, ...] = ()
    slides: RelativePath | Url | None = None
    links: tuple[Reference, ...] = ()
    changes: tuple[Change, ...] = ()
    tags: tuple[Text, ...] = ()


class ScribeMeta(Record):
    """scribe_notes/week-NN/<slug>.md"""

    title: Text | None = None
    scribes: tuple[Slug, ...] = ()
    date: dt.date | None = None


class ProjectMeta(Record):
    """projects/<slug>/index.md"""

    title: Text
    summary: Text | None = None
    members: tuple[Slug, ...] = ()
    paper: Reference | None = None
    repository: Url | None = None
    status: Text | None = None


def _paper_value(value: object) -> float | tuple[str, ...] | None:
    # one word for both forms; pydantic's union would tell one mistake twice
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        if len(value) > MAX_RANKED:
            raise ValueError(f"an order of {len(value)} names; {MAX_RANKED} are the most")
        return tuple(_plain(name) for name in value)
    raise ValueError(f"expected a number, or a list of names for a ranking, found {_found(value)}")


MAX_RANKED = 60
PaperValue = Annotated[float | tuple[str, ...] | None, PlainValidator(_paper_value)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Claim(Record):
    """One claim of a paper, and what a project measured for it.

    `paper` is a number, or for a ranking the order of names, best first. `group` is a group of the run's
    scores; without it all of them count.
    """

    id: Slug
    source: Text
    metric: Text
    kind: Literal["value", "ranking", "magnitude"] = "value"
    group: Text | None = None
    unit: Text | None = None
    paper: PaperValue = None
    tolerance: Finite | None = None
    ours: Finite | None = None
    run: RelativePath | None = None
    runs: Annotated[tuple[RelativePath, ...], Field(max_length=MAX_RANKED)] = ()
    evidence: Url | None = None
    corpus: Literal["same", "other"] = "same"
    why: Text | None = None


class ProjectDocumentMeta(Record):
    """tips-and-tricks.md, and any other page of a project."""

    title: Text | None = None


class ReportMeta(Record):
    """reproducibility-report.md"""

    title: Text | None = None
    claims: tuple[Claim, ...] = ()


class ReviewMeta(Record):
    """projects/<slug>/reviews/week-NN.md"""

    title: Text | None = None
    reviewer: Slug | None = None
    commit: Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{7,40}$")] | None = None


class AssignmentMeta(Record):
    """The handout of an assignment: <folder>/index.md or README.md"""

    title: Text
    summary: Text | None = None
    due: dt.date | None = None


RecordT = TypeVar("RecordT", bound=BaseModel)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return close[0] if close else None


def validate(node: Node, model: type[RecordT]) -> tuple[RecordT | None, tuple[Fault, ...]]:
    """The record that a YAML node stands for; None with every fault in it where it is none."""
    if not isinstance(node.value, dict):
        message = f"expected `key: value` lines, found {_found(node.plain())}"
        return None, (Fault("meta-value", message, node.place, _example(model)),)
    try:
        return model.model_validate(node.plain()), ()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=True)
        found = {
            (fault.rule, fault.place, fault.message): fault
            for fault in (_fault(node, model, e) for e in problems)
        }
        return None, tuple(sorted(found.values(), key=lambda fault: fault.place))


def _fault(node: Node, model: type[BaseModel], error: ErrorDetails) -> Fault:
    # A union's branches put words of their own into the path; only steps that are in the document count.
    path = error["loc"]
    name = _spoken(path)
    kind = error["type"]
    if kind == "extra_forbidden":
        key = str(path[-1])
        known = _known_keys(model, path[:-1])
        close = nearest(key, known)
        guess = f"did you mean `{close}`?" if close else f"known keys: {', '.join(sorted(known))}"
        return Fault("meta-key-unknown", f"unknown key `{key}`", node.locate(path, key=True), guess)
    if kind == "missing":
        return Fault(
            "meta-key-missing", f"`{name}` is missing", node.locate(path[:-1]), f"for example  {path[-1]}: …"
        )
    return Fault("meta-value", f"`{name}`: {_message(error)}", node.locate(path), _advice(error))


def _spoken(path: tuple[int | str, ...]) -> str:
    """('rota', 0, 'week') -> 'rota[1].week', without the branches of unions that pydantic adds."""
    steps = (
        step
        for step in path
        if not (isinstance(step, str) and step.startswith(("function-", "constrained-", "tuple[")))
    )
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


_WORDS = {
    "string_type": "expected text",
    "int_type": "expected a whole number", "int_parsing": "expected a whole number", "int_from_float": "expected a whole number",
    "float_type": "expected a number", "float_parsing": "expected a number",
    "tuple_type": "expected a list", "list_type": "expected a list", "dict_type": "expected `key: value` lines", "model_type": "expected `key: value` lines", "model_attributes_type": "expected `key: value` lines",
    "bool_type": "expected true or false", "bool_parsing": "expected true or false",
}  # fmt: skip


def _message(error: ErrorDetails) -> str:
    kind, found = error["type"], _found(error["input"])
    if kind in _WORDS:
        return f"{_WORDS[kind]}, found {found}"
    if kind.startswith(("date", "time")):
        return f"{found} is no {'date' if kind.startswith('date') else 'time'}"
    if kind == "value_error":
        return str(error.get("ctx", {}).get("error", error["msg"]))
    if kind == "string_pattern_mismatch" and "a-z0-9" in str(error.get("ctx", {}).get("pattern")):
        return f"{found} is no slug: lower-case words joined by hyphens"
    if kind == "literal_error":
        return f"expected {error.get('ctx', {}).get('expected', '').replace(chr(39), '`')}, found {found}"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}, found {found}"


def _advice(error: ErrorDetails) -> str:
    kind, value = error["type"], error["input"]
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'put it in quotes:  "{value}"'
    if kind in {"tuple_type", "list_type"}:
        return "write a list:  [one, two]  or one `- item` a line"
    if kind.startswith("date"):
        return "write the date as YYYY-MM-DD, for example 2020-04-08"
    return ""


def _found(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "`key: value` lines"
    if isinstance(value, list | tuple):
        return "a list"
    shown = str(value) if not isinstance(value, bool) else str(value).lower()
    return f"`{shown[:60]}{'…' if len(shown) > 60 else ''}`"


def _example(model: type[BaseModel]) -> str:
    required = [name for name, info in model.model_fields.items() if info.is_required()]
    return "for example  " + ", ".join(f"{name}: …" for name in required) if required else ""


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that are allowed at `path`: walk the annotations down to the model that stands there."""
    current: Any = model
    for step in path:
        if isinstance(current, type) and issubclass(current, BaseModel) and step in current.model_fields:
            current = _innermost(current.model_fields[str(step)].annotation)
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _innermost(annotation: Any) -> Any:
    """The model inside tuple[Model, ...], dict[str, Model] or Model | None."""
    arguments = typing.get_args(annotation)
    if not arguments or typing.get_origin(annotation) is Literal:
        return annotation
    if typing.get_origin(annotation) in {typing.Union, types.UnionType, tuple, dict, list}:
        inner = [_innermost(argument) for argument in arguments]
        return next(
            (found for found in inner if isinstance(found, type) and issubclass(found, BaseModel)), annotation
        )
    return annotation
