"""What a run leaves behind must be enough to check it."""

from __future__ import annotations

import json

import torch

from quickstart.machine import Facts
from quickstart.record import run_record, score_rows

CORRECT = {1: torch.tensor([1.0, 0.0, 1.0]), 2: torch.tensor([1.0, 1.0, 1.0])}  # 2 seeds, 3 test images
FACTS = Facts(
    command="python -m quickstart.experiment",
    commit="1" * 40,
    dirty=False,
    processor="Example 3000",
    software={"python": "3.12.1", "torch": "2.5.0"},
    started="2020-04-12T18:30:00+00:00",
    seconds=2.5,
)


def record() -> dict:
    return run_record(
        "Linear softmax",
        {"name": "linear", "hidden": 0},
        data="digits",
        splits={"train": 6, "valid": 2, "test": 3},
        seeds=[1, 2],
        facts=FACTS,
    )


def test_every_image_has_a_row_for_every_seed() -> None:
    rows = score_rows(CORRECT)
    pairs = {(row["item"], row["seed"]) for row in rows}
    assert len(rows) == len(pairs) == 6, "3 images and 2 seeds make 6 rows"


def test_an_image_has_one_name_for_all_seeds() -> None:
    items = {row["item"] for row in score_rows(CORRECT)}
    assert items == {"test-0000", "test-0001", "test-0002"}, (
        "the name is the image's; the seed has its own column"
    )


def test_the_accuracy_follows_from_the_rows() -> None:
    first = [row["accuracy"] for row in score_rows(CORRECT) if row["seed"] == 1]
    assert first == [1, 0, 1], "a row says 1 for right and 0 for wrong, in the order of the images"


def test_rows_have_the_columns_that_the_site_reads() -> None:
    columns = list(score_rows(CORRECT)[0])
    assert columns == ["item", "source", "seed", "group", "estimator", "accuracy"], "in this order"


def test_a_record_says_what_was_run() -> None:
    found = record()
    assert (found["title"], found["method"]["name"]) == ("Linear softmax", "linear"), (
        "method.name is config['name']"
    )
    assert found["config"] == {"name": "linear", "hidden": 0}, "config holds every setting"
    assert found["seeds"] == [1, 2], "seeds are listed, not only counted"


def test_a_record_says_on_what_data() -> None:
    data = record()["data"]
    assert data["name"] == "digits"
    assert data["splits"]["test"] == {"items": 3}, "each split says how many images it has, as {items: …}"


def test_a_record_is_honest_about_its_machine() -> None:
    assert record()["device"] == {"kind": "cpu", "name": "Example 3000"}, (
        "it was trained on a processor: kind is cpu"
    )


def test_a_record_says_where_the_code_is() -> None:
    found = record()
    assert (found["commit"], found["dirty"]) == ("1" * 40, False), "as `facts` says it"
    assert found["command"] == "python -m quickstart.experiment", "the command that makes the run again"


def test_no_mean_is_written_by_hand() -> None:
    assert record()["metrics"] == [{"name": "accuracy", "better": "higher"}], (
        "`course run seal` adds the numbers"
    )


def test_a_record_can_be_written_as_json() -> None:
    found = record()
    assert json.loads(json.dumps(found)) == found, (
        "only text, numbers, lists and dicts: no tensors, no tuples"
    )
    assert (found["software"], found["seconds"]) == ({"python": "3.12.1", "torch": "2.5.0"}, 2.5), (
        "as `facts` says it"
    )
