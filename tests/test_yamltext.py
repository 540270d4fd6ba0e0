"""YAML 1.2 scalars with their places; nothing that a text can hold makes it fail without a fault."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.config import Config
from coursekit.model import Place
from coursekit.schema import PresentationMeta, validate
from coursekit.yamltext import YamlFault, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("010", 10), ("0o14", "0o14"), ("1:30", "1:30"), ("1_000", "1_000"),
        ("12", 12), ("-3", -3), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("~", None), ("", None), ("null", None), ("2020-04-08", "2020-04-08"),
        ('"no"', "no"), ("'12'", "12"), ("NO", "NO"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    assert read_yaml(f"key: {text}").plain() == {"key": value}


def test_places_count_from_one_and_follow_the_file() -> None:
    node = read_yaml("a: 1\nlist:\n  - {b: x}\n  - c\n", first_line=2)
    assert node.locate(("a",)) == Place(2, 4)
    assert node.locate(("list", 0, "b")) == Place(4, 9)
    assert node.locate(("list", 0, "b"), key=True) == Place(4, 6)
    assert node.locate(("list", 1)) == Place(5, 5)
    assert node.locate(("missing",)) == Place(2, 1)


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        ("a: &x 1\nb: *x", "yaml-alias", 1, 4), ("a: 1\nb: 2\na: 3", "yaml-duplicate-key", 3, 1), ("a: [1, 2", "yaml-syntax", 1, 4), ("a: b: c", "yaml-syntax", 1, 5),
        ("a: !!python/object:os.system x", "yaml-syntax", 1, 4), ("a: 1\n---\nb: 2", "yaml-syntax", 2, 1), ("? [a]\n: b", "yaml-syntax", 1, 3), ("\ta: 1", "yaml-syntax", 1, 1),
    ],
)  # fmt: skip
def test_what_is_refused_has_its_place(text: str, rule: str, line: int, column: int) -> None:
    with pytest.raises(YamlFault) as caught:
        read_yaml(text)
    fault = caught.value.fault
    assert (fault.rule, fault.place) == (rule, Place(line, column))


def test_billion_laughs_and_deep_nesting_end_at_once() -> None:
    laughs = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    for text in (laughs, "[" * 100_000, "{a: " * 50_000, "a" * 300_000, "- " * 100_000):
        start = time.process_time()
        with pytest.raises(YamlFault):
            read_yaml(text)
        assert time.process_time() - start < 2


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_value_or_a_fault(text: str) -> None:
    try:
        node = read_yaml(text)
    except YamlFault as error:
        assert error.fault.message and error.fault.place.line >= 1
        return
    validate(node, PresentationMeta)
    validate(node, Config)


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20
)  # control characters end as a fault
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
@settings(max_examples=200, deadline=None)
def test_json_reads_as_itself(value: Any) -> None:
    try:
        assert read_yaml(json.dumps(value, ensure_ascii=False)).plain() == value
    except YamlFault as error:
        # YAML takes some keys (none at all, over 1024 characters) that JSON writes otherwise
        assert error.fault.rule == "yaml-syntax"


@given(
    st.dictionaries(st.sampled_from([*PresentationMeta.model_fields, "titel", "paper"]), _VALUES, max_size=6)
)
@settings(max_examples=200, deadline=None)
def test_every_wrong_front_matter_is_told_with_places(value: dict[str, Any]) -> None:
    node = read_yaml(json.dumps(value, ensure_ascii=False))
    record, faults = validate(node, PresentationMeta)
    assert (record is None) == bool(faults)
    assert all(
        fault.message and fault.rule in {"meta-key-unknown", "meta-key-missing", "meta-value"}
        for fault in faults
    )
    assert {fault.message for fault in faults} >= {
        f"unknown key `{key}`" for key in value if key in {"titel", "paper"}
    }
