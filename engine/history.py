"""The measures of every checkpoint of a run: computed one by one, kept on disk, there as far as they have come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.neurons import Neurons
from engine.report import measures_json, report
from engine.runs.native import config_to_json, write_atomically

if TYPE_CHECKING:
    from engine.explorer import Explorer

# Counts up whenever a definition changes: what older definitions gave is then computed anew.
DEFINITIONS_VERSION = 1


@dataclass(frozen=True, eq=False)
class EpochMeasures:
    """One checkpoint's numbers: `report` as `measures_json` gives it, without interventions; its neurons one by one."""

    epoch: int
    report: Mapping[str, Any]
    neurons: Neurons


@dataclass(frozen=True, eq=False)
class HistorySoFar:
    """What is measured by now, in order of epochs, out of how many checkpoints; `failed` of them cannot be read."""

    measures: tuple[EpochMeasures, ...]
    of: int
    failed: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing more will come."""
        return len(self.measures) + self.failed == self.of

    @property
    def epochs(self) -> list[int]:
        return [one.epoch for one in self.measures]

    def series(self, *path: str) -> list[float | None]:
        """One number of the report over the epochs, `series("trig_loss", "all")`; None where it is absent."""
        values: list[float | None] = []
        for one in self.measures:
            value: Any = one.report
            for name in path:
                value = None if value is None else value.get(name)
            values.append(value)
        return values


class History:
    """Measures of all checkpoints by the key frequencies of one reference epoch.

    `cache` is a folder where measures are kept, by the content of the checkpoint and all that they depend on; None
    keeps them in memory alone.
    """

    def __init__(self, explorer: Explorer, reference_epoch: int, cache: Path | None = None) -> None:
        self._explorer = explorer
        self._reference_epoch = reference_epoch
        self._cache = cache
        self._measured: dict[int, EpochMeasures] = {}
        self.failures: dict[int, str] = {}
        self._latest = HistorySoFar((), len(explorer.epochs))

    def so_far(self) -> HistorySoFar:
        """What is measured by now; the same object as before while nothing new has come."""
        epochs, latest = self._explorer.epochs, self._latest
        if (len(self._measured), len(self.failures)) != (len(latest.measures), latest.failed):
            measures = tuple(self._measured[epoch] for epoch in epochs if epoch in self._measured)
            self._latest = latest = HistorySoFar(measures, len(epochs), len(self.failures))
        return latest

    def steps(self) -> Iterator[int]:
        """Measure what is missing, one checkpoint a step; yields its epoch. A damaged checkpoint is passed over."""
        for epoch in self._explorer.epochs:
            if epoch in self._measured or epoch in self.failures:
                continue
            try:
                self._measured[epoch] = self._measure(epoch)
            except Exception as error:
                self.failures[epoch] = str(error)
            yield epoch

    def _measure(self, epoch: int) -> EpochMeasures:
        path = None if self._cache is None else self._cache / f"{self._key(epoch)}.json"
        if path is not None and (kept := _read(path, epoch)) is not None:
            return kept
        measured = report(self._explorer, epoch, self._reference_epoch, interventions=False)
        found = EpochMeasures(epoch, measures_json(measured), measured.neurons)
        if path is not None:
            _write(path, found)
        return found

    def _key(self, epoch: int) -> str:
        """What the measures depend on: the weights, the model, the key frequencies, the split, the definitions."""
        explorer = self._explorer
        digest = hashlib.sha256()
        for name, tensor in explorer.run.weights(epoch).items():
            digest.update(name.encode())
            digest.update(tensor.contiguous().view(-1).float().numpy().tobytes())
        split = explorer.split
        rest = {
            "definitions": DEFINITIONS_VERSION,
            "config": config_to_json(explorer.run.config),
            "keys": explorer.keys(self._reference_epoch),
            "dtype": str(explorer.dtype),
            "split": None if split is None else hashlib.sha256(split.train.tobytes()).hexdigest(),
        }
        digest.update(json.dumps(rest, sort_keys=True).encode())
        return digest.hexdigest()


def _read(path: Path, epoch: int) -> EpochMeasures | None:
    """What the cache has; nothing where it has none or it is damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        values = kept["neurons"]
        floats = ("share", "variance_explained", "fraction_active")
        share, explained, active = (np.array(values[name], dtype=np.float64) for name in floats)  # null: NaN
        return EpochMeasures(epoch, kept["report"], Neurons(np.array(values["frequency"]), share, explained, active))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, found: EpochMeasures) -> None:
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
