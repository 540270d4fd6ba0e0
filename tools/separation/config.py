"""An experiment as a TOML file: every setting that a run is made with, and the reader that refuses what it can't mean."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from separation.errors import SeparationError
from separation.models import NetworkConfig
from separation.signal import SignalConfig
from separation.speech import SpeechConfig

SHIPPED = Path(__file__).parent / "configs"


class ConfigError(SeparationError):
    """A configuration can't be used; the message holds every problem, one a line."""


@dataclass(frozen=True)
class DataConfig:
    """What is mixed.

    Attributes:
        layout: "synthetic", or a recorded corpus: "wsj0-2mix", "librimix", or "folder" with mix/, s1/, s2/, ...
        path: its folder; for synthetic speech "" is a folder of the cache, where it is made when it isn't there.
        sources: voices in a mixture.
        remix: draw new mixtures of the training speakers; else train on the mixtures that the corpus brings.
        valid_items, test_items: mixtures in a list, for each group.
        seconds: how long the mixtures of the lists are, of synthetic speech.
        seed: of lists and training mixtures.
        speech: how much to synthesise.
    """

    layout: Literal["synthetic", "wsj0-2mix", "librimix", "folder"] = "synthetic"
    path: str = ""
    sources: int = 2
    remix: bool = True
    valid_items: int = 32
    test_items: int = 300
    seconds: float = 4.0
    seed: int = 1
    speech: SpeechConfig = field(default_factory=SpeechConfig)

    def __post_init__(self) -> None:
        if self.sources < 2 or min(self.valid_items, self.test_items) < 1 or self.seconds < 0.5:
            raise ValueError("sources start at 2, valid_items and test_items at 1, seconds at 0.5")
        if not 0 <= self.seed < 2**31:
            raise ValueError("seed lies from 0 to 2147483647")
        if self.layout == "synthetic" and not self.remix:
            raise ValueError("synthetic speech brings no mixtures of its own: remix = true")
        if self.layout != "synthetic" and not self.path:
            raise ValueError(
                f'the layout {self.layout} needs a path, for example path = "/data/{self.layout}"'
            )


@dataclass(frozen=True)
class ObjectiveConfig:
    """What the network is trained on; see losses.py for the equations.

    Attributes:
        clustering: "dc" deep clustering, "wkm" whitened k-means, "laplacian", or "" for none.
        masking: "msa", "psa", "tpsa", or "" for none.
        alpha: how much clustering counts where there are both; masking counts 1 - alpha.
        weights: of bins in clustering: "ratio" by magnitude, "activity" by voice activity, or "none".
        norm: of masking: "l1" or "l2".
        gamma: where tpsa cuts off.
    """

    clustering: Literal["", "dc", "wkm", "laplacian"] = "dc"
    masking: Literal["", "msa", "psa", "tpsa"] = ""
    alpha: float = 0.5
    weights: Literal["ratio", "activity", "none"] = "ratio"
    norm: Literal["l1", "l2"] = "l1"
    gamma: float = 1.0

    def __post_init__(self) -> None:
        if not self.clustering and not self.masking:
            raise ValueError(
                'an objective needs clustering (for example "dc"), masking (for example "tpsa"), or both'
            )
        if not 0 < self.gamma < math.inf:
            raise ValueError(f"gamma is above 0; it is {self.gamma}")
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha lies between 0 and 1; it is {self.alpha}")


@dataclass(frozen=True)
class Stage:
    """A part of the training.

    Attributes:
        share: of the budget, relative to the other stages.
        frames: in an example.
        batch: examples in a step, over all processes.
    """

    share: float = 1.0
    frames: int = 400
    batch: int = 16

    def __post_init__(self) -> None:
        if self.share <= 0 or self.frames < 2 or self.batch < 1:
            raise ValueError("share is above 0, frames start at 2 and batch at 1")


@dataclass(frozen=True)
class TrainingConfig:
    """How it is trained.

    Attributes:
        steps: the budget in steps; 0 if it is in minutes.
        minutes: the budget in minutes, validation and checkpoints with it, without what comes before the first step;
            the last validation comes on top. 0 if it is in steps.
        epochs: points of the curve: as often the network is judged on the validation list and saved.
        learning_rate: of Adam, after the warm-up.
        warmup: share of the budget in which the learning rate rises from zero.
        decay_from: share of the budget after which it falls, along a cosine.
        final_rate: what it falls to, as a factor.
        clip_percentile: AutoClip's p: gradients are clipped at this percentile of their norms so far; 100 for never.
        precision: "32" (its products in TF32 on GPUs that have it) or "bf16-mixed", from which the losses are kept out.
        seed: of weights and dropout.
        stages: one after the other.
    """

    steps: int = 0
    minutes: float = 0.0
    epochs: int = 20
    learning_rate: float = 1e-3
    warmup: float = 0.02
    decay_from: float = 0.5
    final_rate: float = 0.02
    clip_percentile: float = 10.0
    precision: Literal["32", "bf16-mixed"] = "32"
    seed: int = 1
    stages: tuple[Stage, ...] = (Stage(),)

    def __post_init__(self) -> None:
        if (self.steps > 0) == (self.minutes > 0):
            given = f"here steps = {self.steps}, minutes = {self.minutes:g}"
            raise ValueError(f"a budget is steps or minutes, the other one 0; {given}")
        if not 0 <= self.seed < 2**31:
            raise ValueError("seed lies from 0 to 2147483647")
        if self.epochs < 1 or not self.stages:
            raise ValueError("epochs start at 1, and there is at least one stage")
        if self.steps < 0 or not 0 <= self.minutes < math.inf:
            raise ValueError("steps and minutes can't be below 0")
        if not 0 < self.learning_rate < math.inf or not 0 < self.final_rate <= 1:
            raise ValueError("learning_rate is above 0, final_rate above 0 and at most 1")
        if not 0 <= self.warmup < self.decay_from <= 1 or not 0 < self.clip_percentile <= 100:
            raise ValueError("warmup < decay_from <= 1, and clip_percentile lies between 0 and 100")


@dataclass(frozen=True)
class InferenceConfig:
    """From what the network says to masks.

    Attributes:
        head: "masks", "embeddings", or "" for masks where the network has them.
        soft: shares in clusters instead of the nearest cluster.
        beta: how sharp the shares are.
        restarts, iterations: of k-means.
        misi: rounds of phase reconstruction.
    """

    head: Literal["", "masks", "embeddings"] = ""
    soft: bool = True
    beta: float = 5.0
    restarts: int = 4
    iterations: int = 30
    misi: int = 0

    def __post_init__(self) -> None:
        if min(self.restarts, self.iterations) < 1 or self.misi < 0 or self.beta <= 0:
            raise ValueError("restarts and iterations start at 1, misi at 0, beta is above 0")


@dataclass(frozen=True)
class Reported:
    """A value that the paper reports."""

    metric: str
    value: float
    source: str
    unit: str = "dB"
    corpus: str = "wsj0-2mix"


@dataclass(frozen=True)
class MethodConfig:
    """What the experiment stands for: words for the run folder."""

    name: str = ""
    paper: str = ""
    row: str = ""
    equation: str = ""
    reported: tuple[Reported, ...] = ()


@dataclass(frozen=True)
class Config:
    """An experiment."""

    title: str
    summary: str = ""
    data: DataConfig = field(default_factory=DataConfig)
    signal: SignalConfig = field(default_factory=SignalConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=lambda: TrainingConfig(steps=1000))
    inference: InferenceConfig = field(default_factory=InferenceConfig)
    method: MethodConfig = field(default_factory=MethodConfig)

    def __post_init__(self) -> None:
        problems = []
        if self.network.frequencies != self.signal.frequencies:
            problems.append(
                f"network.frequencies is {self.network.frequencies}, signal has {self.signal.frequencies}"
            )
        if self.objective.clustering and not self.network.embedding:
            problems.append("objective.clustering needs network.embedding, for example 20")
        for head, loss in (("embedding", self.objective.clustering), ("masks", self.objective.masking)):
            if getattr(self.network, head) and not loss:
                problems.append(
                    f"network.{head} is there, but the objective trains nothing with it: set it to 0"
                )
        if self.objective.masking and self.network.masks != self.data.sources:
            problems.append(f"objective.masking needs network.masks = {self.data.sources}, one a source")
        if self.data.speech.sample_rate != self.signal.sample_rate:
            problems.append("data.speech.sample_rate and signal.sample_rate differ")
        wanted = {"masks": self.network.masks, "embeddings": self.network.embedding}
        if self.inference.head and not wanted[self.inference.head]:
            problems.append(f"inference.head = {self.inference.head!r}, but the network has no such head")
        if problems:
            raise ValueError("; ".join(problems))

    def as_dict(self) -> dict[str, Any]:
        """Every setting, as plain values."""
        return asdict(self)


# --- reading -------------------------------------------------------------------------------------------------


def shipped(folder: Path = SHIPPED) -> list[str]:
    """The names of the configurations that come with the package, or of what else does, in a folder of its own."""
    return sorted(p.stem for p in folder.glob("*.toml") if not p.stem.startswith("_"))


def load_config(name: str, settings: Sequence[str] = ()) -> Config:
    """A shipped configuration by its name, or any TOML file by its path, with `KEY.KEY=VALUE` settings over it.

    A file may begin with `extends = "name"`: the settings of that configuration hold where it says nothing else.

    Raises:
        ConfigError: there is no such configuration, or it can't be used.
    """
    tree: dict[str, Any] = {}
    for layer in (*read_layers(name, SHIPPED, "configuration"), *map(_parse_setting, settings)):
        tree = merged(tree, layer)
    try:
        return from_dict(tree)
    except ConfigError as error:
        problems = "\n  ".join(str(error).split("\n"))
        raise ConfigError(f"the configuration {name} can't be used:\n  {problems}") from None


def from_dict(tree: Mapping[str, Any]) -> Config:
    """A configuration from plain values.

    Raises:
        ConfigError: with every problem in it.
    """
    problems: list[str] = []
    config = build(Config, tree, "", problems)
    if problems:
        raise ConfigError("\n".join(problems))
    assert isinstance(config, Config)
    return config


def file_of(name: str, folder: Path, what: str, beside: Path = Path()) -> Path:
    """The TOML file that a name stands for: a shipped one in this folder, or a path beside another file.

    Raises:
        ConfigError: there is none; `what` is what it would be.
    """
    file = folder / f"{name}.toml"
    if name.endswith(".toml") or not file.is_file():
        file = beside / name
    if not file.is_file():
        known = shipped(folder)
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"shipped are {', '.join(known)}"
        raise ConfigError(f"there is no {what} {name!r}, neither shipped nor as a file; {hint}")
    return file


def read_layers(
    name: str, folder: Path, what: str, beside: Path = Path(), depth: int = 0
) -> list[dict[str, Any]]:
    """A TOML file as a tree, after those that it extends, the first of all first."""
    file = file_of(name, folder, what, beside)
    if depth > 5:
        raise ConfigError(f"{file}: such files extend each other in a circle")
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from None
    base = tree.pop("extends", None)
    return [*(read_layers(str(base), folder, what, file.parent, depth + 1) if base else []), tree]


def _parse_setting(setting: str) -> dict[str, Any]:
    key, equals, value = setting.partition("=")
    if not equals:
        raise ConfigError(f"{setting!r} is no setting; write for example training.steps=200")
    try:
        return tomllib.loads(f"{key.strip()} = {value}")
    except tomllib.TOMLDecodeError:
        try:
            return tomllib.loads(f"{key.strip()} = {_quoted(value)}")
        except tomllib.TOMLDecodeError:
            raise ConfigError(f"{setting!r} is no setting; write for example training.steps=200") from None


def _quoted(value: str) -> str:
    escaped = value.strip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One tree over another."""
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def build(kind: type[Any], tree: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    """An instance of a dataclass, or None with problems; `where` comes before the names in them."""
    known = {f.name: f for f in fields(kind)}
    hints = get_type_hints(kind)
    before = len(problems)
    problems.extend(_unknown(tree, known, where))
    problems.extend(
        f"{where}{name}: is missing" for name, f in known.items() if name not in tree and _required(f)
    )
    values = {
        name: _value(hints[name], tree[name], f"{where}{name}", problems) for name in known if name in tree
    }
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:
        problems.append(f"{where.rstrip('.') or 'all together'}: {error}")
        return None


def _unknown(tree: Mapping[str, Any], known: Mapping[str, Any], where: str) -> Iterator[str]:
    for name in tree:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            yield f"{where}{name}: no such setting; {hint}"


def _required(f: Field[Any]) -> bool:
    return f.default is MISSING and f.default_factory is MISSING


def _value(hint: Any, value: Any, where: str, problems: list[str]) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            return build(hint, value, f"{where}.", problems)
        problems.append(f"{where}: expected a table, [{where}]")
    elif get_origin(hint) is tuple:
        if isinstance(value, (list, tuple)):
            inner = get_args(hint)[0]
            return tuple(_value(inner, one, f"{where}[{at}]", problems) for at, one in enumerate(value))
        problems.append(f"{where}: expected a list")
    elif get_origin(hint) is dict:
        if isinstance(value, dict):
            inner = get_args(hint)[1]
            return {
                k: v if inner is Any else _value(inner, v, f"{where}.{k}", problems) for k, v in value.items()
            }
        problems.append(f"{where}: expected a table, [{where}]")
    elif get_origin(hint) is Literal:
        if value in get_args(hint) and isinstance(value, str):
            return value
        choices = ", ".join(repr(choice) for choice in get_args(hint))
        problems.append(f"{where}: {value!r} is not one of {choices}")
    elif type(value) in (int, float) and not abs(value) <= _LARGEST:
        problems.append(f"{where}: {str(value)[:30]} is too large, or no number")
    elif hint is float and type(value) in (int, float):
        return float(value)
    elif type(value) is hint:
        return value
    else:
        problems.append(f"{where}: expected {_SPOKEN[hint]}, for example {_SAMPLE[hint]}; it is {value!r}")
    return None


_LARGEST = 2**53  # up to which a float counts; also keeps nan and inf out
_SPOKEN = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
_SAMPLE = {int: "20", float: "0.5", str: '"text"', bool: "true"}
