"""Determine how to read a network: explicit settings override recorded ones, which override inferred ones.

Shapes determine the sizes. What they, the options and the recorded settings leave open is recognised by what the
network does (`recognition`); what that leaves open too is assumed. A `ModelReading` lists both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import AmbiguousTask, UnreadableRun, UnsupportedModel
from engine.networks.config import ACT_FNS, OPERATIONS, InvalidConfig, ModelConfig
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.prompt_candidates import TaskCandidates, TokenShapes, candidate_tasks
from engine.state_dicts.recognition import Options, Recognition, recognise
from engine.state_dicts.recognition_cache import cached_recognition
from engine.state_dicts.recorded_settings import RecordedSettings, read_settings
from engine.state_dicts.stored_network import Sizes, StoredNetwork

T = TypeVar("T")

_MOST_HEADS = 64
_SETTINGS = ("p", "prompt", "operation", "act_fn", "n_heads", "attn_coeff")
# Settings whose given value may be wrong, with their options, and from which accuracies that is said.
_DOUBTED = {
    "operation": "--operation",
    "prompt": "--prompt",
    "n_heads": "--n-heads",
    "attn_coeff": "--attn-coeff",
    "p": "--p",
}
_DOES_IT, _LEAST_ACCURACY, _LEAST_GAIN = 0.95, 0.2, 0.15
_NAMED_OPERATIONS = tuple(name for name in OPERATIONS if name != "table")


def infer_reading(
    stored: StoredNetwork,
    *,
    recorded: Mapping[str, object],
    overrides: ModelOverrides,
    evidence: Evidence | None = None,
) -> ModelReading:
    """Determine how to read a network; `recorded` holds its recorded settings, `overrides` override them.

    Raises:
        UnreadableRun: a tensor has the wrong number of axes, or the recorded settings contradict the tensors.
        AmbiguousTask: a setting without a default cannot be inferred.
        UnsupportedModel: the recorded settings are of an unsupported network.
        InvalidConfig: an explicit setting contradicts the tensors.
    """
    sizes, source = stored.sizes, stored.source
    settings = read_settings(recorded, source)
    _check_scale(settings, sizes, overrides, source)
    explicit = {name: getattr(overrides, name) for name in _SETTINGS}
    found = {name: getattr(settings, name) for name in _SETTINGS}
    found |= {"p": _usable_p(settings.p, sizes), "n_heads": _recorded_heads(settings, sizes)}
    given = {name: found[name] if value is None else value for name, value in explicit.items()}
    try:
        if given["operation"] == "table":
            given["p"] = _p_of_table(given["p"], overrides.table)
        tasks, options = _open_settings(given, stored, overrides.table)
        compute = partial(_recognise, options, stored, evidence)
        recognition = cached_recognition(overrides.cache, stored, options, evidence, compute)
        _require_settled(recognition, tasks, options, stored)
        values = recognition.values
        p, prompt = values["task"]
        config = replace(
            sizes.config(p, prompt, values["n_heads"]),
            act_fn=values["act_fn"],
            operation=values["operation"],
            attn_coeff=values["attn_coeff"],
            table=overrides.table,
        )
    except InvalidConfig as error:
        if any(value is not None for value in explicit.values()):
            raise InvalidConfig(f"{source}: {error}") from error
        raise UnreadableRun(f"{source}: {error}") from error
    sources = _sources(explicit, found, options, recognition, stored)
    reading = ModelReading(config, **sources, names=overrides.names, transposed=values["transposed"])
    if recognition.is_unscaled:
        doubt = (
            f"{source} is right far more often with attention scores that are not divided by sqrt(d_head), which is "
            "not supported; the numbers are probably wrong."
        )
        reading = replace(reading, warnings=(doubt,))
    doubts = _doubts(given, explicit["p"], recognition, stored, overrides.cache)
    return replace(reading, warnings=(*reading.warnings, *_warnings(reading, settings, stored), *doubts))


def _open_settings(
    given: Mapping[str, Any], stored: StoredNetwork, table: tuple[int, ...] | None
) -> tuple[TaskCandidates, Options]:
    """The values that the given settings and the shapes leave possible.

    Raises:
        AmbiguousTask, InvalidConfig: as `candidate_tasks` and `_head_options`.
    """
    sizes, heads = stored.sizes, _head_options(given["n_heads"], stored.sizes)
    shapes = TokenShapes(sizes.d_vocab, sizes.d_vocab_out, sizes.n_positions)
    tasks = candidate_tasks(shapes, p=given["p"], prompt=given["prompt"], source=stored.source)
    tasks = tasks.valid(lambda p, prompt: sizes.config(p, prompt, heads[0]))
    return tasks, Options(
        tasks=tasks.candidates,
        n_likely=len(tasks.likely),
        n_far=len(tasks.far),
        operations=_options(given["operation"], _NAMED_OPERATIONS),
        act_fns=_options(given["act_fn"], ACT_FNS),
        n_heads=heads,
        attn_coeffs=_options(given["attn_coeff"], (1.0, 0.0)),
        transposed=stored.orders,
        table=table,
    )


def _options(given: T | None, otherwise: tuple[T, ...]) -> tuple[T, ...]:
    return otherwise if given is None else (given,)


def _p_of_table(p: int | None, table: tuple[int, ...] | None) -> int:
    """The p of a table with p^2 answers.

    Raises:
        InvalidConfig: there is no table, or another p is given.
    """
    if table is None:
        raise InvalidConfig("The operation 'table' needs its answers; pass --operation table:FILE.")
    rows = math.isqrt(len(table))
    if p not in (None, rows):
        raise InvalidConfig(f"p is {p}, but the table of answers has {rows} rows; pass a table of p rows.")
    return rows


def _head_options(given: int | None, sizes: Sizes) -> tuple[int, ...]:
    """The possible numbers of heads.

    Raises:
        InvalidConfig: the given number contradicts the tensors.
    """
    width = sizes.heads_width
    if sizes.n_heads is not None:
        if given not in (None, sizes.n_heads):
            raise InvalidConfig(f"n_heads is {given}, but W_Q has {sizes.n_heads} heads.")
        return (sizes.n_heads,)
    if given is not None:
        if given < 1 or width % given:
            raise InvalidConfig(f"n_heads is {given}, but the heads together are {width} wide, not a multiple of it.")
        return (given,)
    return tuple(n for n in range(1, min(width, _MOST_HEADS) + 1) if width % n == 0)


def _recorded_heads(settings: RecordedSettings, sizes: Sizes) -> int | None:
    """The recorded number of heads, else the one that the recorded d_head gives; None if an axis of W_Q shows it."""
    if sizes.n_heads is not None:
        return None
    d_head = settings.d_head
    if settings.n_heads is None and d_head is not None and sizes.heads_width % d_head == 0:
        return sizes.heads_width // d_head
    return settings.n_heads


def _usable_p(recorded: int | None, sizes: Sizes) -> int | None:
    """The recorded p, if the network has tokens and logits for it: `mod` or `C` may mean something else."""
    return recorded if recorded is not None and 3 <= recorded <= min(sizes.d_vocab, sizes.d_vocab_out) else None


def _check_scale(settings: RecordedSettings, sizes: Sizes, overrides: ModelOverrides, source: str) -> None:
    """Reject attention scores that are not divided by sqrt(d_head)."""
    n_heads = overrides.n_heads or sizes.n_heads or settings.n_heads
    scale = settings.attn_scale
    if scale is None or scale <= 0 or n_heads is None:
        return
    expected = math.sqrt(sizes.heads_width / n_heads)
    if not math.isclose(scale, expected, rel_tol=1e-3):
        raise UnsupportedModel(f"{source} records attn_scale = {scale:g}; supported: sqrt(d_head) = {expected:.4g}.")


def _recognise(options: Options, stored: StoredNetwork, evidence: Evidence | None) -> Recognition:
    combinations = [(n_heads, transposed) for n_heads in options.n_heads for transposed in options.transposed]
    return recognise(options, {key: partial(stored.oriented_float32, *key) for key in combinations}, evidence)


def _require_settled(recognition: Recognition, tasks: TaskCandidates, options: Options, stored: StoredNetwork) -> None:
    """Require a value for the settings that have no default.

    Raises:
        AmbiguousTask: p, the prompt or the number of heads is open; the message names the option that settles it.
    """
    if len(options.n_heads) > 1 and "n_heads" not in recognition.settled | recognition.equivalent:
        tried = ", ".join(map(str, options.n_heads))
        raise AmbiguousTask(
            f"{stored.source}: W_Q holds all heads in one matrix {stored.sizes.heads_width} wide; {tried} heads were "
            "tried, and none is far better than the others; pass --n-heads, for example --n-heads 4."
        )
    if tasks.default is None and "task" not in recognition.settled and tasks.reason is not None:
        raise tasks.reason


def _sources(
    explicit: Mapping[str, object],
    recorded: Mapping[str, object],
    options: Options,
    recognition: Recognition,
    stored: StoredNetwork,
) -> dict[str, Any]:
    """The names of the explicit, recorded, inferred and assumed settings."""
    task_is_settled = "task" in recognition.settled or len(options.tasks) == 1
    inferred = {
        "p": task_is_settled or len({p for p, _ in options.tasks}) == 1,
        "prompt": task_is_settled,
        **{name: name in recognition.settled for name in ("operation", "act_fn", "n_heads", "attn_coeff")},
    }
    names: dict[str, list[str]] = {"explicit": [], "recorded": [], "inferred": [], "assumed": []}
    for name in _SETTINGS:
        if name == "n_heads" and stored.sizes.n_heads is not None:  # an axis of the tensors
            continue
        kind = "inferred" if inferred[name] else "assumed"
        kind = "explicit" if explicit[name] is not None else "recorded" if recorded[name] is not None else kind
        names[kind].append(name)
    if len(options.transposed) > 1:
        names["inferred" if "transposed" in recognition.settled else "assumed"].append("axes")
    names["inferred"] += [role for role in ("W_pos", "W_U") if role not in stored.tensors]
    return {kind: tuple(settings) for kind, settings in names.items()}


def _warnings(reading: ModelReading, settings: RecordedSettings, stored: StoredNetwork) -> Iterator[str]:
    """What is doubtful about a reading."""
    config, source = reading.config, stored.source
    assert isinstance(config, ModelConfig)
    for setting in settings.unknown:
        yield f"{source} records {setting}, which is not known; if it changes the forward pass, the numbers are wrong."
    if settings.p is not None and _usable_p(settings.p, stored.sizes) is None and "p" not in reading.explicit:
        yield (
            f"{source} records p = {settings.p:,}, which was ignored: the network has {config.d_vocab} tokens (W_E) "
            f"and {config.d_vocab_out} logits (W_U)."
        )
    if "attn_coeff" in reading.assumed and config.attn_coeff not in (0, 1):
        yield (
            f"{source} seems to mix softmax with constant attention: attn_coeff = {config.attn_coeff:g} is a rough "
            "guess; pass the right one, for example --attn-coeff 0.4."
        )


def _doubts(
    given: Mapping[str, Any],
    explicit_p: int | None,
    recognition: Recognition,
    stored: StoredNetwork,
    cache: Path | None,
) -> Iterator[str]:
    """A warning if the network does a task far better with another value of a given setting."""
    if recognition.accuracy > _DOES_IT or given["operation"] == "table":
        return
    for name, option in _DOUBTED.items():
        if given[name] is None or (name == "n_heads" and stored.sizes.n_heads is not None):
            continue
        freed = {name: None, "p": explicit_p} if name == "prompt" else {name: None}
        try:
            _, options = _open_settings({**given, **freed}, stored, None)
            better = cached_recognition(cache, stored, options, None, partial(_recognise, options, stored, None))
        except (InvalidConfig, AmbiguousTask, UnreadableRun):
            continue
        setting = "task" if name in ("p", "prompt") else name
        gain = better.accuracy - recognition.accuracy
        if setting in better.settled and better.accuracy >= _LEAST_ACCURACY and gain >= _LEAST_GAIN:
            p, prompt = better.values["task"]
            value = {"p": p, "prompt": prompt.describe(p)}.get(name) or better.values[setting]
            text = f"{value!r}" if name == "prompt" else f"{value:g}" if isinstance(value, float) else f"{value}"
            yield (
                f"{stored.source} is read with {name} = {given[name]}, with accuracy {recognition.accuracy:.2f}, but "
                f"with {text} the network has accuracy {better.accuracy:.2f}; pass {option} {text}."
            )
            return
