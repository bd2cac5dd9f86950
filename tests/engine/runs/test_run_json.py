"""`run.json`: settings are read back as written; an invalid file is rejected, whatever it contains."""

from __future__ import annotations

import json

import pytest

from engine.errors import UnreadableRun
from engine.networks.config import ModelConfig
from engine.networks.split import Split, random_seed_split, randperm_split
from engine.networks.training_config import SaveSchedule, TrainingConfig
from engine.runs.open_run import open_run
from engine.runs.run_json import (
    config_from_json,
    config_to_json,
    split_from_json,
    split_to_json,
    training_from_json,
    training_to_json,
)


def through_json(value: object) -> dict[str, object]:
    content: dict[str, object] = json.loads(json.dumps(value))
    return content


def test_config_and_training_are_read_back(tiny_config):
    training = TrainingConfig(epochs=7, save_every=SaveSchedule.parse("2"), betas=(0.5, 0.9))
    assert config_from_json(through_json(config_to_json(tiny_config))) == tiny_config
    assert training_from_json(through_json(training_to_json(training))) == training


@pytest.mark.parametrize(
    "split",
    [
        Split(random_seed_split(7, 3, 14), "random.seed", 3),
        Split(randperm_split(7, 3, 14), "torch.randperm", 3),
        Split(random_seed_split(7, 3, 14), "file"),
    ],
)
def test_a_split_is_read_back(split):
    assert (split_from_json(through_json(split_to_json(split)), 7).train == split.train).all()


def test_only_a_split_without_a_generator_is_listed_pair_by_pair():
    assert "train_indices" not in split_to_json(Split(random_seed_split(7, 3, 14), "random.seed", 3))
    assert "train_indices" in split_to_json(Split(random_seed_split(7, 3, 14), "file"))


def change(run, place: tuple[str, ...], value: object) -> None:
    """Set a value in the run.json of a run."""
    content = json.loads((run / "run.json").read_text())
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (run / "run.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("model", "d_mlp"), 64, "has shape .* expected .*64"),
        (("model", "d_mlp"), 10**4000, "largest token table|digits"),
        (("model", "p"), 10**9, "p must be at most 1,024; found 1,000,000,000"),
        (("model", "p"), "7", "p must be a whole number"),
        (("model", "p"), 7.0, "p must be a whole number"),
        (("model", "p"), True, "p must be a whole number"),
        (("model", "d_head"), None, "d_head must be a whole number"),
        (("model", "prompt"), "a b", "consists of x, y, op"),
        (("model", "prompt"), "x y " + "9" * 5000, "consists of x, y, op"),
        (("model", "prompt"), "x y " + "7 " * 100_000, "W_pos has shape|at most"),
        (("model", "prompt"), 3, "run.json is invalid"),
        (("model", "operation"), "power", "operation must be one of add, subtract, .*; found 'power'"),
        (("model", "operation"), "table", "'table' with p = 7 needs a table of 49 answers; found 0"),
        (("model", "table"), [0] * 49, "'add' with p = 7 needs a table of 0 answers; found 49"),
        (("model", "table"), "12", "needs a table of 0 answers; found 2"),
        (("model", "table"), 3, "run.json is invalid"),
        (("model", "operation"), ["add"], "run.json is invalid"),
        (("model", "act_fn"), ["relu"], "act_fn must be one of"),
        (("model", "extra"), 3, "run.json is invalid"),
        (("model",), [1, 2], "run.json is invalid"),
        (("split", "n_train"), 10**6, "n_train must be between 1 and 48"),
        (("split", "n_train"), "all", "run.json is invalid"),
        (("split", "seed"), {}, "the seed must be a whole number"),
        (("split", "seed"), None, "the seed must be a whole number"),
        (("split", "seed"), 1.5, "the seed must be a whole number"),
        (("split", "seed"), 10**30, "the seed must be a whole number"),
        (("split",), {"source": "file", "train_indices": [99]}, "a train index is x .* found 99"),
        (("split",), {"source": "file", "train_indices": [-1]}, "found -1"),
        (("split",), {"source": "file", "train_indices": [1.5]}, "found 1.5"),
        (("split",), {"source": "file", "train_indices": [10**30]}, "a train index is x"),
        (("split",), {"source": "file", "train_indices": {"0": 1}}, "found '0'"),
        (("split",), {"source": "file"}, "'train_indices' is missing"),
        (("split",), {"source": ["file"]}, "run.json is invalid"),
        (("split",), {"source": "\x1b[2J"}, "'train_indices' is missing"),
        (("split",), "yes", "run.json is invalid"),
        (("format",), "other", "not the run.json of a grok-tui run"),
        (("format_version",), 99, "format version 99"),
    ],
)
def test_an_invalid_value_is_rejected(native, place, value, message):
    change(native, place, value)
    with pytest.raises(UnreadableRun, match=message) as rejected:
        open_run(native)
    assert str(rejected.value).isprintable()
    assert len(str(rejected.value)) < 2100


@pytest.mark.parametrize("training", [[[[]]], {"epochs": 10**400}])
def test_training_settings_of_any_kind_are_accepted(native, training):
    change(native, ("training",), training)
    assert open_run(native).epochs == (0, 10, 20, 30, 40)


@pytest.mark.parametrize(
    ("p", "message"),
    [(1000, r"W_E has shape \[8, 8\]; expected \[1001, 8\]"), (10**9, "p must be at most 1,024; found 1,000,000,000")],
)
def test_p_must_match_the_tensors(native, p, message):
    """Before anything of size p^2 is allocated."""
    for name, value in {"p": p, "d_vocab": p + 1, "d_vocab_out": p + 1}.items():
        change(native, ("model", name), value)
    with pytest.raises(UnreadableRun, match=message):
        open_run(native)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b"\x00",
        b"\xff\xfe{}",
        b'{"a":' * 10**5,
        b"9" * 5000,
        b"NaN",
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda content: repr(content[:8]),
)
def test_invalid_json_is_rejected(native, content):
    (native / "run.json").write_bytes(content)
    with pytest.raises(UnreadableRun, match=r"run\.json (is not valid JSON|contains a (list|float))"):
        open_run(native)


def test_a_run_without_an_operation_adds(native):
    content = json.loads((native / "run.json").read_text())
    assert content["model"].pop("operation") == "add"
    (native / "run.json").write_text(json.dumps(content))
    assert open_run(native).config.operation == "add"


def test_a_table_is_stored_row_by_row_and_only_for_the_operation_table() -> None:
    table = (0, 1, 2, 2, 0, 1, 1, 2, 0)
    config = ModelConfig.standard(p=3, operation="table", table=table)
    recorded = through_json(config_to_json(config))
    assert recorded["table"] == list(table)
    assert config_from_json(recorded) == config
    assert "table" not in config_to_json(ModelConfig.standard(p=3))
