"""An extended run has the bytes of a run with the later end from the start; what cannot have them is refused."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from engine import GrokError, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from engine.runs.native_run import recorded_settings
from tests.engine.training.disk_faults import Death, dying_at
from tests.soak.kill_training import contents, require_same

CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
TRAINING = TrainingConfig(epochs=50, save_every=SaveSchedule.parse("20"), frac_train=0.9, test_every=7)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "run"
    train(CONFIG, TRAINING, path=path)
    return path


@pytest.mark.parametrize(
    "first",
    [
        0,
        5,  # within the warm-up, neither in the schedule nor a multiple of test_every
        20,  # in the schedule
        33,  # its checkpoint and its test loss are those of the end alone
        35,  # a multiple of test_every
        49,
    ],
)
def test_a_finished_run_is_extended_to_the_bytes_of_the_longer_run(tmp_path, whole, first) -> None:
    train(CONFIG, replace(TRAINING, epochs=first), path=tmp_path / "run")
    extended = train(CONFIG, TRAINING, path=tmp_path / "run")
    assert (extended.progress.epoch, extended.progress.steps) == (50, 50 - first)
    require_same(tmp_path / "run", whole)


def test_a_run_is_extended_again_and_again(tmp_path, whole) -> None:
    for epochs in (1, 2, 3, 21, 22, 50):
        train(CONFIG, replace(TRAINING, epochs=epochs), path=tmp_path / "run")
    require_same(tmp_path / "run", whole)


def test_a_stopped_run_is_extended(tmp_path, whole) -> None:
    epochs = iter(range(100))
    shorter = replace(TRAINING, epochs=40)
    assert train(CONFIG, shorter, path=tmp_path / "run", should_stop=lambda: next(epochs) == 13).ending == "stopped"
    train(CONFIG, TRAINING, path=tmp_path / "run")
    require_same(tmp_path / "run", whole)


@pytest.mark.parametrize("schedule", ["10:30,25", "7:45", "40:40,3", "1"])
def test_schedules_in_pieces_are_extended(tmp_path, schedule) -> None:
    training = replace(TRAINING, save_every=SaveSchedule.parse(schedule))
    train(CONFIG, training, path=tmp_path / "whole")
    train(CONFIG, replace(training, epochs=34), path=tmp_path / "run")
    train(CONFIG, training, path=tmp_path / "run")
    require_same(tmp_path / "run", tmp_path / "whole")


def test_float64_and_float16_checkpoints_are_extended(tmp_path) -> None:
    training = replace(TRAINING, dtype="float64", checkpoint_dtype="float16", warmup_steps=40)
    train(CONFIG, training, path=tmp_path / "whole")
    train(CONFIG, replace(training, epochs=33), path=tmp_path / "run")
    train(CONFIG, training, path=tmp_path / "run")
    require_same(tmp_path / "run", tmp_path / "whole")


@pytest.fixture(scope="module")
def falling(tmp_path_factory):
    """A run whose test loss falls, and its test losses by epoch in order of epochs."""
    path = tmp_path_factory.mktemp("falling") / "run"
    training = replace(TRAINING, epochs=400)
    train(CONFIG, training, path=path)
    losses = open_run(path).losses
    assert losses is not None
    tested = {int(losses.epochs[row]): float(losses.test[row]) for row in np.flatnonzero(~np.isnan(losses.test))}
    return training, tested


def thresholds(tested: dict[int, float]) -> tuple[float, int, float, int]:
    """Two thresholds, and the epochs at which they are reached first, neither of them in the schedule."""
    lowest = [epoch for epoch, loss in tested.items() if loss == min(tested[e] for e in tested if e <= epoch)]
    early, *_, late = (epoch for epoch in lowest if epoch % 20)
    return tested[early] * (1 + 1e-9), early, tested[late] * (1 + 1e-9), late


def test_a_smaller_stop_when_extends_a_run_that_reached_the_larger_one(tmp_path, falling) -> None:
    training, tested = falling
    larger, early, smaller, late = thresholds(tested)
    for name, ends in (("run", (larger, smaller)), ("whole", (smaller,))):
        for stop_when in ends:
            ended = train(CONFIG, replace(training, stop_when=stop_when), path=tmp_path / name)
    assert (ended.ending, ended.progress.epoch) == ("test_loss", late)
    assert early < late
    require_same(tmp_path / "run", tmp_path / "whole")


def test_without_stop_when_a_run_that_reached_it_goes_on_to_its_epochs(tmp_path, falling) -> None:
    training, tested = falling
    larger, *_ = thresholds(tested)
    train(CONFIG, replace(training, stop_when=larger), path=tmp_path / "run")
    train(CONFIG, training, path=tmp_path / "run")
    train(CONFIG, training, path=tmp_path / "whole")
    require_same(tmp_path / "run", tmp_path / "whole")


def test_a_stop_when_reached_exactly_at_the_last_save_ends_there_with_a_checkpoint(tmp_path, falling) -> None:
    training, tested = falling
    threshold, epoch, *_ = thresholds(tested)
    train(CONFIG, training, path=tmp_path / "run", should_stop=stop_at(epoch))
    assert epoch not in open_run(tmp_path / "run").epochs
    seen: list[int] = []
    settings = replace(training, stop_when=threshold)
    ended = train(CONFIG, settings, path=tmp_path / "run", on_checkpoint=lambda epoch, weights: seen.append(epoch))
    assert (ended.ending, seen) == ("test_loss", [epoch])
    train(CONFIG, settings, path=tmp_path / "whole")
    require_same(tmp_path / "run", tmp_path / "whole")


def stop_at(epoch: int):
    epochs = iter(range(epoch + 1))
    return lambda: next(epochs) == epoch


def test_a_stop_when_reached_before_the_last_save_is_refused(tmp_path, falling) -> None:
    training, tested = falling
    larger, early, *_ = thresholds(tested)
    train(CONFIG, training, path=tmp_path / "run")
    before = contents(tmp_path / "run")
    with pytest.raises(
        GrokError, match=rf"would have ended at epoch {early}, .* but it is trained to epoch 400; pass a"
    ):
        train(CONFIG, replace(training, stop_when=larger), path=tmp_path / "run")
    assert contents(tmp_path / "run") == before


def test_fewer_epochs_are_refused(tmp_path, whole) -> None:
    shutil.copytree(whole, tmp_path / "run")
    with pytest.raises(GrokError, match=r"other settings \(epochs: recorded 50, requested 40\)"):
        train(CONFIG, replace(TRAINING, epochs=40), path=tmp_path / "run")
    require_same(tmp_path / "run", whole)


def test_dying_at_every_call_that_changes_the_disk_during_an_extension(tmp_path, whole) -> None:
    """After each death, the same command, or the recorded settings alone, end in the bytes of the longer run."""
    train(CONFIG, replace(TRAINING, epochs=33), path=tmp_path / "finished")
    for call in count():
        path = tmp_path / str(call)
        shutil.copytree(tmp_path / "finished", path)
        try:
            with dying_at(call):
                train(CONFIG, TRAINING, path=path)
        except Death:
            open_run(path)
            with suppress(Death), dying_at(call % 7):
                train(*recorded_settings(path), path=path)
            train(CONFIG, TRAINING, path=path)
            require_same(path, whole)
        else:
            break
    assert call > 20


def test_a_run_that_died_at_any_call_is_extended(tmp_path, whole) -> None:
    for call in count():
        path, died = tmp_path / str(call), False
        try:
            with dying_at(call):
                train(CONFIG, replace(TRAINING, epochs=5), path=path)
        except Death:
            died = True
        train(CONFIG, TRAINING, path=path)
        require_same(path, whole)
        if not died:
            break
    assert call > 20


def test_an_extension_keeps_other_content_of_run_json(tmp_path) -> None:
    path = tmp_path / "run"
    train(CONFIG, replace(TRAINING, epochs=10), path=path)
    described = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**described, "note": "mine"}))
    train(CONFIG, replace(TRAINING, epochs=20), path=path)
    assert json.loads((path / "run.json").read_text()) == {
        **described,
        "training": {**described["training"], "epochs": 20},
        "note": "mine",
    }


def test_a_finished_run_without_its_resume_state_is_not_extended(tmp_path, whole) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole, path)
    (path / "resume.safetensors").unlink()
    before = contents(path)
    with pytest.raises(GrokError, match=r"has no resume.safetensors, so its training cannot be resumed"):
        train(CONFIG, replace(TRAINING, epochs=60), path=path)
    assert contents(path) == before
