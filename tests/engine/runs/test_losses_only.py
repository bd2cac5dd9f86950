"""A folder with losses and no checkpoints opens; whatever needs its weights says so."""

from __future__ import annotations

import copy
import os

import pytest
import torch

from engine.errors import NeedsWeights, RunNotReady, UnreadableRun
from engine.runs.convert import convert
from engine.runs.open_run import open_run
from engine.runs.refresh import lasting_warnings, refresh
from engine.runs.run_json import config_to_json
from engine.runs.unknown_config import UnknownConfig
from tests.losses_only import write_losses_only


@pytest.fixture
def folder(tmp_path):
    return write_losses_only(tmp_path / "run")


def test_its_epochs_are_those_of_the_losses(folder):
    run = open_run(folder)
    assert (run.name, run.container, run.has_weights, run.warnings) == ("run", "losses only", False, ())
    assert run.epochs == (0, 100, 200, 300, 400, 500)
    assert run.losses is not None
    assert run.losses.at(100) == (0.4, 12.0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: run.weights(100),
        lambda run: run.config.p,
        lambda run: run.config.task,
        lambda run: config_to_json(run.config),
        lambda run: convert(run, run.path.parent / "native"),
    ],
)
def test_what_needs_weights_says_so(folder, ask):
    with pytest.raises(NeedsWeights, match=r"^run has losses but no checkpoints; this needs weights\.$"):
        ask(open_run(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_it_grows_with_its_file(folder):
    run = open_run(folder)
    with (folder / "metrics.csv").open("a") as file:
        file.write("600,1e-6,0.01,1.0\n")
    grown = refresh(run)
    assert grown.epochs[-1] == 600
    assert grown.checkpoints[0] is run.checkpoints[0]
    assert refresh(grown) is grown


def test_checkpoints_that_arrive_later_are_announced(folder, state):
    run = open_run(folder)
    torch.save({"model": state}, folder / "step_100.pt")
    grown = refresh(run)
    assert grown.has_weights is False
    assert grown.warnings == (f"{folder} now contains checkpoints; reopen it.",)
    os.utime(folder / "step_100.pt", (1e9, 1e9))
    assert lasting_warnings(grown) == ()
    assert open_run(folder).epochs == (100,)


def test_a_folder_with_damaged_checkpoints_is_not_one_of_losses_only(folder):
    (folder / "step_100.pt").write_bytes(b"PK\x03\x04")
    with pytest.raises(UnreadableRun, match="damaged"):
        open_run(folder)


def test_a_folder_without_recognised_columns_is_no_run(tmp_path):
    (tmp_path / "metrics.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RunNotReady, match=r"contains no checkpoint, only metrics\.csv"):
        open_run(tmp_path)


def test_unknown_configs_are_equal_to_each_other_alone(tiny_config):
    config = UnknownConfig("run")
    assert config == UnknownConfig("other") == copy.copy(config)
    assert config != tiny_config
    assert hash(config) == hash(UnknownConfig("other"))
