"""Recorded losses contradict a wrong reading, and agree with the right one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine import Explorer, ModelConfig, Run, SaveSchedule, TrainingConfig, open_run, train


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A native run that has learned its train pairs."""
    path = tmp_path_factory.mktemp("runs") / "trained"
    config = ModelConfig.standard(p=7, d_model=16, n_heads=2, d_mlp=24)
    train(config, TrainingConfig(epochs=300, save_every=SaveSchedule.parse("300"), frac_train=0.6), path=path)
    return path


@pytest.fixture
def foreign(trained: Path, tmp_path: Path):
    """`foreign(**changes)`: the last checkpoint of the run as somebody else's file with its losses."""
    run = open_run(trained)
    weights = run.weights(300)
    scores = Explorer(run).summary(300).losses

    def write(**changes: object) -> Path:
        payload = {
            "model": {name: tensor for name, tensor in weights.items() if tensor.any()},
            "epoch": 300,
            "train_loss": scores.loss.train,
            "test_loss": scores.loss.test,
            "train_indices": torch.from_numpy(run.split.train).flatten().nonzero().flatten(),
            **changes,
        }
        torch.save({name: value for name, value in payload.items() if value is not None}, tmp_path / "run.pt")
        return tmp_path / "run.pt"

    return write


def check_of(path: Path, **settings):
    run: Run = open_run(path, **settings)
    return Explorer(run).reading_check


def test_the_right_reading_agrees(foreign) -> None:
    check = check_of(foreign())
    assert [value.name for value in check.values] == ["train loss", "test loss"]
    assert not check.contradictions
    assert check.sentence is None


def test_a_wrong_operation_is_contradicted_and_the_right_one_is_named(foreign) -> None:
    check = check_of(foreign(), operation="subtract")
    assert len(check.contradictions) >= 1
    assert "contradicts what it records: train loss" in check.sentence
    assert "with --operation add they agree" in check.sentence
    assert "--force-reading" in check.sentence


def test_wrong_losses_without_a_remedy(foreign) -> None:
    check = check_of(foreign(train_loss=1e-9, test_loss=1e-9))
    assert check.remedy is None
    assert "may differ; pass the right ones" in check.sentence


def test_losses_near_the_epoch_agree(foreign) -> None:
    """Trainers record the loss before or after the step of an epoch."""
    path = foreign()
    losses = torch.load(path)["train_loss"]
    lists = [10.0] * 299 + [losses, 10.0]
    assert not check_of(foreign(train_loss=None, test_loss=None, train_losses=lists)).contradictions


def test_half_precision_is_no_contradiction(foreign) -> None:
    state = {name: tensor.half() for name, tensor in torch.load(foreign())["model"].items()}
    assert not check_of(foreign(model=state)).contradictions


def test_without_a_split_the_mean_must_lie_between_both_losses(foreign) -> None:
    def check_without_split(**changes):
        return Explorer(open_run(foreign(train_indices=None, **changes)), no_split=True).reading_check

    assert not check_without_split().contradictions
    check = check_without_split(train_loss=1e-6, test_loss=1e-5)
    assert [value.name for value in check.contradictions] == ["loss of all pairs"]


def test_nothing_recorded_and_native_runs_have_no_check(foreign, trained) -> None:
    assert check_of(foreign(train_loss=None, test_loss=None)) is None
    assert check_of(trained) is None
