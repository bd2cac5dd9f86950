"""The metrics of every checkpoint of a run: computed one checkpoint at a time, cached on disk, readable at any time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from engine.explorer.checkpoint_digest import digest_of
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.explorer.definitions import DEFINITIONS_VERSION
from engine.metrics.neuron_clusters import Neurons
from engine.networks.memory import NotEnoughMemory
from engine.networks.split import Split
from engine.runs.atomic_files import write_atomically
from engine.runs.run import Checkpoint, RecordedLosses, Run
from engine.runs.run_json import config_to_json

_FLOAT_FIELDS = ("share", "variance_explained", "fraction_active")
_NO_NEURONS = Neurons(np.zeros(0, dtype=np.int64), *(np.zeros(0) for _ in _FLOAT_FIELDS))


@dataclass(frozen=True, eq=False)
class EpochMetrics:
    """The metrics of one checkpoint.

    `report` is the output of `metrics_json` without what takes most of the time; `neurons` holds the values of each
    neuron. `right` is None where only losses were recorded.
    """

    epoch: int
    report: Mapping[str, Any]
    neurons: Neurons
    right: NDArray[np.bool_] | None = None  # [x, y]: of all tokens, whether the pair is answered right


@dataclass(frozen=True, eq=False)
class RunMetricsSnapshot:
    """The metrics computed so far, in order of epochs.

    `total` counts the checkpoints of the run, `failed` those that cannot be read.
    """

    metrics: tuple[EpochMetrics, ...]
    total: int
    failed: int = 0

    @property
    def complete(self) -> bool:
        """Whether every checkpoint is either computed or failed."""
        return len(self.metrics) + self.failed == self.total

    @property
    def epochs(self) -> list[int]:
        return [metrics.epoch for metrics in self.metrics]

    def series(self, *path: str) -> list[float | None]:
        """One number of the report over the epochs; None where it is absent.

        >>> snapshot = RunMetricsSnapshot((EpochMetrics(0, {"loss": {"all": 4.7, "test": None}}, None),), total=1)
        >>> snapshot.series("loss", "all"), snapshot.series("loss", "test"), snapshot.series("trig_loss", "all")
        ([4.7], [None], [None])
        """
        return [_value_at(metrics.report, path) for metrics in self.metrics]


def recorded_metrics(losses: RecordedLosses) -> RunMetricsSnapshot:
    """The recorded losses as metrics of the epochs that have a test loss, for a run without weights."""
    rows = zip(losses.epochs.tolist(), losses.train.tolist(), losses.test.tolist(), strict=True)
    metrics = tuple(
        EpochMetrics(epoch, {"loss": {"train": none_if_nan(train), "test": test}}, _NO_NEURONS)
        for epoch, train, test in rows
        if not isnan(test)
    )
    return RunMetricsSnapshot(metrics, total=len(metrics))


class RunMetrics:
    """Metrics of all checkpoints of a run, for one set of key frequencies and one split.

    The run may grow between steps: a new checkpoint, or one whose file was rewritten, counts as not computed yet.

    Args:
        networks: the networks of the run.
        keys: the key frequencies.
        split: the train/test split; None leaves the train and test values absent.
        cache: a folder for the results; a result is found again by the weights and all else it depends on. None
            caches in memory only.
    """

    def __init__(
        self, networks: CheckpointNetworks, keys: Sequence[int], split: Split | None, cache: Path | None = None
    ) -> None:
        self._networks = networks
        self._keys = keys
        self._split = split
        self._cache = cache
        self._results: dict[Checkpoint, EpochMetrics | str] = {}  # the metrics, or an error message
        self._out_of_memory: dict[int, str] = {}  # error messages by epoch; the next `steps` retries these
        self._latest = RunMetricsSnapshot((), 0)
        self._latest_state: tuple[int, Run] | None = None  # what `_latest` was built from: number of results, run

    @property
    def failures(self) -> dict[int, str]:
        """Error messages by epoch: the checkpoint is unreadable, or memory was short (retried by the next `steps`)."""
        return {**self._unreadable(), **self._out_of_memory}

    def snapshot(self) -> RunMetricsSnapshot:
        """The metrics computed so far; the same object until there is a new result."""
        state = len(self._results), self._networks.run
        if self._latest_state != state:
            metrics = tuple(result for _, result in self._by_epoch() if isinstance(result, EpochMetrics))
            self._latest = RunMetricsSnapshot(metrics, len(self._networks.run.checkpoints), len(self._unreadable()))
            self._latest_state = state
        return self._latest

    def steps(self) -> Iterator[int]:
        """Compute the missing metrics, one checkpoint a step; yields its epoch. Errors are recorded, not raised."""
        self._out_of_memory.clear()
        for checkpoint in self._networks.run.checkpoints:
            if checkpoint in self._results:
                continue
            try:
                self._results[checkpoint] = self._load_or_compute(checkpoint)
            except NotEnoughMemory as error:
                self._out_of_memory[checkpoint.epoch] = str(error)
            except Exception as error:
                self._results[checkpoint] = str(error) or type(error).__name__
            yield checkpoint.epoch

    def _unreadable(self) -> dict[int, str]:
        return {epoch: result for epoch, result in self._by_epoch() if isinstance(result, str)}

    def _by_epoch(self) -> Iterator[tuple[int, EpochMetrics | str]]:
        for checkpoint in self._networks.run.checkpoints:
            if checkpoint in self._results:
                yield checkpoint.epoch, self._results[checkpoint]

    def _load_or_compute(self, checkpoint: Checkpoint) -> EpochMetrics:
        path = None if self._cache is None else self._cache / f"{self._cache_key(checkpoint)}.json"
        if path is not None and (cached := _read_cached(path, checkpoint.epoch)) is not None:
            return cached
        from engine.metrics.report import compute_metrics, metrics_json

        weights = self._networks.weights_of_all_tokens(checkpoint)
        network, in_order = self._networks.network_of_all_tokens(checkpoint), self._networks.network(checkpoint)
        computed = compute_metrics(weights, network, self._keys, self._split, in_order=in_order, interventions=False)
        metrics = EpochMetrics(checkpoint.epoch, metrics_json(computed), computed.neurons, computed.right)
        if path is not None:
            _write_cached(path, metrics)
        return metrics

    def _cache_key(self, checkpoint: Checkpoint) -> str:
        """Digest of everything that the metrics depend on: weights, config, key frequencies, split, definitions."""
        split = None if self._split is None else hashlib.sha256(self._split.train.tobytes()).hexdigest()
        return checkpoint_digest(self._networks, checkpoint, {"keys": list(self._keys), "split": split})


def checkpoint_digest(networks: CheckpointNetworks, checkpoint: Checkpoint, settings: Mapping[str, object]) -> str:
    """Digest of what results of a checkpoint depend on: weights, config, dtype, definitions, and these settings."""
    every = {
        "definitions": DEFINITIONS_VERSION,
        "config": config_to_json(networks.run.config),
        "dtype": str(networks.dtype),
        **settings,
    }
    return digest_of(networks.stored_weights(checkpoint), every)


def _value_at(report: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = report
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value


def _read_cached(path: Path, epoch: int) -> EpochMetrics | None:
    """The metrics in a file of the cache; None if the file is absent or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        report, values = content["report"], content["neurons"]
        if not isinstance(report, dict):
            return None
        floats = {name: np.array(values[name], dtype=np.float64) for name in _FLOAT_FIELDS}  # null becomes NaN
        right = _unpacked(content["right"], content["p"])
        return EpochMetrics(epoch, report, Neurons(np.array(values["frequency"]), **floats), right)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _unpacked(text: str, p: int) -> NDArray[np.bool_]:
    """The grid [x, y] that was packed into bits."""
    bits = np.unpackbits(np.frombuffer(base64.b64decode(text), dtype=np.uint8), count=p * p)
    return bits.reshape(p, p).astype(bool)


def _write_cached(path: Path, metrics: EpochMetrics) -> None:
    """Write metrics to the cache. Best effort: a cache that cannot be written is not an error."""
    floats = {name: list(map(none_if_nan, getattr(metrics.neurons, name).tolist())) for name in _FLOAT_FIELDS}
    neurons = {"frequency": metrics.neurons.frequency.tolist(), **floats}
    assert metrics.right is not None
    content = {
        "report": metrics.report,
        "neurons": neurons,
        "p": len(metrics.right),
        "right": base64.b64encode(np.packbits(metrics.right).tobytes()).decode(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(content).encode())
    except OSError:
        return
