"""Runs that are trained as one batch: equal to single runs to rounding, each with its own files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import GrokError, LockedRun, ModelConfig, SaveSchedule, TrainingConfig, open_run, train, train_packed
from engine.networks.pair_forward import pair_loss
from engine.runs.native_run import recorded_settings, write_run
from engine.runs.training_lock import training_lock
from engine.training.batch import Batch, BatchRun
from engine.training.plan import training_split
from engine.training.recorder import Trained
from engine.training.state import initial_state, read_state
from engine.training.trainer import learning_rate
from tests.soak.kill_training import require_same

CONFIG = ModelConfig.standard(p=11, d_model=16, n_heads=2, d_mlp=24)
TRAINING = TrainingConfig(epochs=200, save_every=SaveSchedule.parse("100"), frac_train=0.5)
SEEDS = [replace(TRAINING, seed=seed) for seed in range(3)]
VARIED = [
    replace(TRAINING, weight_decay=0.1),
    replace(TRAINING, seed=1, lr=3e-3, warmup_steps=0, test_every=7),
    replace(TRAINING, seed=2, betas=(0.8, 0.99), save_every=SaveSchedule.parse("50")),
]
FRACTIONS = [replace(TRAINING, seed=seed, frac_train=fraction) for seed, fraction in enumerate((0.3, 0.5, 0.8))]


def new_runs(folder: Path, trainings: Sequence[TrainingConfig], config: ModelConfig = CONFIG) -> list[Path]:
    paths = [folder / f"run-{number}" for number in range(len(trainings))]
    for path, training in zip(paths, trainings, strict=True):
        write_run(path, config, training_split(config, training), training)
    return paths


def assert_equals_single_run(path: Path, folder: Path, rtol: float = 1e-5) -> None:
    """The same epochs, losses and checkpoints, to rounding, as the run trained alone."""
    config, training = recorded_settings(path)
    train(config, replace(training, packed=None), path=folder / path.name)
    packed, single = open_run(path), open_run(folder / path.name)
    assert packed.epochs == single.epochs
    assert packed.losses is not None
    assert single.losses is not None
    for name in ("epochs", "train", "test"):
        np.testing.assert_allclose(getattr(packed.losses, name), getattr(single.losses, name), rtol=rtol)
    for epoch in packed.epochs:
        for name, tensor in packed.weights(epoch).items():
            torch.testing.assert_close(tensor, getattr(single.weights(epoch), name), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("trainings", [SEEDS, VARIED, FRACTIONS], ids=["seeds", "optimisers", "fractions"])
@pytest.mark.parametrize("act_fn", ["relu", "gelu"])
def test_200_epochs_equal_single_runs_to_rounding(tmp_path, trainings, act_fn) -> None:
    paths = new_runs(tmp_path, trainings, replace(CONFIG, act_fn=act_fn))
    outcomes = train_packed(paths)
    assert list(outcomes) == paths
    assert {outcome.ending for outcome in outcomes.values() if isinstance(outcome, Trained)} == {"epochs"}
    for path in paths:
        assert open_run(path).training["packed"] == 3
        assert_equals_single_run(path, tmp_path / "single")


def test_float64_runs_equal_single_ones_more_closely(tmp_path) -> None:
    for path in (paths := new_runs(tmp_path, [replace(training, dtype="float64") for training in VARIED])):
        assert not (path / "losses.csv").exists()
    train_packed(paths)
    for path in paths:
        assert_equals_single_run(path, tmp_path / "single", rtol=1e-10)


@pytest.mark.parametrize("cache_bytes", [1, 1 << 30], ids=["run by run", "all at once"])
def test_the_optimiser_of_a_batch_is_torchs_adamw(monkeypatch, cache_bytes) -> None:
    """Ten steps in float64 against autograd and one `torch.optim.AdamW` for each run."""
    monkeypatch.setattr("engine.networks.pair_step.step._CACHE_BYTES", cache_bytes)
    trainings = [replace(training, dtype="float64") for training in VARIED]
    states = [initial_state(CONFIG, training, "cpu") for training in trainings]
    splits = [training_split(CONFIG, training) for training in trainings]
    runs = [BatchRun(*run) for run in zip(trainings, splits, (state.tensors() for state in states), strict=True)]
    batch = Batch(CONFIG, runs, 0)
    for step in range(10):
        batch.train_losses()
        batch.step()
        for index, (training, state, split) in enumerate(zip(trainings, states, splits, strict=True)):
            state.optimiser.param_groups[0]["lr"] = learning_rate(training, step)
            pair_loss(state.parameters, CONFIG, *torch.from_numpy(split.train).nonzero().T).backward()
            state.optimiser.step()
            state.optimiser.zero_grad()
            for name, tensor in state.tensors().items():
                torch.testing.assert_close(batch.tensors(index)[name], tensor, rtol=1e-9, atol=1e-13)


def test_stopped_runs_continue_as_a_batch_or_alone(tmp_path) -> None:
    paths = new_runs(tmp_path, SEEDS)
    calls = iter(range(1000))
    outcomes = train_packed(paths, should_stop=lambda: next(calls) > 60)
    assert {outcome.ending for outcome in outcomes.values() if isinstance(outcome, Trained)} == {"stopped"}
    assert len({read_state(path).epoch for path in paths}) == 1
    config, training = recorded_settings(paths[0])
    assert training.packed == 3
    train(config, training, path=paths[0])
    outcomes = train_packed(paths)
    assert list(outcomes) == paths[1:]
    for path in paths:
        assert_equals_single_run(path, tmp_path / "single")


def test_runs_that_are_ahead_join_at_the_epoch_of_their_last_save(tmp_path) -> None:
    paths = new_runs(tmp_path, SEEDS)
    for path, stop in ((paths[1], 50), (paths[2], 120)):
        config, training = recorded_settings(path)
        calls = iter(range(1000))
        train(config, training, path=path, should_stop=lambda calls=calls, stop=stop: next(calls) == stop)
    steps = dict.fromkeys(paths, 0)
    outcomes = train_packed(paths, on_progress=lambda path, progress: steps.update({path: progress.steps}))
    assert list(steps.values()) == [200, 150, 80]
    assert len(outcomes) == 3
    for path in paths:
        assert_equals_single_run(path, tmp_path / "single")


def test_runs_that_end_leave_the_batch(tmp_path) -> None:
    """By their number of epochs, by their test loss, or because they diverge."""
    exact = replace(TRAINING, dtype="float64")
    easy = replace(exact, seed=1, frac_train=0.9, lr=5e-3, test_every=5)
    train(CONFIG, easy, path=tmp_path / "whole")
    losses = open_run(tmp_path / "whole").losses
    assert losses is not None
    threshold = (losses.test[0] + np.nanmin(losses.test)) / 2
    trainings = [
        replace(exact, epochs=120),
        replace(easy, stop_when=float(threshold)),
        replace(exact, seed=2, lr=1e30),
        replace(exact, seed=3),
    ]
    paths = new_runs(tmp_path, trainings)
    outcomes = train_packed(paths)
    endings = [outcome.ending if isinstance(outcome, Trained) else str(outcome) for outcome in map(outcomes.get, paths)]
    assert endings[:2] == ["epochs", "test_loss"]
    assert "training diverged" in endings[2]
    assert endings[3] == "epochs"
    for path in (paths[0], paths[1], paths[3]):
        assert_equals_single_run(path, tmp_path / "single")


def test_a_run_alone_of_its_shape_has_the_bytes_of_a_single_run(tmp_path) -> None:
    (alone,) = new_runs(tmp_path / "alone", [TRAINING], replace(CONFIG, d_mlp=20))
    paths = new_runs(tmp_path, SEEDS)
    assert len(train_packed([alone, *paths])) == 4
    config, training = recorded_settings(alone)
    train(config, training, path=tmp_path / "single")
    require_same(alone, tmp_path / "single")


def test_a_locked_run_and_one_without_settings_do_not_stop_the_others(tmp_path) -> None:
    paths = new_runs(tmp_path, SEEDS)
    with training_lock(paths[1]):
        outcomes = train_packed([*paths, tmp_path / "absent"])
    assert isinstance(outcomes[paths[1]], LockedRun)
    assert isinstance(outcomes[tmp_path / "absent"], GrokError)
    assert all(isinstance(outcomes[path], Trained) for path in (paths[0], paths[2]))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_batch_on_cuda_agrees_with_the_cpu(tmp_path) -> None:
    losses = []
    for device in ("cpu", "cuda"):
        paths = new_runs(tmp_path / device, FRACTIONS)
        train_packed(paths, device=device)
        losses.append([open_run(path).losses for path in paths])
    for cpu, cuda in zip(*losses, strict=True):
        np.testing.assert_allclose(cuda.train, cpu.train, rtol=1e-3)
