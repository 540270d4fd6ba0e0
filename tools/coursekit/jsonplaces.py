"""JSON with the place of each key and value, as the same `Node`s that YAML gives.

Python's json says whether a text is JSON; the tokens are then read once more here, since json keeps no places.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect
from dataclasses import dataclass
from decimal import Decimal

from coursekit.model import Place
from coursekit.yamltext import Node, Scalar, YamlFault

MAX_DEPTH = 64
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_RULE = "json-syntax"
_LONGEST_NUMBER = 40
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON text as a tree with places; the lines are kept because the digits as written set the tolerance."""

    node: Node
    lines: tuple[str, ...] = ("",)

    def place(self, *path: int | str, key: bool = False) -> Place:
        """The place of the value at `path` (of its key, with `key`), or of the nearest thing above it."""
        return self.node.locate(path, key=key)

    def rounding(self, *path: int | str) -> float:
        """Half a unit of the last digit that is written there: 0.05 for 10.9, 0.5 for 11."""
        place = self.place(*path)
        found = NUMBER.match(self.lines[place.line - 1], place.column - 1)
        exponent = Decimal(found[0]).as_tuple().exponent if found else 0
        return 0.5 * 10.0 ** min(int(exponent), 0)


def read_json(data: bytes, name: str) -> Json:
    """The tree of a JSON file's bytes; `name` is how messages call the file.

    Raises:
        YamlFault: it is no JSON, or has what nobody can mean: a key twice, NaN, half a character.
    """
    try:
        text = data.decode("utf-8-sig")
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)  # is it JSON at all?
    except UnicodeDecodeError as error:
        place = Place(data[: error.start].count(b"\n") + 1)
        raise YamlFault(_RULE, f"{name} is not UTF-8", place) from None
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.colno)
        help = "JSON has double quotes, no comments and no comma after the last entry"
        raise YamlFault(_RULE, f"{name} is not JSON: {error.msg}", place, help) from None
    except RecursionError:
        raise _too_deep(Place()) from None
    return Json(_compose(text), tuple(text.split("\n")))


def _too_deep(place: Place) -> YamlFault:
    return YamlFault(_RULE, f"nested more than {MAX_DEPTH} levels deep", place)


def _compose(text: str) -> Node:
    """The tree of a text that is known to be JSON."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    root: list[Node] = []
    parents: list[Node] = [Node(root, Place())]
    key: tuple[str, Place] | None = None
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word in "]}":
            parents.pop()
        elif word not in ",:":
            line = bisect(starts, token.start())
            place = Place(line, token.start() - starts[line - 1] + 1)
            if isinstance(parents[-1].value, dict) and key is None:
                key = _key(word, parents[-1], place), place
                continue
            node = Node({} if word == "{" else [] if word == "[" else _scalar(word, place), place)
            _attach(parents[-1], key, node)
            key = None
            if word in "{[":
                parents.append(node)
            if len(parents) > MAX_DEPTH:
                raise _too_deep(place)
    return root[0]


def _attach(parent: Node, key: tuple[str, Place] | None, node: Node) -> None:
    if isinstance(parent.value, dict) and key:
        parent.value[key[0]], parent.keys[key[0]] = node, key[1]
    elif isinstance(parent.value, list):
        parent.value.append(node)


def _key(word: str, parent: Node, place: Place) -> str:
    key = str(_scalar(word, place))
    if key in parent.keys:
        first = parent.keys[key].line
        message = f"`{key}` stands here a second time (first in line {first})"
        raise YamlFault(_RULE, message, place, "keep one of the two")
    return key


def _scalar(word: str, place: Place) -> Scalar:
    if word.startswith('"'):
        text: str = json.loads(word)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise YamlFault(_RULE, "half of a surrogate pair is no character", place)
        return text
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    number = float(word) if len(word) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        help = "write null, or leave the key out, where nothing was measured"
        raise YamlFault(_RULE, f"`{word[:_LONGEST_NUMBER]}` is no finite number", place, help)
    return number if any(char in ".eE" for char in word) else int(word)
