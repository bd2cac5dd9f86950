"""Recognise how to run a general network: try each reading on pairs, keep one under which it does a task far better.

The rules are those of `reading_trials`. What no comparison settles keeps the value of the best reading, the first of
several that are as good, and is listed as assumed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.networks.config import ActFn, Operation, Task
from engine.networks.mlp_config import MlpConfig
from engine.networks.named_weights import NamedWeights
from engine.state_dicts.activation_recognition import Evidence, activation_by_losses
from engine.state_dicts.general.general_reading import GeneralReading, NamedTensors
from engine.state_dicts.reading_trials import Sample, Trial, best_of, trials_of

# Pairs to try a reading on: of all readings, and of those that are left.
_SMALL_SAMPLE, _SAMPLE = 128, 1024
_MOST_READINGS, _MOST_RIVALS = 700, 24
_LEAST_ACCURACY, _LEAST_TIMES_CHANCE = 0.15, 2.5  # of a network that does a task at all
# How much lower the mean log-loss over pairs must be for one number of heads, also in standard errors.
_LEAST_GAP_OF_HEADS, _Z_OF_HEADS = 0.1, 8.0

GeneralTrial = Trial[GeneralReading]


@dataclass(frozen=True)
class GeneralRecognition:
    """The best reading, with its operation, and the settings that the comparison settles."""

    reading: GeneralReading
    settled: frozenset[str]
    accuracy: float


class Trials:
    """Runs readings on samples of pairs; the tensors of each are read once."""

    def __init__(
        self, tensors: NamedTensors, operations: Sequence[Operation], table: tuple[int, ...] | None, source: str
    ) -> None:
        self._tensors, self._operations, self._table, self._source = tensors, operations, table, source
        self._weights: dict[object, NamedWeights] = {}

    def table_of(self, operation: Operation) -> tuple[int, ...] | None:
        """The answers of the operation "table"."""
        return self._table if operation == "table" else None

    def weights(self, reading: GeneralReading) -> NamedWeights:
        """The tensors of a reading in float32, with the axes of its config."""
        name = _tensors_key(reading)
        if name not in self._weights:
            weights = reading.weights(self._tensors(reading), self._source)
            self._weights[name] = weights.to(torch.float32).without_denormals()
        return self._weights[name]

    def run(self, readings: Sequence[GeneralReading], n_pairs: int) -> list[GeneralTrial]:
        """One trial for each reading and operation."""
        samples = {p: Sample.of(p, self._operations, n_pairs, self._table) for p in {r.p for r in readings}}
        trials: list[GeneralTrial] = []
        for reading in readings:
            sample = samples[reading.p]
            with torch.no_grad():
                logits = reading.logits(self.weights(reading), sample.x, sample.y)
            trials += trials_of(reading, logits, sample)
        return trials


def _tensors_key(reading: GeneralReading) -> object:
    """Equal for readings that run the same tensors."""
    config = reading.config
    if isinstance(config, MlpConfig):
        return config.p, config.joined, reading.transposed
    shapes = (config.p, config.prompt.n_ctx, config.n_heads, config.norms, config.position_kind)
    return *shapes, reading.y_offset, reading.transposed


def recognise_general(
    readings: Sequence[GeneralReading], act_fns: Sequence[ActFn], trials: Trials, evidence: Evidence | None
) -> GeneralRecognition:
    """Compare readings, the likely ones first; `act_fns` are further activations for the best one."""
    contest = _contest(readings, trials)
    best = _with_best_heads(best_of(contest), contest)
    others = [best.reading.with_act_fn(act_fn) for act_fn in act_fns if act_fn != best.reading.config.act_fn]
    tried = trials.run(others, _SAMPLE)
    contest += [trial for trial in tried if not _only_enlarges(trial, best)]
    best = _with_best_heads(best_of([best, *contest]), contest)
    config = replace(best.reading.config, operation=best.operation, table=trials.table_of(best.operation))
    reading = replace(best.reading, config=config)
    settled = frozenset(name for name in best.values if _is_settled(name, best, contest))
    if evidence is not None and "act_fn" not in settled and len(act_fns) > 1:
        weights, task = trials.weights(best.reading), Task(config.p, config.operation, config.table)

        def logits_of(act_fn: ActFn, x: Tensor, y: Tensor) -> Tensor:
            with torch.no_grad():
                return reading.with_act_fn(act_fn).logits(weights, x, y)

        by_losses = activation_by_losses(act_fns, logits_of, task, evidence)
        if by_losses is not None:
            reading, settled = reading.with_act_fn(by_losses), settled | {"act_fn"}
    return GeneralRecognition(reading, settled, best.accuracy)


def _contest(readings: Sequence[GeneralReading], trials: Trials) -> list[GeneralTrial]:
    """Trials on few pairs, then of those that are not far worse than the best on more pairs.

    First with the usual number of heads: a network is seldom at chance with another. Then the rivals with all numbers.
    Trials that the best beats on few pairs are left out.
    """
    usual = readings[0].settings.get("n_heads")
    first = [reading for reading in readings if reading.settings.get("n_heads") == usual][:_MOST_READINGS]
    small = trials.run(first, _SMALL_SAMPLE)
    if len(first) < len(readings):
        if best_of(small).accuracy >= _LEAST_ACCURACY:
            structures = {_without_heads(reading) for reading in _rivals(small)}
            more = [reading for reading in readings if _without_heads(reading) in structures]
        else:
            more = list(readings[:_MOST_READINGS])
        known = set(first)
        small += trials.run([reading for reading in more if reading not in known], _SMALL_SAMPLE)
    rivals = _rivals(small)
    large = trials.run([reading for reading in readings if reading in rivals], _SAMPLE)
    best = best_of(small)
    return large + [trial for trial in small if trial.reading not in rivals and not best.beats(trial)]


def _rivals(trials: Sequence[GeneralTrial]) -> set[GeneralReading]:
    """The readings that the best one does not beat, if they are many the most accurate ones."""
    best = best_of(trials)
    rivals = {best.reading: 2.0}
    for trial in trials:
        if not best.beats(trial):
            rivals[trial.reading] = max(trial.accuracy, rivals.get(trial.reading, 0.0))
    return set(sorted(rivals, key=lambda reading: -rivals[reading])[:_MOST_RIVALS])


def _without_heads(reading: GeneralReading) -> GeneralReading:
    """The reading with one head: equal for readings that differ in the number of heads alone."""
    config = reading.config
    if isinstance(config, MlpConfig):
        return reading
    width = config.n_heads * config.d_head
    return replace(reading, config=replace(config, n_heads=1, d_head=width, n_key_value_heads=None))


def _only_enlarges(trial: GeneralTrial, best: GeneralTrial) -> bool:
    """Whether a square lowers the loss by larger logits alone, and makes the network right no more often."""
    return trial.reading.config.act_fn == "quadratic" and not trial.beats_by_accuracy(best)


def _with_best_heads(best: GeneralTrial, contest: Sequence[GeneralTrial]) -> GeneralTrial:
    """Of the trials that differ from the best in the number of heads alone, that with the lowest log-loss."""
    same = [trial for trial in contest if _differ_in_heads(trial, best) and len(trial.log_loss) == len(best.log_loss)]
    return min([best, *same], key=lambda trial: float(trial.log_loss.mean()))


def _differ_in_heads(trial: GeneralTrial, other: GeneralTrial) -> bool:
    return trial.operation == other.operation and _without_heads(trial.reading) == _without_heads(other.reading)


def _is_settled(name: str, best: GeneralTrial, contest: Sequence[GeneralTrial]) -> bool:
    """Whether the best trial is far better than every trial with another value of a setting."""
    if best.accuracy < max(_LEAST_ACCURACY, _LEAST_TIMES_CHANCE / best.reading.p):
        return False
    rivals = [trial for trial in contest if trial.values[name] != best.values[name] and not best.beats(trial)]
    if name == "act_fn":  # the approximation of gelu agrees with it too closely to tell
        rivals = [trial for trial in rivals if {trial.values[name], best.values[name]} != {"gelu", "gelu_new"}]
    return all(name == "n_heads" and _has_better_heads(best, trial) for trial in rivals)


def _has_better_heads(best: GeneralTrial, other: GeneralTrial) -> bool:
    """Whether the log-loss is lower beyond doubt: other heads make a trained network worse, but not by much."""
    if not _differ_in_heads(best, other) or len(best.log_loss) != len(other.log_loss):
        return False
    difference = other.log_loss - best.log_loss
    mean, error = float(difference.mean()), float(difference.std()) / math.sqrt(len(difference))
    return mean >= _LEAST_GAP_OF_HEADS and mean > _Z_OF_HEADS * error
