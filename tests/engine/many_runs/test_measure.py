"""The metrics of all checkpoints of a run, and what they say of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from time import time
from typing import Any

import pytest

from engine import Explorer, GrokError, open_run, report
from engine.explorer.reading_check import ContradictedReading
from engine.explorer.run_metrics import EpochMetrics, RunMetricsSnapshot
from engine.explorer.training_phases import find_training_phases
from engine.many_runs import measure
from engine.many_runs.measure import measure_run, measured_from, measuring_steps
from engine.many_runs.rows import read_row
from engine.metrics.report import metrics_json


@pytest.fixture
def run_copy(tiny_run, tmp_path) -> Path:
    """An hour old copy of a native run."""
    copy = Path(shutil.copytree(tiny_run, tmp_path / "copy"))
    for path in (copy, *copy.rglob("*")):
        os.utime(path, (time() - 3600, time() - 3600))
    return copy


def snapshot(losses: list[float], accuracy: float | None) -> RunMetricsSnapshot:
    """Metrics of made-up checkpoints at epochs 0, 100, ...; the weights fall fast, then slowly."""
    weights = [100.0, 99.0, 90.0, 80.0, 40.0, 39.9]
    excluded = [5.0, 3.0, 1.0, 2.0, 3.0, 4.0]
    metrics = []
    for index, loss in enumerate(losses):
        content: dict[str, Any] = {
            "loss": {"all": loss, "train": 0.0, "test": loss},
            "accuracy": {"test": accuracy},
            "excluded_loss": {"3": {"train": 1.0}},
            "excluded_loss_all_key": {"train": excluded[index]},
            "sum_sq_weights": {"total": weights[index]},
            "attention": [[0.5]],
            "trig_loss": None,
        }
        metrics.append(EpochMetrics(100 * index, content, None))  # type: ignore[arg-type]
    return RunMetricsSnapshot(tuple(metrics), len(metrics))


LOSSES = [4.0, 8.0, 3.0, 1.0, 0.1, 0.01]


def test_the_epochs_are_those_of_the_phases() -> None:
    found = snapshot(LOSSES, 1.0)
    phases, measured = find_training_phases(found), measured_from(found, (3, 5))
    assert phases.memorisation is not None
    assert phases.circuit_formation is not None
    assert phases.cleanup is not None
    epochs = phases.memorisation.at, phases.circuit_formation.at, phases.cleanup.at
    assert (measured.memorised, measured.grokked, measured.cleaned_up) == epochs == (200, 300, 500)
    assert measured.key_frequencies == (3, 5)


@pytest.mark.parametrize("accuracy", [0.989, None])
def test_a_run_with_many_wrong_answers_has_not_grokked(accuracy: float | None) -> None:
    measured = measured_from(snapshot(LOSSES, accuracy), ())
    assert (measured.memorised, measured.grokked, measured.cleaned_up) == (200, None, None)


def test_the_final_numbers_have_their_path_in_the_report() -> None:
    assert measured_from(snapshot(LOSSES, 1.0), ()).final == {
        "loss.all": 0.01,
        "loss.train": 0.0,
        "loss.test": 0.01,
        "accuracy.test": 1.0,
        "excluded_loss_all_key.train": 4.0,
        "sum_sq_weights.total": 39.9,
        "trig_loss": None,
    }


def test_the_row_of_a_measured_run_has_the_numbers_of_its_report(run_copy, tmp_path) -> None:
    assert measure_run(run_copy, tmp_path / "cache")
    row = read_row(run_copy, tmp_path / "cache")
    assert row is not None
    assert row.measured is not None
    explorer = Explorer(open_run(run_copy))
    expected = metrics_json(report(explorer, 40, 40))
    assert row.measured.key_frequencies == explorer.keys(40)
    for path in ("loss.all", "accuracy.test", "trig_fraction.logits", "gini.W_E", "sum_sq_weights.total"):
        part, name = path.split(".")
        assert row.measured.final[path] == expected[part][name]  # type: ignore[index]
    assert row.test_accuracy == expected["accuracy"]["test"]  # type: ignore[index]


def test_a_run_without_recorded_losses_has_those_of_its_checkpoints(run_copy, tmp_path) -> None:
    (run_copy / "losses.csv").unlink()
    assert measure_run(run_copy, tmp_path / "cache")
    row = read_row(run_copy, tmp_path / "cache")
    assert row is not None
    assert row.losses.epochs == (0, 10, 20, 30, 40)
    assert row.test_loss == row.losses.test[-1] is not None


@pytest.mark.parametrize("name", ["A13/run", "A15/net.pt", "A27/hf"])
def test_runs_of_other_programs_are_measured(case, tmp_path, name) -> None:
    assert measure_run(case(name), tmp_path)
    row = read_row(case(name), tmp_path)
    assert row is not None
    assert row.measured is not None
    run = open_run(case(name))
    assert row.epoch == run.epochs[-1]
    expected = metrics_json(report(Explorer(run), run.epochs[-1], run.epochs[-1]))
    assert row.measured.final["loss.all"] == expected["loss"]["all"]  # type: ignore[index]


def test_only_what_is_missing_is_computed(run_copy, tmp_path, monkeypatch) -> None:
    assert list(measuring_steps(run_copy, tmp_path)) == [(done, 5) for done in (1, 2, 3, 4, 5)]
    monkeypatch.setattr(measure, "open_run", None)
    assert list(measuring_steps(run_copy, tmp_path)) == []


def test_measuring_can_be_stopped_and_goes_on_later(run_copy, tmp_path) -> None:
    answers = iter([False, False, True])
    assert not measure_run(run_copy, tmp_path / "cache", lambda: next(answers))
    row = read_row(run_copy, tmp_path / "cache")
    assert row is not None
    assert row.measured is None
    assert len(list((tmp_path / "cache" / "measures").iterdir())) == 2
    assert measure_run(run_copy, tmp_path / "cache")


def test_a_new_checkpoint_is_missing(run_copy, tmp_path) -> None:
    measure_run(run_copy, tmp_path)
    folder = run_copy / "checkpoints"
    shutil.copy(folder / "epoch-000030.safetensors", folder / "epoch-000050.safetensors")
    row = read_row(run_copy, tmp_path)
    assert row is not None
    assert row.measured is None


def test_a_run_without_weights_has_nothing_to_measure(tmp_path) -> None:
    (tmp_path / "losses.csv").write_text("epoch,train_loss,test_loss\n0,4.5,4.6\n10,3.5,4.7\n")
    assert measure_run(tmp_path, tmp_path / "cache")


def test_a_reading_that_recorded_losses_contradict_is_not_measured(case, tmp_path) -> None:
    copy = Path(shutil.copytree(case("A01"), tmp_path / "run"))
    (copy / "grok-tui.toml").write_text('operation = "add"\n')
    with pytest.raises(ContradictedReading):
        measure_run(copy, tmp_path / "cache")


def test_what_cannot_be_measured_says_why(tmp_path) -> None:
    with pytest.raises(GrokError, match="contains no run"):
        measure_run(tmp_path, None)
