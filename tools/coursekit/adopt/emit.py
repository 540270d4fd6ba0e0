"""YAML as people would write it, from plain values; every text that could be read as anything else is quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,.()/&+_-]*[A-Za-z0-9)]\Z|https?://[\w./?=&%+~-]+\Z")
_WORDS = frozenset("true false null yes no on off y n".split())


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 and 1.2 could disagree about."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = _PLAIN.match(value) and value.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


def _mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.MappingNode:
    """A reference has a line for each key: addresses need no quotes there."""
    return dumper.represent_mapping(
        "tag:yaml.org,2002:map", value.items(), flow_style=False if "url" in value else None
    )


class _Top(dict[str, Any]):
    """The outermost mapping, which has a line for each key whatever it holds."""


def _top(dumper: yaml.SafeDumper, value: _Top) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=False)


_Dumper.add_representer(_Top, _top)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)


def as_yaml(value: Any) -> str:
    """A value as YAML, its innermost lists and mappings on one line each, but for references."""
    return yaml.dump(
        _Top(value) if isinstance(value, dict) else value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=1_000_000,
        default_flow_style=None,
    )


def front_matter(values: Mapping[str, Any], comments: tuple[str, ...] = ()) -> str:
    """The `---` lines with what is given; what is empty is left out."""
    given = {key: value for key, value in values.items() if value not in (None, "", [], ())}
    said = "".join(f"# {comment}\n" for comment in comments)
    return f"---\n{as_yaml(given) if given else ''}{said}---\n"
