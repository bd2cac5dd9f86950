"""The native run: what is written is read back, and damage is found."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from engine.errors import RunNotReady, UnreadableRun
from engine.networks.config import InvalidConfig
from engine.networks.split import Split, random_seed_split
from engine.networks.training_config import TrainingConfig
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import recorded_settings, write_checkpoint, write_run
from engine.runs.open_run import open_run
from tests.engine.runs.other_files import pipe

TRAINING = TrainingConfig(epochs=100)


@pytest.fixture
def written(tmp_path, tiny_config, random_weights):
    """A native run of epochs 0 and 100."""
    split = Split(random_seed_split(7, 0, 14), "random.seed", 0)
    write_run(tmp_path / "run", tiny_config, split, TRAINING)
    for epoch in (0, 100):
        write_checkpoint(tmp_path / "run", epoch, random_weights(tiny_config, epoch), torch.float32)
    append_losses(tmp_path / "run", [(0, 2.0, 3.0), (50, 1.0, None), (100, 0.5, 1.5)])
    return tmp_path / "run"


def test_a_run_is_read_back(written, tiny_config, random_weights):
    run = open_run(written)
    assert (run.container, run.config, run.epochs, run.warnings) == ("native", tiny_config, (0, 100), ())
    assert run.split is not None
    assert (run.split.train == random_seed_split(7, 0, 14)).all()
    assert run.losses is not None
    assert run.losses.at(50) == (1.0, None)
    assert run.training["epochs"] == 100
    for name, tensor in random_weights(tiny_config, 100).items():
        assert torch.equal(getattr(run.weights(100), name), tensor)


def test_recorded_settings(written, tiny_config):
    assert recorded_settings(written) == (tiny_config, TRAINING)


def test_the_path_of_run_json_opens_the_run(written):
    assert open_run(written / "run.json").epochs == (0, 100)


def test_overrides_must_agree_with_run_json(written):
    assert open_run(written, p=7, prompt="x y =", act_fn="relu").config.p == 7
    with pytest.raises(InvalidConfig, match="records p = 7; --p 11 conflicts with it"):
        open_run(written, p=11)


def test_a_run_that_subtracts_records_it(subtracting_run):
    assert json.loads((subtracting_run / "run.json").read_text())["model"]["operation"] == "subtract"
    assert open_run(subtracting_run).config.operation == "subtract"


def test_a_damaged_last_checkpoint_is_skipped(written):
    last = written / "checkpoints" / "epoch-000100.safetensors"
    last.write_bytes(last.read_bytes()[:-9])
    run = open_run(written)
    assert run.epochs == (0,)
    assert "epoch-000100.safetensors is damaged or truncated" in run.warnings[0]


def test_of_two_files_of_an_epoch_the_later_by_name_is_used(native):
    checkpoints = native / "checkpoints"
    shutil.copy(checkpoints / "epoch-000000.safetensors", checkpoints / "epoch-10.safetensors")
    run = open_run(native)
    assert run.epochs == (0, 10, 20, 30, 40)
    assert "epoch-000010.safetensors was skipped" in run.warnings[0]
    assert torch.equal(run.weights(10).W_E, run.weights(0).W_E)


@pytest.mark.parametrize("name", ["run.json", "losses.csv"])
def test_a_pipe_in_place_of_a_file_does_not_block(written, name):
    (written / name).unlink()
    pipe(written / name)
    with pytest.raises(UnreadableRun, match="is a pipe, expected a file"):
        open_run(written)


def test_a_run_without_a_checkpoint_is_not_ready(written):
    for file in (written / "checkpoints").iterdir():
        file.unlink()
    with pytest.raises(RunNotReady, match="contains no checkpoint; expected epoch-000000"):
        open_run(written)
