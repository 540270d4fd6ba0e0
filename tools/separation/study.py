"""A study as a TOML file: runs that are compared, with the same speech and the same number of steps."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from separation.config import (
    Config,
    ConfigError,
    MethodConfig,
    build,
    file_of,
    load_config,
    merged,
    read_layers,
)

SHIPPED = Path(__file__).parent / "studies"


@dataclass(frozen=True)
class Run:
    """One of the things compared.

    Attributes:
        name: of its folders, and of its log.
        config: a shipped configuration, or a TOML file beside the study's.
        title, summary: in the place of the configuration's, for people.
        settings: over the study's, a tree like a configuration's.
        own_budget: as many steps as its own speed allows in the time that the others take, instead of as many as they.
        examples, sounds: of its export: mixtures of each group, and which of their sounds, "all", "estimates" or "none".
            Where another run holds mixtures and references of the same items, estimates are enough.
    """

    name: str
    config: str
    title: str = ""
    summary: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    own_budget: bool = False
    examples: int = 2
    sounds: Literal["all", "estimates", "none"] = "all"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(
                f'name is of small letters and digits, words with a hyphen between them, for example "dc-seed-2"; '
                f"it is {self.name!r}"
            )
        if not 1 <= self.examples <= 20:
            raise ValueError(f"examples lie from 1 to 20; {self.examples} are asked for")

    @property
    def steps(self) -> int:
        """The steps that its settings fix; 0 where they leave them to the plan."""
        training = self.settings.get("training", {})
        return int(training.get("steps", 0))

    def options(self, steps: int = 0) -> tuple[str, ...]:
        """Its settings as the command takes them after --set; `steps` are the plan's."""
        tree, training = self.settings, self.settings.get("training", {})
        if isinstance(training, dict):  # else the configuration's reader says what it should be
            tree = tree | {
                "training": training | {"minutes": 0.0, "steps": training.get("steps") or steps or 1}
            }
        return tuple(_flat(tree))

    def configured(self, steps: int = 0) -> Config:
        """Its configuration, for people with the run's own words."""
        config = load_config(self.config, self.options(steps))
        return replace(config, title=self.title or config.title, summary=self.summary or config.summary)


@dataclass(frozen=True)
class Study:
    """Runs that are compared.

    Attributes:
        title, summary: for people.
        runs: in the order in which they are begun. Once read, their settings hold the study's.
        minutes: of a call, where it doesn't say.
        first: as many of the runs share the minutes of the first call; 0 for all.
        at_once: runs side by side; 0 for as many as are measured to be fastest.
        settings: over every run's configuration.
    """

    title: str
    runs: tuple[Run, ...]
    summary: str = ""
    minutes: float = 28.0
    first: int = 0
    at_once: int = 0
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [run.name for run in self.runs]
        if not names:
            raise ValueError("a study has one [[runs]] at least")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"a run's name stands for its folder; more than one is called {', '.join(twice)}"
            )
        if not 0 <= self.first <= len(names):
            raise ValueError(f"first lies from 0 to the {len(names)} runs; it is {self.first}")
        if self.minutes <= 0 or self.at_once < 0:
            raise ValueError("minutes are above 0, and at_once starts at 0")

    @property
    def measured(self) -> bool:
        """Whether the steps of a run are to be found out."""
        return not all(run.steps for run in self.runs)

    @property
    def digest(self) -> str:
        """sha256 of what is trained, whatever words go with it."""
        known = [(run.name, run.own_budget, without_words(run.configured()).as_dict()) for run in self.runs]
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def without_words(config: Config) -> Config:
    """What a configuration makes of the machine: two that differ only in words train the same network."""
    return replace(config, title="", summary="", method=MethodConfig())


def load_study(name: str) -> Study:
    """A shipped study by its name, or any TOML file by its path.

    A file may begin with `extends = "name"`: its settings are laid over that study's, and each of its runs over the run
    of the same name, or after the last.

    Raises:
        ConfigError: there is no such study, or it can't be used; with every problem in it.
    """
    layers = read_layers(name, SHIPPED, "study")
    tree: dict[str, Any] = {}
    for layer in layers:
        runs = _laid_over(tree.get("runs", []), layer.get("runs", []))
        tree = merged(tree, layer) | ({"runs": runs} if runs else {})
    problems: list[str] = []
    study = build(Study, tree, "", problems)
    runs = tuple(_settled(tree, file_of(name, SHIPPED, "study").parent, problems))
    if problems:
        told = "\n  ".join(problems)
        raise ConfigError(f"the study {name} can't be used:\n  {told}")
    assert isinstance(study, Study)
    return replace(study, runs=runs)


def _laid_over(below: Any, above: Any) -> Any:
    """Runs over runs of the same name; what is no list of tables is left to the reader's words."""
    if not all(isinstance(runs, list) and all(isinstance(r, dict) for r in runs) for runs in (below, above)):
        return above
    known = {run.get("name"): run for run in below}
    over = {run.get("name"): run for run in above if run.get("name") in known}
    new = [run for run in above if run.get("name") not in known]
    return [*(merged(run, over.get(run.get("name"), {})) for run in below), *new]


def _settled(tree: Mapping[str, Any], folder: Path, problems: list[str]) -> Iterator[Run]:
    """The runs with the study's settings below their own, each tried as far as it can be read."""
    common, entries = tree.get("settings", {}), tree.get("runs", [])
    for entry in entries if isinstance(entries, list) and isinstance(common, dict) else []:
        run = build(Run, entry, "", []) if isinstance(entry, dict) else None
        if run is None:
            continue  # said before
        config = str(folder / run.config) if (folder / run.config).is_file() else run.config
        run = replace(run, config=config, settings=merged(common, run.settings))
        try:
            run.configured()
        except ConfigError as error:
            told = [line.strip() for line in str(error).split("\n")]
            problems.extend(
                f"{run.name}: {line}" for line in (told[1:] or told)
            )  # after a heading, where there is one
        if isinstance(training := run.settings.get("training"), dict) and training.get("minutes"):
            problems.append(
                f"{run.name}: training.minutes: a study counts steps, or finds out how many; leave it out"
            )
        yield run


def _flat(tree: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """A tree as `KEY.KEY=VALUE`."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{where}{key}.")
        else:
            yield f"{where}{key}={_toml(value)}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value) if type(value) in (int, float) else json.dumps(value, default=str)
