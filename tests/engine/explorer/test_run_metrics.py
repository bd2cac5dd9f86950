"""Metrics of whole runs: computed step by step, cached, recomputed when inputs change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import Explorer, open_run, parse_split, report
from engine.explorer import run_metrics
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.report import CheckpointMetrics, compute_metrics, metrics_json
from engine.networks.memory import NotEnoughMemory
from engine.networks.weights import Weights
from engine.runs.run import Checkpoint

FIELDS = ("frequency", "share", "variance_explained", "fraction_active")
NO_REPORT = json.dumps({"report": None, "neurons": {name: [] for name in FIELDS}}).encode()


@pytest.fixture
def run_copy(tiny_run, tmp_path) -> Path:
    """A copy of the tiny run that a test may change."""
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


@pytest.fixture
def computed(monkeypatch) -> list[int]:
    """The epochs whose metrics were computed, not read from the cache."""
    epochs: list[int] = []
    weights_of = CheckpointNetworks.weights_of_all_tokens
    loaded: list[int] = []

    def weights(networks: CheckpointNetworks, checkpoint: Checkpoint) -> Weights:
        loaded.append(checkpoint.epoch)
        return weights_of(networks, checkpoint)

    def compute(*arguments: object, **options: object) -> CheckpointMetrics:
        epochs.append(loaded[-1])
        return compute_metrics(*arguments, **options)

    monkeypatch.setattr(CheckpointNetworks, "weights_of_all_tokens", weights)
    monkeypatch.setattr("engine.metrics.report.compute_metrics", compute)
    return epochs


def complete(path: Path, cache: Path | None, reference: int = 40, **options) -> run_metrics.RunMetricsSnapshot:
    explorer = Explorer(open_run(path), cache=cache, **options)
    for _ in explorer.run_metrics(reference).steps():
        pass
    return explorer.run_metrics(reference).snapshot()


def test_metrics_are_computed_in_order_and_partial_results_are_available(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 3])
    live = explorer.run_metrics(40)
    assert (live.snapshot().epochs, live.snapshot().total, live.snapshot().complete) == ([], 5, False)
    steps = live.steps()
    assert [next(steps), next(steps)] == [0, 10]
    partial = live.snapshot()
    assert partial.epochs == [0, 10]
    assert not partial.complete
    assert live.snapshot() is partial  # nothing new: the same object
    assert list(steps) == [20, 30, 40]
    assert live.snapshot().complete
    assert partial.epochs == [0, 10]
    assert list(live.steps()) == []


def test_epoch_metrics_equal_the_report(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 3])
    for _ in explorer.run_metrics(40).steps():
        pass
    found = explorer.run_metrics(40).snapshot()
    expected = report(explorer, 20, 40, interventions=False)
    assert found.metrics[2].report == metrics_json(expected)
    assert found.metrics[2].neurons.frequency.tolist() == expected.neurons.frequency.tolist()
    assert found.series("loss", "test")[2] == expected.loss.test
    assert found.series("excluded_loss", "3", "train")[2] == expected.excluded_loss[3].train
    assert found.series("no", "such", "number") == [None] * 5


def test_epochs_without_enough_memory_are_retried(tiny_run, monkeypatch) -> None:
    def starved(*_, **__):
        raise NotEnoughMemory("There is no room for it now.")

    explorer = Explorer(open_run(tiny_run), keys=[1, 3])
    with monkeypatch.context() as patched:
        patched.setattr("engine.metrics.report.compute_metrics", starved)
        assert list(explorer.run_metrics(40).steps()) == list(explorer.epochs)
    assert explorer.run_metrics(40).failures == dict.fromkeys(explorer.epochs, "There is no room for it now.")
    assert not explorer.run_metrics(40).snapshot().complete
    assert list(explorer.run_metrics(40).steps()) == list(explorer.epochs)
    assert explorer.run_metrics(40).failures == {}
    assert explorer.run_metrics(40).snapshot().complete


def test_a_checkpoint_rewritten_meanwhile_has_consistent_metrics(run_copy, tmp_path) -> None:
    """Its folded network, norms and cache key come from a single read of the file."""
    explorer = Explorer(open_run(run_copy), keys=[1], cache=tmp_path / "cache")
    before = report(explorer, 20, 40)
    files = run_copy / "checkpoints"
    shutil.copy(files / "epoch-000000.safetensors", files / "epoch-000020.safetensors")
    assert report(explorer, 20, 40).sum_sq_weights == before.sum_sq_weights
    for _ in explorer.run_metrics(40).steps():
        pass
    epoch_metrics = explorer.run_metrics(40).snapshot().metrics[2].report
    assert epoch_metrics == metrics_json(report(explorer, 20, 40, interventions=False))
    reopened = complete(run_copy, tmp_path / "cache", keys=[1])
    assert reopened.metrics[2].report == reopened.metrics[0].report


def test_absent_values_are_none(tiny_run) -> None:
    found = complete(tiny_run, None, no_split=True)
    assert found.series("loss", "train") == [None] * 5
    assert all(value is not None for value in found.series("loss", "all"))


def test_cached_metrics_are_used_and_identical(tiny_run, tmp_path, computed) -> None:
    first = complete(tiny_run, tmp_path / "cache")
    assert computed == [0, 10, 20, 30, 40]
    second = complete(tiny_run, tmp_path / "cache")
    assert computed == [0, 10, 20, 30, 40]
    for before, after in zip(first.metrics, second.metrics, strict=True):
        assert before.epoch == after.epoch
        assert before.report == after.report
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(before.neurons, field), getattr(after.neurons, field))


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"report": {}, "neurons": {}}', NO_REPORT, b"null"]
)
def test_a_damaged_cache_file_is_recomputed_and_rewritten(tiny_run, tmp_path, computed, damage) -> None:
    cache = tmp_path / "cache"
    first = complete(tiny_run, cache)
    damaged = sorted(cache.iterdir())[0]
    original = damaged.read_bytes()
    damaged.write_bytes(damage)
    computed.clear()
    assert [m.report for m in complete(tiny_run, cache).metrics] == [m.report for m in first.metrics]
    assert len(computed) == 1
    assert damaged.read_bytes() == original


def test_a_cache_that_cannot_be_written_is_not_an_error(tiny_run, tmp_path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert complete(tiny_run, tmp_path / "file" / "cache").complete


@pytest.mark.parametrize(
    "options",
    [
        {"keys": [1, 2]},
        {"no_split": True},
        {"split": parse_split("random.seed:7", 7)},
        {"dtype": torch.float64},
    ],
    ids=["keys", "no split", "split", "dtype"],
)
def test_other_keys_split_or_dtype_are_computed_separately(tiny_run, tmp_path, computed, options) -> None:
    complete(tiny_run, tmp_path, keys=[1])
    computed.clear()
    complete(tiny_run, tmp_path, **{"keys": [1], **options})
    assert computed == [0, 10, 20, 30, 40]


def test_another_reference_epoch_with_the_same_keys_uses_the_cache(tiny_run, tmp_path, computed) -> None:
    complete(tiny_run, tmp_path, reference=40, keys=[1])
    computed.clear()
    complete(tiny_run, tmp_path, reference=20, keys=[1])
    assert computed == []


def test_a_changed_checkpoint_is_recomputed(run_copy, tmp_path, computed) -> None:
    complete(run_copy, tmp_path / "cache", keys=[1])
    computed.clear()
    path = run_copy / "checkpoints" / "epoch-000020.safetensors"
    tensors = load_file(path)
    tensors["W_in"][0, 0] += 1
    save_file(tensors, path)
    complete(run_copy, tmp_path / "cache", keys=[1])
    assert computed == [20]


def test_changed_definitions_are_recomputed(tiny_run, tmp_path, computed, monkeypatch) -> None:
    complete(tiny_run, tmp_path)
    computed.clear()
    monkeypatch.setattr(run_metrics, "DEFINITIONS_VERSION", run_metrics.DEFINITIONS_VERSION + 1)
    complete(tiny_run, tmp_path)
    assert len(computed) == 5


def test_a_damaged_checkpoint_is_skipped_and_reported(run_copy) -> None:
    path = run_copy / "checkpoints" / "epoch-000020.safetensors"
    path.write_bytes(path.read_bytes()[:200])
    explorer = Explorer(open_run(run_copy), keys=[1])
    live = explorer.run_metrics(40)
    epochs = list(live.steps())
    found = live.snapshot()
    assert found.epochs == [0, 10, 30, 40]
    assert found.complete
    assert epochs == [0, 10, 20, 30, 40]
    assert "000020" in live.failures[20]
    assert (found.total, found.failed) == (5, 1)
    assert list(live.steps()) == []
