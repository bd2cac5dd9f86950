"""Recognise what a file does not record by what the network does: try each reading, keep one that is far better.

A reading is a full set of settings. Each is run on the same sample of pairs, and the operations are compared on its
logits. A setting is recognised if the best reading with its value beats the best reading with any other value:

- by accuracy: at least 5 percentage points more, and 5 standard errors; or
- at about the same accuracy, by the mean log-loss over pairs: at least 0.5 lower, and 6 standard errors of the paired
  differences.

ReLU and GeLU networks are almost equal under both activations, so `act_fn` is recognised by recorded losses alone:
they must agree with the losses of exactly one activation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, product
from typing import Any

import torch
from torch import Tensor

from engine.networks.config import ACT_FNS, ActFn, Operation, Prompt, Task
from engine.networks.task import answers
from engine.state_dicts.plain_forward import Reading, pair_logits

# Pairs to try a reading on: of all readings, and of the few that are left.
_SMALL_SAMPLE, _SAMPLE, _MAX_RIVALS = 192, 1024, 12
_LEAST_ACCURACY_GAP, _ACCURACY_Z = 0.05, 5.0
_LEAST_LOG_LOSS_GAP, _LOG_LOSS_Z = 0.5, 6.0
_LOSS_FLOOR = 1e-6  # of a pair: the logits are in float32
_AGREES, _DISAGREES = 1.02, 1.05  # ratio of a computed to a recorded loss
_MAX_READINGS = 2000
_CLEARLY_DONE = 0.5  # accuracy from which a network certainly does an operation

TensorSource = Callable[[], Mapping[str, Tensor]]


@dataclass(frozen=True)
class Options:
    """The values of each setting that remain possible, the default first."""

    tasks: tuple[tuple[int, Prompt], ...]  # p and the prompt
    operations: tuple[Operation, ...]
    act_fns: tuple[ActFn, ...]
    n_heads: tuple[int, ...]
    attn_coeffs: tuple[float, ...]
    transposed: tuple[bool, ...]
    table: tuple[int, ...] | None = None  # of the operation "table"

    @property
    def n_open(self) -> int:
        """The number of combinations, but for those of activations."""
        return len(self.tasks) * len(self.operations) * len(self.n_heads) * len(self.attn_coeffs) * len(self.transposed)

    @property
    def default(self) -> dict[str, Any]:
        """The first value of each setting."""
        return {
            "task": self.tasks[0],
            "operation": self.operations[0],
            "act_fn": self.act_fns[0],
            "n_heads": self.n_heads[0],
            "attn_coeff": self.attn_coeffs[0],
            "transposed": self.transposed[0],
        }

    def readings(self) -> list[Reading]:
        """All combinations but those of operations, the default first."""
        combinations = product(self.transposed, self.n_heads, self.attn_coeffs, self.tasks, self.act_fns)
        readings = [
            Reading(p, prompt, act_fn, n_heads, attn_coeff, transposed)
            for transposed, n_heads, attn_coeff, (p, prompt), act_fn in combinations
        ]
        return readings[:_MAX_READINGS]


@dataclass(frozen=True)
class Evidence:
    """Losses that the trainer recorded for this checkpoint, and its train pairs [x, y] as a function of p."""

    train_loss: float | None
    test_loss: float | None
    train_pairs: Callable[[int], Tensor | None]


@dataclass(frozen=True)
class Recognition:
    """The best reading, and the settings that it settles; the others keep their defaults."""

    values: Mapping[str, Any]  # "task": (p, prompt), "operation", "act_fn", "n_heads", "attn_coeff", "transposed"
    settled: frozenset[str]


@dataclass(frozen=True, eq=False)
class _Trial:
    """A reading with an operation, and how well the network does that task."""

    reading: Reading
    operation: Operation
    right: Tensor  # [pair]
    log_loss: Tensor  # [pair]

    @cached_property
    def values(self) -> dict[str, Any]:
        """The value of each setting."""
        reading = self.reading
        return {
            "task": (reading.p, reading.prompt),
            "operation": self.operation,
            "act_fn": reading.act_fn,
            "n_heads": reading.n_heads,
            "attn_coeff": reading.attn_coeff,
            "transposed": reading.transposed,
        }

    @cached_property
    def accuracy(self) -> float:
        return self.right.double().mean().item()


def recognise(
    options: Options, tensors_of: Mapping[tuple[int, bool], TensorSource], evidence: Evidence | None = None
) -> Recognition:
    """Try all readings on a sample of pairs.

    Args:
        options: the possible values of each setting.
        tensors_of: for each (n_heads, transposed), a function that returns the tensors with the names and axes of
            `Weights`; W_pos and biases may be missing.
        evidence: recorded losses, which settle the activation.
    """
    values, settled = options.default, frozenset[str]()
    if options.n_open > 1:
        trials = _contest(options, tensors_of)
        best = _best(trials)
        settled = frozenset(name for name in best.values if _is_settled(name, best, trials))
        values = {**values, **{name: best.values[name] for name in settled}}
    settled -= {"act_fn"}
    if len(options.act_fns) > 1 and evidence is not None:
        act_fn = _act_fn_by_losses(options, values, tensors_of, evidence)
        if act_fn is not None:
            return Recognition({**values, "act_fn": act_fn}, settled | {"act_fn"})
    return Recognition(values, settled)


def operation_that_fits_better(
    reading: Reading, operation: Operation, operations: Sequence[Operation], tensors: Mapping[str, Tensor]
) -> tuple[Operation, float, float] | None:
    """The operation that a network does far better than the given one; None if there is none.

    Also the accuracies of the better and of the given operation.
    """
    trials = {trial.operation: trial for trial in _trials(reading, tensors, _Sample.of(reading.p, operations, _SAMPLE))}
    given = trials[operation]
    best = max(trials.values(), key=lambda trial: trial.accuracy)
    if best.accuracy < _CLEARLY_DONE or not _beats(best, given):
        return None
    return best.operation, best.accuracy, given.accuracy


def _contest(options: Options, tensors_of: Mapping[tuple[int, bool], TensorSource]) -> list[_Trial]:
    """Trials of all readings on few pairs, then of those that are not far worse than the best on more pairs."""
    readings = replace(options, act_fns=options.act_fns[:1]).readings()
    trials = _all_trials(readings, options, tensors_of, _SMALL_SAMPLE)
    best = _best(trials)
    rivals = {trial.reading for trial in trials if not _beats(best, trial)}
    if not 1 < len(rivals) <= _MAX_RIVALS:
        return trials
    return _all_trials([reading for reading in readings if reading in rivals], options, tensors_of, _SAMPLE)


def _all_trials(
    readings: Sequence[Reading],
    options: Options,
    tensors_of: Mapping[tuple[int, bool], TensorSource],
    n_pairs: int,
) -> list[_Trial]:
    """Every reading on every operation."""
    ps = {reading.p for reading in readings}
    samples = {p: _Sample.of(p, options.operations, n_pairs, options.table) for p in ps}
    trials: list[_Trial] = []
    for key, group in groupby(readings, key=lambda reading: (reading.n_heads, reading.transposed)):
        tensors = tensors_of[key]()
        for reading in group:
            trials += _trials(reading, tensors, samples[reading.p])
    return trials


@dataclass(frozen=True, eq=False)
class _Sample:
    """The pairs that every reading with one p is tried on, and their right answers by operation."""

    x: Tensor  # [pair]
    y: Tensor  # [pair]
    answers: Mapping[Operation, Tensor]  # [pair] each

    @classmethod
    def of(cls, p: int, operations: Sequence[Operation], n_pairs: int, table: tuple[int, ...] | None = None) -> _Sample:
        pairs = torch.randperm(p * p, generator=torch.Generator().manual_seed(0))[:n_pairs]
        x, y = pairs // p, pairs % p
        tasks = {operation: Task(p, operation, table if operation == "table" else None) for operation in operations}
        return cls(x, y, {operation: answers(task)[x, y] for operation, task in tasks.items()})


def _trials(reading: Reading, tensors: Mapping[str, Tensor], sample: _Sample) -> list[_Trial]:
    logits = pair_logits(reading, tensors, sample.x, sample.y)  # [pair, z]
    log_partition, prediction = logits.logsumexp(dim=-1), logits.argmax(dim=-1)
    trials = []
    for operation, answer in sample.answers.items():
        loss = log_partition - logits.gather(1, answer[:, None])[:, 0]
        log_loss = loss.double().nan_to_num(nan=1e3).clamp_min(_LOSS_FLOOR).log()
        trials.append(_Trial(reading, operation, prediction == answer, log_loss))
    return trials


def _best(trials: Sequence[_Trial]) -> _Trial:
    """The most accurate trial; among those about as accurate, the one with the lowest log-loss; the first if equal."""
    best = trials[0]
    for trial in trials[1:]:
        if _beats(trial, best):
            best = trial
    return best


def _beats(trial: _Trial, other: _Trial) -> bool:
    """Whether a trial is far better than another, by the rules of this module."""
    gap = trial.accuracy - other.accuracy
    pooled = min(max((trial.accuracy + other.accuracy) / 2, 1e-3), 1 - 1e-3)
    n = len(trial.right)
    if gap >= _LEAST_ACCURACY_GAP and gap > _ACCURACY_Z * math.sqrt(2 * pooled * (1 - pooled) / n):
        return True
    if gap < -_LEAST_ACCURACY_GAP or trial.accuracy < 3 / math.sqrt(n):  # at chance, a lower loss means nothing
        return False
    if len(other.log_loss) != n:
        return False
    difference = other.log_loss - trial.log_loss
    mean, error = difference.mean().item(), difference.std().item() / math.sqrt(n)
    return mean >= _LEAST_LOG_LOSS_GAP and mean > _LOG_LOSS_Z * error


def _is_settled(name: str, best: _Trial, trials: Sequence[_Trial]) -> bool:
    """Whether the best trial is far better than every trial with another value of a setting."""
    others = [trial for trial in trials if trial.values[name] != best.values[name]]
    return all(_beats(best, other) for other in others)


def _act_fn_by_losses(
    options: Options,
    values: Mapping[str, Any],
    tensors_of: Mapping[tuple[int, bool], TensorSource],
    evidence: Evidence,
) -> ActFn | None:
    """The one activation under which the recorded losses agree with the computed ones; None if none or several do."""
    p, prompt = values["task"]
    train = evidence.train_pairs(p)
    if train is None:
        return None
    recorded = {"train": evidence.train_loss, "test": evidence.test_loss}
    tensors = tensors_of[values["n_heads"], values["transposed"]]()
    agreeing: list[ActFn] = []
    contradicted = 0
    for act_fn in options.act_fns:
        reading = Reading(p, prompt, act_fn, values["n_heads"], values["attn_coeff"], values["transposed"])
        ratios = []
        for part, pairs in (("train", train), ("test", ~train)):
            loss = recorded[part]
            if loss is not None and loss > 0 and bool(pairs.any()):
                x, y = pairs.nonzero(as_tuple=True)
                answer = answers(Task(p, values["operation"]))[x, y]
                logits = pair_logits(reading, tensors, x, y).double()
                computed = (logits.logsumexp(dim=-1) - logits.gather(1, answer[:, None])[:, 0]).mean().item()
                ratios.append(max(computed, 1e-30) / loss)
        spread = max((max(ratio, 1 / ratio) for ratio in ratios), default=math.inf)
        agreeing += [act_fn] if spread <= _AGREES else []
        contradicted += spread >= _DISAGREES
    # gelu and its approximation agree with each other to less than the tolerance: the exact one stands for both
    if len(agreeing) == 2 and set(agreeing) == {"gelu", "gelu_new"} and contradicted == len(ACT_FNS) - 2:
        return "gelu"
    return agreeing[0] if len(agreeing) == 1 and contradicted == len(options.act_fns) - 1 else None
