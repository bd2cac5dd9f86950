"""The measures of every checkpoint of a run: computed one by one, kept on disk, there as far as they have come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.neuron_clusters import Neurons
from engine.metrics.report import compute_metrics, metrics_json
from engine.networks.memory import NotEnoughMemory
from engine.networks.split import Split
from engine.runs.atomic_files import write_atomically
from engine.runs.run import Checkpoint, Run
from engine.runs.run_json import config_to_json

# Counts up whenever a definition changes: what older definitions gave is then computed anew.
DEFINITIONS_VERSION = 3


@dataclass(frozen=True, eq=False)
class EpochMetrics:
    """One checkpoint's numbers: `report` as `metrics_json` gives it, without interventions; its neurons one by one."""

    epoch: int
    report: Mapping[str, Any]
    neurons: Neurons


@dataclass(frozen=True, eq=False)
class RunMetricsSnapshot:
    """What is measured by now, in order of epochs, out of how many checkpoints; `failed` of them cannot be read."""

    metrics: tuple[EpochMetrics, ...]
    total: int
    failed: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing more will come."""
        return len(self.metrics) + self.failed == self.total

    @property
    def epochs(self) -> list[int]:
        return [one.epoch for one in self.metrics]

    def series(self, *path: str) -> list[float | None]:
        """One number of the report over the epochs, `series("trig_loss", "all")`; None where it is absent."""
        values: list[float | None] = []
        for one in self.metrics:
            value: Any = one.report
            for name in path:
                value = None if value is None else value.get(name)
            values.append(value)
        return values


class RunMetrics:
    """Measures of all checkpoints by one set of key frequencies and one split.

    The run may grow meanwhile: a checkpoint that comes, or whose file is written anew, is one that is missing.
    `cache` is a folder where measures are kept, by the content of the checkpoint and all that they depend on; None
    keeps them in memory alone.
    """

    def __init__(
        self, networks: CheckpointNetworks, keys: Sequence[int], split: Split | None, cache: Path | None = None
    ) -> None:
        self._networks = networks
        self._keys = keys
        self._split = split
        self._cache = cache
        self._found: dict[Checkpoint, EpochMetrics | str] = {}  # a sentence where it cannot be read
        self._postponed: dict[int, str] = {}  # epochs that are tried again when steps are taken anew, and why
        self._told_of: tuple[int, Run] | None = None
        self._latest = RunMetricsSnapshot((), 0)

    @property
    def failures(self) -> dict[int, str]:
        """Why checkpoints were passed over, by epoch: they cannot be read, or there was no memory for them."""
        return {**self._damaged(), **self._postponed}

    def snapshot(self) -> RunMetricsSnapshot:
        """What is measured by now; the same object as before while nothing new has come."""
        run = self._networks.run
        if self._told_of != (len(self._found), run):
            measures = tuple(found for _, found in self._by_epoch() if isinstance(found, EpochMetrics))
            self._latest = RunMetricsSnapshot(measures, len(run.checkpoints), len(self._damaged()))
            self._told_of = len(self._found), run
        return self._latest

    def _damaged(self) -> dict[int, str]:
        return {epoch: found for epoch, found in self._by_epoch() if isinstance(found, str)}

    def _by_epoch(self) -> Iterator[tuple[int, EpochMetrics | str]]:
        for checkpoint in self._networks.run.checkpoints:
            if checkpoint in self._found:
                yield checkpoint.epoch, self._found[checkpoint]

    def steps(self) -> Iterator[int]:
        """Measure what is missing, one checkpoint a step; yields its epoch. A damaged checkpoint is passed over."""
        self._postponed.clear()
        for checkpoint in self._networks.run.checkpoints:
            if checkpoint in self._found:
                continue
            try:
                self._found[checkpoint] = self._compute(checkpoint)
            except NotEnoughMemory as error:
                self._postponed[checkpoint.epoch] = str(error)
            except Exception as error:
                self._found[checkpoint] = str(error) or type(error).__name__
            yield checkpoint.epoch

    def _compute(self, checkpoint: Checkpoint) -> EpochMetrics:
        path = None if self._cache is None else self._cache / f"{self._cache_key(checkpoint)}.json"
        if (cached := _read(path, checkpoint.epoch)) is not None:
            return cached
        weights, folded = self._networks.weights(checkpoint), self._networks.folded(checkpoint)
        computed = compute_metrics(weights, folded, self._keys, self._split, interventions=False)
        metrics = EpochMetrics(checkpoint.epoch, metrics_json(computed), computed.neurons)
        if path is not None:
            _write(path, metrics)
        return metrics

    def _cache_key(self, checkpoint: Checkpoint) -> str:
        """Digest of all that the metrics depend on: weights, config, key frequencies, split, definitions."""
        digest = hashlib.sha256()
        for name, tensor in self._networks.stored_weights(checkpoint).items():
            digest.update(name.encode())
            digest.update(tensor.contiguous().view(-1).float().numpy().tobytes())
        rest = {
            "definitions": DEFINITIONS_VERSION,
            "config": config_to_json(self._networks.run.config),
            "keys": list(self._keys),
            "dtype": str(self._networks.dtype),
            "split": None if self._split is None else hashlib.sha256(self._split.train.tobytes()).hexdigest(),
        }
        digest.update(json.dumps(rest, sort_keys=True).encode())
        return digest.hexdigest()


def _read(path: Path | None, epoch: int) -> EpochMetrics | None:
    """What the cache has; nothing where there is none, or it has none, or that is damaged."""
    if path is None:
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        values = kept["neurons"]
        floats = ("share", "variance_explained", "fraction_active")
        share, explained, active = (np.array(values[name], dtype=np.float64) for name in floats)  # null: NaN
        if not isinstance(kept["report"], dict):
            return None
        return EpochMetrics(epoch, kept["report"], Neurons(np.array(values["frequency"]), share, explained, active))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, found: EpochMetrics) -> None:
    """Keep measures; a cache that cannot be written is no error."""
    neurons = {
        field.name: [None if np.isnan(value) else value for value in getattr(found.neurons, field.name).tolist()]
        for field in fields(Neurons)
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"report": found.report, "neurons": neurons}).encode())
    except OSError:
        return
