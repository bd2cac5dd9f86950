"""Check how a file is read against the losses and accuracies that its trainer recorded.

A wrong operation, activation or prompt gives losses that have nothing to do with the recorded ones. Small differences
are normal: trainers record the loss of the step before or after a checkpoint, over one more logit, in float32, or
rounded; weights may be stored in half precision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import GrokError
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.losses import BySplit, by_split, read_losses
from engine.networks.build import build_network
from engine.networks.config import ACT_FNS, OPERATIONS, InvalidConfig, ModelConfig
from engine.networks.split import Split
from engine.runs.run import Checkpoint, RecordedLosses, Run

# The largest accepted ratio of a computed loss to the recorded ones around its epoch, by the precision of the weights.
_FACTOR, _FACTOR_HALF_PRECISION = 1.5, 3.0
_ABSOLUTE = 2e-6  # nats: recorded losses may be rounded to six digits, or computed in float32
_ACCURACY_DIFFERENCE = 0.05

Series = NDArray[np.float64]  # [index]


class ContradictedReading(GrokError):
    """The recorded losses contradict the computed ones: the file is probably read wrongly."""


@dataclass(frozen=True)
class RecordedValue:
    """A recorded value beside the computed one; it was recorded between `low` and `high` around the epoch."""

    name: str  # "train loss", "test accuracy"
    recorded: float
    computed: float
    low: float
    high: float

    def agrees(self, factor: float) -> bool:
        """Whether the computed value is within the tolerance."""
        if "accuracy" in self.name:
            return self.low - _ACCURACY_DIFFERENCE <= self.computed <= self.high + _ACCURACY_DIFFERENCE
        return self.low / factor - _ABSOLUTE <= self.computed <= self.high * factor + _ABSOLUTE

    def __str__(self) -> str:
        if self.is_of_all_pairs:
            return f"{self.name} {self.computed:.3g}, recorded {self.low:.3g} and {self.high:.3g} (train and test)"
        return f"{self.name} {self.computed:.3g}, recorded {self.recorded:.3g}"

    @property
    def is_of_all_pairs(self) -> bool:
        """Whether the value must lie between the recorded train and test values, as the split is not known."""
        return self.name.endswith("of all pairs")


@dataclass(frozen=True)
class ReadingCheck:
    """The recorded values of one checkpoint beside the computed ones.

    `remedy` is the option under which they agree, if one is known.
    """

    run: str
    epoch: int
    values: tuple[RecordedValue, ...]
    contradictions: tuple[RecordedValue, ...]
    assumed: tuple[str, ...] = ()
    remedy: str | None = None

    @property
    def sentence(self) -> str | None:
        """What is contradicted, what might explain it and what to do; None if everything agrees."""
        if not self.contradictions:
            return None
        found = "; ".join(map(str, self.contradictions))
        assumed = f" assumed: {', '.join(self.assumed)};" if self.assumed else ""
        if self.remedy is None:
            advice = "the operation, prompt, activation, heads, split or W_pos may differ; pass the right ones"
        else:
            advice = f"with {self.remedy} they agree; pass it"
        return (
            f"{self.run} at epoch {self.epoch:,} contradicts what it records: {found};{assumed} {advice}, or pass "
            "--force-reading."
        )


def check_reading(networks: CheckpointNetworks, split: Split | None) -> ReadingCheck | None:
    """Compare the last checkpoint that has recorded losses with them; None if there is none, or the run is native."""
    run, losses = networks.run, networks.run.losses
    if run.reading is None or losses is None:
        return None
    for checkpoint in reversed(run.checkpoints):
        if any(value is not None for value in (*losses.at(checkpoint.epoch), *losses.accuracy_at(checkpoint.epoch))):
            return _check(networks, checkpoint, losses, split)
    return None


def _check(
    networks: CheckpointNetworks, checkpoint: Checkpoint, losses: RecordedLosses, split: Split | None
) -> ReadingCheck:
    run = networks.run
    reader = networks.read_losses(checkpoint)
    values = tuple(_values(losses, checkpoint.epoch, by_split(reader.loss, split), by_split(reader.right, split)))
    half = networks.stored_weights(checkpoint).dtype in (torch.float16, torch.bfloat16)
    factor = _FACTOR_HALF_PRECISION if half else _FACTOR
    wrong = tuple(value for value in values if not value.agrees(factor))
    remedy = _find_remedy(networks, checkpoint, losses, split, factor) if wrong else None
    return ReadingCheck(run.name, checkpoint.epoch, values, wrong, run.assumed, remedy)


def _values(losses: RecordedLosses, epoch: int, loss: BySplit, accuracy: BySplit) -> Iterator[RecordedValue]:
    """The recorded values of an epoch that can be compared; without a split, the loss of all pairs alone."""
    index = int(np.searchsorted(losses.epochs, epoch))
    for kind, computed, train, test in (
        ("loss", loss, losses.train, losses.test),
        ("accuracy", accuracy, losses.train_accuracy, losses.test_accuracy),
    ):
        parts = {name: series for name, series in (("train", train), ("test", test)) if series is not None}
        if computed.train is None:
            yield from _mixed(kind, computed.all, list(parts.values()), index)
            continue
        for part, series in parts.items():
            value = getattr(computed, part)
            if value is not None and not np.isnan(series[index]):
                yield RecordedValue(f"{part} {kind}", float(series[index]), value, *_around(series, index))


def _mixed(kind: str, computed: float, series: list[Series], index: int) -> Iterator[RecordedValue]:
    """The mean over all pairs must lie between the train and the test value."""
    if len(series) == 2 and not any(np.isnan(values[index]) for values in series):
        lows, highs = zip(*(_around(values, index) for values in series), strict=True)
        recorded = float(np.mean([values[index] for values in series]))
        yield RecordedValue(f"{kind} of all pairs", recorded, computed, min(lows), max(highs))


def _around(series: Series, index: int) -> tuple[float, float]:
    """The smallest and the largest value of a step before, at and after: which one a trainer records differs."""
    values = series[max(index - 1, 0) : index + 2]
    return float(np.nanmin(values)), float(np.nanmax(values))


def _find_remedy(
    networks: CheckpointNetworks, checkpoint: Checkpoint, losses: RecordedLosses, split: Split | None, factor: float
) -> str | None:
    """The option that makes all recorded values agree, among those that change one setting."""
    weights = networks.weights_of_all_tokens(checkpoint)
    for option, config in _alternatives(networks.run):
        try:
            reader = read_losses(build_network(weights, config).logit_slabs(), config.task, networks.device)
        except GrokError:
            continue
        values = list(_values(losses, checkpoint.epoch, by_split(reader.loss, split), by_split(reader.right, split)))
        if values and all(value.agrees(factor) for value in values):
            return option
    return None


def _alternatives(run: Run) -> Iterator[tuple[str, ModelConfig]]:
    """Configs that differ from the run's in one setting, with the option that selects it."""
    config = run.config
    if not isinstance(config, ModelConfig):
        return
    for operation in OPERATIONS:
        if operation not in (config.operation, "table"):
            try:
                yield f"--operation {operation}", replace(config, operation=operation, table=None)
            except InvalidConfig:
                continue
    for act_fn in ACT_FNS:
        if act_fn != config.act_fn:
            yield f"--act-fn {act_fn}", replace(config, act_fn=act_fn)
    for attn_coeff in (0.0, 1.0):
        if attn_coeff != config.attn_coeff:
            yield f"--attn-coeff {attn_coeff:g}", replace(config, attn_coeff=attn_coeff)
