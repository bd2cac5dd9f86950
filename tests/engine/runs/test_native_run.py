"""The native run: what is written is read back, and a run.json that lies is caught."""

from __future__ import annotations

import json
import os

import pytest
import torch

from engine.errors import UnreadableRun
from engine.networks.config import InvalidConfig, TrainingConfig
from engine.networks.split import Split, random_seed_split
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import write_checkpoint, write_run
from engine.runs.open_run import open_run


@pytest.fixture
def native(tmp_path, tiny_config, random_weights):
    """A native run of epochs 0 and 100."""
    split = Split(random_seed_split(7, 0, 14), "random.seed", 0)
    write_run(tmp_path / "run", tiny_config, split, TrainingConfig(epochs=100))
    for epoch in (0, 100):
        write_checkpoint(tmp_path / "run", epoch, random_weights(tiny_config, epoch), torch.float32)
    append_losses(tmp_path / "run", [(0, 2.0, 3.0), (50, 1.0, None), (100, 0.5, 1.5)])
    return tmp_path / "run"


def test_what_is_written_is_read(native, tiny_config, random_weights):
    run = open_run(native)
    assert (run.container, run.config, run.epochs, run.warnings) == ("native", tiny_config, (0, 100), ())
    assert run.split is not None
    assert (run.split.train == random_seed_split(7, 0, 14)).all()
    assert run.losses is not None
    assert run.losses.at(50) == (1.0, None)
    assert run.training["epochs"] == 100
    for name, tensor in random_weights(tiny_config, 100).items():
        assert torch.equal(getattr(run.weights(100), name), tensor)


def test_its_run_json_names_it_too(native):
    assert open_run(native / "run.json").epochs == (0, 100)


def test_telling_it_something_else_is_refused(native):
    assert open_run(native, p=7, prompt="x y =", act_fn="relu").config.p == 7
    with pytest.raises(InvalidConfig, match="records p = 7; --p 11 conflicts with it"):
        open_run(native, p=11)


def test_a_run_that_does_not_say_what_it_learned_adds(native):
    described = json.loads((native / "run.json").read_text())
    assert described["model"].pop("operation") == "add"
    (native / "run.json").write_text(json.dumps(described))
    assert open_run(native).config.operation == "add"


def test_a_run_that_subtracts_says_so(subtracting_run):
    assert json.loads((subtracting_run / "run.json").read_text())["model"]["operation"] == "subtract"
    assert open_run(subtracting_run).config.operation == "subtract"
    with pytest.raises(InvalidConfig, match="records operation = subtract; --operation add conflicts with it"):
        open_run(subtracting_run, operation="add")


def test_a_damaged_last_checkpoint_is_left_out(native):
    last = native / "checkpoints" / "epoch-000100.safetensors"
    last.write_bytes(last.read_bytes()[:-9])
    run = open_run(native)
    assert run.epochs == (0,)
    assert "epoch-000100.safetensors is damaged or truncated" in run.warnings[0]


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("model", "d_mlp"), 64, "has shape .* expected .*64"),
        (("model", "p"), 10**9, "d_vocab must be at least p = 1000000000; found 8"),
        (("model", "p"), "7", "p must be a whole number"),
        (("model", "p"), 7.0, "p must be a whole number"),
        (("model", "prompt"), "a b", "consists of x, y, op"),
        (("model", "prompt"), 3, "run.json is invalid"),
        (("model", "operation"), "multiply", "operation must be one of add, subtract; found 'multiply'"),
        (("model", "operation"), ["add"], "run.json is invalid"),
        (("model", "extra"), 3, "run.json is invalid"),
        (("model",), [1, 2], "run.json is invalid"),
        (("split", "n_train"), 10**6, "n_train must be between 1 and 48"),
        (("split", "n_train"), "all", "run.json is invalid"),
        (("split", "seed"), {}, "run.json is invalid"),
        (("split",), {"source": "file", "train_indices": [99]}, "run.json is invalid"),
        (("split",), {"source": "file", "train_indices": [-1]}, "found -1"),
        (("split",), {"source": "file"}, "'train_indices' is missing"),
        (("split",), "yes", "run.json is invalid"),
        (("format",), "other", "not the run.json of a grok-tui run"),
        (("format_version",), 99, "format version 99"),
    ],
)
def test_a_run_json_that_lies_is_caught(native, place, value, sentence):
    described = json.loads((native / "run.json").read_text())
    inner = described
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (native / "run.json").write_text(json.dumps(described))
    with pytest.raises(UnreadableRun, match=sentence):
        open_run(native)


@pytest.mark.parametrize(
    ("p", "sentence"),
    [(1000, r"W_E has shape \[8, 8\]; expected \[1001, 8\]"), (10**9, "p must be at most 1,024; found 1,000,000,000")],
)
def test_a_claimed_p_with_tokens_to_match_is_caught(native, p, sentence):
    described = json.loads((native / "run.json").read_text())
    described["model"] |= {"p": p, "d_vocab": p + 1, "d_vocab_out": p + 1}
    (native / "run.json").write_text(json.dumps(described))
    with pytest.raises(UnreadableRun, match=sentence):
        open_run(native)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\x00"])
def test_a_run_json_that_is_none_is_told(native, text):
    (native / "run.json").write_text(text)
    with pytest.raises(UnreadableRun, match=r"run.json (is not valid JSON|contains a list)"):
        open_run(native)


@pytest.mark.parametrize("name", ["run.json", "losses.csv"])
def test_a_pipe_for_a_file_does_not_hang(native, name):
    (native / name).unlink()
    os.mkfifo(native / name)
    with pytest.raises(UnreadableRun, match="is a pipe, expected a file"):
        open_run(native)
