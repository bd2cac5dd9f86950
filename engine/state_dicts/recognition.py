"""Recognise what a file does not record by what the network does: try each reading, keep one that is far better.

A reading is a full set of settings. Each is run on the same sample of pairs, and the operations are compared on its
logits (`reading_trials`). A setting is recognised if the best reading with its value beats the best reading with any
other value. ReLU and GeLU networks are almost equal under both activations, so recorded losses decide between them
(`activation_recognition`), unless one of them is right far more often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, product
from typing import Any

from torch import Tensor

from engine.networks.config import ActFn, Operation, Prompt, Task
from engine.state_dicts.activation_recognition import Evidence, activation_by_losses
from engine.state_dicts.plain_forward import Reading, pair_logits
from engine.state_dicts.reading_trials import Sample, Trial, best_of, try_reading

# Pairs to try a reading on: of all readings, and of those that are left.
_SMALL_SAMPLE, _SAMPLE = 128, 1024
# Multiplications that trials may take: of all readings, and of those that are left.
_MOST_WORK, _MOST_WORK_ON_RIVALS = 8e9, 6e9
_MOST_READINGS, _MOST_RIVALS = 600, 60
_DOES_IT, _DOES_IT_PERFECTLY = 0.95, 0.98  # accuracies
_LEAST_ACCURACY, _LEAST_TIMES_CHANCE = 0.15, 2.5  # of a network that does a task at all
_SHARES = (0.25, 0.5, 0.75)  # of softmax in the attention

ReadingTrial = Trial[Reading]
TensorSource = Callable[[], Mapping[str, Tensor]]
TensorsOf = Mapping[tuple[int, bool], TensorSource]


@dataclass(frozen=True)
class Options:
    """The values of each setting that remain possible, the default first.

    `tasks` are p and the prompt. The first `n_likely` are tried alone, then the last `n_far`, whose smaller p makes it
    easier to be right; the others are tried if the network does none of them.
    """

    tasks: tuple[tuple[int, Prompt], ...]
    operations: tuple[Operation, ...]
    act_fns: tuple[ActFn, ...]
    n_heads: tuple[int, ...]
    attn_coeffs: tuple[float, ...]
    transposed: tuple[bool, ...]
    n_likely: int = 0
    n_far: int = 0
    table: tuple[int, ...] | None = None  # of the operation "table"

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

    def readings(self, tasks: Sequence[tuple[int, Prompt]], limit: int) -> list[Reading]:
        """Combinations of some tasks with the default activation, the least likely tasks left out."""
        combinations = product(tasks, self.transposed, self.n_heads, self.attn_coeffs)
        return [
            Reading(p, prompt, self.act_fns[0], n_heads, attn_coeff, transposed)
            for (p, prompt), transposed, n_heads, attn_coeff in combinations
        ][:limit]


@dataclass(frozen=True)
class Recognition:
    """The best reading, and the settings that it settles; the others keep their defaults.

    `equivalent` are settings that change nothing. `accuracy` is that of the best reading on a sample of pairs.
    `is_unscaled`: the network is right far more often if attention scores are not divided by sqrt(d_head).
    """

    values: Mapping[str, Any]  # "task": (p, prompt), "operation", "act_fn", "n_heads", "attn_coeff", "transposed"
    settled: frozenset[str]
    accuracy: float
    equivalent: frozenset[str] = field(default_factory=frozenset)
    is_unscaled: bool = False


def recognise(options: Options, tensors_of: TensorsOf, evidence: Evidence | None = None) -> Recognition:
    """Try all readings on a sample of pairs.

    Args:
        options: the possible values of each setting.
        tensors_of: for each (n_heads, transposed), a function that returns the tensors with the names and axes of
            `Weights`; W_pos and biases may be missing.
        evidence: recorded losses, which settle the activation.
    """
    trials = _trials_of_tasks(options, tensors_of)
    best = best_of(trials)
    settled = {name for name in best.values if name != "act_fn" and _is_settled(name, best, trials)}
    if "task" not in settled:  # the default is assumed: what the others are under it
        assumed = [trial for trial in trials if trial.values["task"] == options.default["task"]]
        is_best = best.values["task"] == options.default["task"]
        settled = {name for name in best.values if is_best and name != "act_fn" and _is_settled(name, best, assumed)}
        settled -= {"task"}
    values = {**options.default, **{name: best.values[name] for name in settled}}
    equivalent = frozenset({"n_heads"} if "n_heads" not in settled and _heads_change_nothing(best, trials) else ())
    is_unscaled = False
    if best.accuracy < _DOES_IT_PERFECTLY and best.values["task"] == values["task"]:
        better, is_settled = _other_forward_pass(options, best, tensors_of)
        values |= better
        equivalent -= frozenset({"n_heads"} if "attn_coeff" in better else ())
        is_unscaled = not better and _is_better_unscaled(best, options, tensors_of)
        settled = (settled | is_settled) - (better.keys() - is_settled)
    if len(options.act_fns) > 1 and evidence is not None:
        act_fn = _by_losses(options, values, tensors_of, evidence)
        if act_fn is not None:
            values, settled = {**values, "act_fn": act_fn}, settled | {"act_fn"}
    return Recognition(values, frozenset(settled), best.accuracy, equivalent, is_unscaled)


def _trials_of_tasks(options: Options, tensors_of: TensorsOf) -> list[ReadingTrial]:
    """Trials of the likely tasks, else of the far ones if the network does one of them, else of all others."""
    n_close = len(options.tasks) - options.n_far
    for tasks in (options.tasks[: options.n_likely], options.tasks[n_close:]):
        if tasks:
            trials = _contest(options, tasks, tensors_of)
            if best_of(trials).accuracy >= _DOES_IT or len(tasks) == len(options.tasks):
                return trials
    return _contest(options, options.tasks[:n_close], tensors_of)


def _contest(options: Options, tasks: Sequence[tuple[int, Prompt]], tensors_of: TensorsOf) -> list[ReadingTrial]:
    """Trials of all readings on few pairs, then of those that are not far worse than the best on more pairs."""
    work = _work(next(iter(tensors_of.values()))())
    limit = max(2, min(_MOST_READINGS, int(_MOST_WORK / (work * _SMALL_SAMPLE))))
    readings = options.readings(tasks, limit)
    trials = _all_trials(readings, options, tensors_of, _SMALL_SAMPLE)
    best = best_of(trials)
    rivals = {best.reading: best.accuracy}
    for trial in trials:
        if not best.beats(trial):
            rivals[trial.reading] = max(trial.accuracy, rivals.get(trial.reading, 0.0))
    most = max(2, min(_MOST_RIVALS, int(_MOST_WORK_ON_RIVALS / (work * _SAMPLE))))
    strongest = set(sorted(rivals, key=lambda reading: -rivals[reading])[:most])
    return _all_trials([reading for reading in readings if reading in strongest], options, tensors_of, _SAMPLE)


def _work(tensors: Mapping[str, Tensor]) -> int:
    """Roughly how many multiplications the forward pass of a pair takes."""
    return sum(tensors[name].numel() for name in ("W_in", "W_out", "W_U")) + 3 * 3 * tensors["W_Q"].numel()


def _all_trials(
    readings: Sequence[Reading], options: Options, tensors_of: TensorsOf, n_pairs: int
) -> list[ReadingTrial]:
    """Every reading on every operation, in the order of the readings."""
    ps = {reading.p for reading in readings}
    samples = {p: Sample.of(p, options.operations, n_pairs, options.table) for p in ps}
    found: dict[Reading, list[ReadingTrial]] = {}
    by_tensors = sorted(readings, key=lambda reading: (reading.transposed, reading.n_heads))
    for key, group in groupby(by_tensors, key=lambda reading: (reading.n_heads, reading.transposed)):
        tensors = tensors_of[key]()
        found |= {reading: try_reading(reading, tensors, samples[reading.p]) for reading in group}
    return [trial for reading in readings for trial in found[reading]]


def _is_settled(name: str, best: ReadingTrial, trials: Sequence[ReadingTrial]) -> bool:
    """Whether the best trial is far better than every trial with another value of a setting.

    The number of heads is compared under the best attention: with equal weights it changes nothing.
    """
    if best.accuracy < max(_LEAST_ACCURACY, _LEAST_TIMES_CHANCE / best.reading.p):
        return False
    others = [trial for trial in trials if trial.values[name] != best.values[name]]
    if name == "n_heads":
        others = [trial for trial in others if trial.reading.attn_coeff == best.reading.attn_coeff]
    return all(best.beats(other) for other in others)


def _heads_change_nothing(best: ReadingTrial, trials: Sequence[ReadingTrial]) -> bool:
    """Whether the network computes the same with any number of heads."""
    same = [trial for trial in trials if {**trial.values, "n_heads": 0} == {**best.values, "n_heads": 0}]
    return all(best.equals(trial) for trial in same)


def _other_forward_pass(
    options: Options, best: ReadingTrial, tensors_of: TensorsOf
) -> tuple[dict[str, Any], frozenset[str]]:
    """The activation, or share of softmax in the attention, with which the network is right far more often.

    Also those of the two that are settled: a share between 0 and 1 is known roughly at best.
    """
    reading = best.reading
    tensors = tensors_of[reading.n_heads, reading.transposed]()
    sample = Sample.of(reading.p, [best.operation], len(best.log_loss), options.table)
    shares = _SHARES if len(options.attn_coeffs) > 1 else ()
    for name, alternatives in (
        ("attn_coeff", [replace(reading, attn_coeff=share) for share in shares]),
        ("act_fn", [replace(reading, act_fn=act_fn) for act_fn in options.act_fns[1:]]),
    ):
        tried = [try_reading(alternative, tensors, sample)[0] for alternative in alternatives]
        better = [trial for trial in tried if trial.beats_by_accuracy(best)]
        if better:
            winner = max(better, key=lambda trial: (trial.accuracy, -float(trial.log_loss.mean())))
            clear = name == "act_fn" and all(winner.beats_by_accuracy(trial) for trial in tried if trial is not winner)
            return {name: winner.values[name]}, frozenset({name} if clear else ())
    return {}, frozenset()


def _is_better_unscaled(best: ReadingTrial, options: Options, tensors_of: TensorsOf) -> bool:
    tensors = dict(tensors_of[best.reading.n_heads, best.reading.transposed]())
    scale = tensors["W_Q"].shape[-1] ** 0.5
    tensors |= {role: tensors[role] * scale for role in ("W_Q", "b_Q") if role in tensors}
    sample = Sample.of(best.reading.p, [best.operation], len(best.log_loss), options.table)
    return try_reading(best.reading, tensors, sample)[0].beats_by_accuracy(best)


def _by_losses(options: Options, values: Mapping[str, Any], tensors_of: TensorsOf, evidence: Evidence) -> ActFn | None:
    p, prompt = values["task"]
    reading = Reading(p, prompt, options.act_fns[0], values["n_heads"], values["attn_coeff"], values["transposed"])
    tensors = tensors_of[values["n_heads"], values["transposed"]]()
    operation = values["operation"]
    task = Task(p, operation, options.table if operation == "table" else None)

    def logits_of(act_fn: ActFn, x: Tensor, y: Tensor) -> Tensor:
        return pair_logits(replace(reading, act_fn=act_fn), tensors, x, y)

    return activation_by_losses(options.act_fns, logits_of, task, evidence)
