"""Gradient symmetricity over all right answers at every checkpoint: half the time of all other metrics together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch

from engine.errors import GrokError
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.explorer.run_metrics import checkpoint_digest
from engine.runs.atomic_files import write_atomically
from engine.runs.run import Checkpoint

Symmetricity = dict[int, float]  # by epoch


class SymmetricityHistory:
    """Computed on demand, apart from the run metrics, and cached on disk. `steps` can be stopped and resumed.

    Args:
        networks: the networks of the run.
        cache: a folder for the results; None caches in memory only.
    """

    def __init__(self, networks: CheckpointNetworks, cache: Path | None) -> None:
        self._networks, self._cache = networks, cache
        self._known: dict[Checkpoint, float | None] = {}  # None: it cannot be computed
        self._latest: Symmetricity = {}

    def snapshot(self) -> Symmetricity:
        """The values computed so far by epoch; the same object until there is a new one."""
        run = self._networks.run
        values = {each.epoch: value for each in run.checkpoints if (value := self._known.get(each)) is not None}
        if values != self._latest:
            self._latest = values
        return self._latest

    def steps(self) -> Iterator[None]:
        """Compute the missing values, a checkpoint a step; one that cannot be read or overflows has none."""
        if "gradients" not in self._networks.run.config.parts:
            return
        for checkpoint in self._networks.run.checkpoints:
            if checkpoint not in self._known:
                try:
                    self._known[checkpoint] = self._load_or_compute(checkpoint)
                except GrokError:  # the run metrics report it
                    self._known[checkpoint] = None
                yield

    @torch.no_grad()
    def _load_or_compute(self, checkpoint: Checkpoint) -> float | None:
        path = None
        if self._cache is not None:
            digest = checkpoint_digest(self._networks, checkpoint, {"metric": "symmetricity of right answers"})
            path = self._cache / f"{digest}.json"
            if (cached := _read(path)) is not None:
                return cached
        from engine.metrics.algorithm import gradient_symmetricity_of_right_answers

        value = gradient_symmetricity_of_right_answers(self._networks.network(checkpoint))
        if path is not None:
            _write(path, value)
        return value if abs(value) <= 1.5 else None  # NaN where a gradient overflows


def _read(path: Path) -> float | None:
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["symmetricity"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, value: float) -> None:
    """Best effort: a cache that cannot be written is not an error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"symmetricity": value}).encode())
    except OSError:
        return
