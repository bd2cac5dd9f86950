"""Determine how to read a network: explicit settings override recorded ones, which override inferred ones.

Shapes determine the sizes. What they, the options and the recorded settings leave open is recognised by what the
network does (`recognition`); what that leaves open too is assumed. A `ModelReading` lists both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import ACT_FNS, OPERATIONS, InvalidConfig, ModelConfig
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.orientation import Layout, d_model_of, matrix_order, orient, width_of_heads
from engine.state_dicts.plain_forward import Reading
from engine.state_dicts.prompt_candidates import (
    AmbiguousTask,
    TaskCandidates,
    TaskTokens,
    TokenShapes,
    candidate_tasks,
)
from engine.state_dicts.recognition import Evidence, Options, Recognition, operation_that_fits_better, recognise
from engine.state_dicts.recognition_cache import cached_recognition
from engine.state_dicts.recorded_settings import RecordedSettings, read_settings

T = TypeVar("T")

_MOST_HEADS = 64
_SETTINGS = ("p", "prompt", "operation", "act_fn", "n_heads", "attn_coeff")
_NAMED_OPERATIONS = tuple(name for name in OPERATIONS if name != "table")


@dataclass(frozen=True)
class _Sizes:
    """What the shapes of the tensors determine; `n_heads` is None if W_Q is one matrix for all heads."""

    d_model: int
    d_mlp: int
    d_vocab: int
    d_vocab_out: int
    n_positions: int | None
    n_heads: int | None
    heads_width: int


def infer_reading(
    tensors: Mapping[str, Tensor],
    module_weights: frozenset[str],
    source: str,
    *,
    recorded: Mapping[str, object],
    overrides: ModelOverrides,
    evidence: Evidence | None = None,
) -> ModelReading:
    """Determine how to read tensors, which are by role, but have any axes.

    `recorded` holds the settings saved with the tensors; `overrides` override them.

    Raises:
        UnreadableRun: a tensor has the wrong number of axes, or the recorded settings contradict the tensors.
        AmbiguousTask: a setting without a default cannot be inferred.
        UnsupportedModel: the recorded settings are of an unsupported network.
        InvalidConfig: an explicit setting contradicts the tensors.
    """
    settings = read_settings(recorded, source)
    layout = Layout(module_weights)
    sizes = _sizes(tensors, layout, source)
    _check_scale(settings, sizes, overrides, source)
    explicit = {name: getattr(overrides, name) for name in _SETTINGS}
    found = {name: getattr(settings, name) for name in _SETTINGS}
    found |= {"p": _usable_p(settings.p, sizes), "n_heads": settings.n_heads if sizes.n_heads is None else None}
    given = {name: found[name] if value is None else value for name, value in explicit.items()}
    try:
        tasks, options = _open_settings(given, tensors, sizes, layout, source)
        recognition = cached_recognition(
            overrides.cache,
            tensors,
            options,
            evidence,
            lambda: _recognise(options, tensors, sizes, layout, evidence, source),
        )
        _require_settled(recognition, tasks, options, sizes, source)
        values = recognition.values
        config = replace(
            _config(sizes, values["task"], values["n_heads"]),
            act_fn=values["act_fn"],
            operation=values["operation"],
            attn_coeff=values["attn_coeff"],
            table=overrides.table,
        )
    except InvalidConfig as error:
        if any(value is not None for value in explicit.values()):
            raise InvalidConfig(f"{source}: {error}") from error
        raise UnreadableRun(f"{source}: {error}") from error
    warnings = [
        f"{source} records {setting}, which is not known; if it changes the forward pass, the numbers are wrong."
        for setting in settings.unknown
    ]
    if settings.p is not None and found["p"] is None and explicit["p"] is None:
        warnings.append(
            f"{source} records p = {settings.p:,}, which was ignored: the network has {sizes.d_vocab} tokens (W_E) and "
            f"{sizes.d_vocab_out} logits (W_U)."
        )
    if given["operation"] not in (None, "table"):
        oriented = _oriented(tensors, sizes, layout, source, config.n_heads, values["transposed"])
        warnings += _operation_warnings(config, oriented, values["transposed"], source)
    sources = _sources(explicit, found, options, recognition, sizes)
    sources["inferred"] += tuple(role for role in ("W_pos", "W_U") if role not in tensors)
    return ModelReading(
        config,
        **sources,
        names=overrides.names,
        transposed=values["transposed"],
        warnings=tuple(warnings),
    )


def _open_settings(
    given: Mapping[str, Any], tensors: Mapping[str, Tensor], sizes: _Sizes, layout: Layout, source: str
) -> tuple[TaskCandidates, Options]:
    """The values that the given settings and the shapes leave possible.

    Raises:
        AmbiguousTask, InvalidConfig: as `candidate_tasks` and `_head_options`.
    """
    heads = _head_options(given["n_heads"], sizes, source)
    shapes = TokenShapes(sizes.d_vocab, sizes.d_vocab_out, sizes.n_positions)
    tasks = candidate_tasks(shapes, p=given["p"], prompt=given["prompt"], source=source)
    tasks = tasks.valid(lambda task: _config(sizes, task, heads[0]))
    order = matrix_order(tensors, sizes.d_model, layout)
    return tasks, Options(
        tasks=tasks.candidates,
        operations=_options(given["operation"], _NAMED_OPERATIONS),
        act_fns=_options(given["act_fn"], ACT_FNS),
        n_heads=heads,
        attn_coeffs=_options(given["attn_coeff"], (1.0, 0.0)),
        transposed=(False, True) if order is None else (order,),
    )


def _sources(
    explicit: Mapping[str, object],
    recorded: Mapping[str, object],
    options: Options,
    recognition: Recognition,
    sizes: _Sizes,
) -> dict[str, tuple[str, ...]]:
    """The names of the explicit, recorded, inferred and assumed settings."""
    task_is_settled = "task" in recognition.settled or len(options.tasks) == 1
    inferred = {
        "p": task_is_settled or len({p for p, _ in options.tasks}) == 1,
        "prompt": task_is_settled,
        **{name: name in recognition.settled for name in ("operation", "act_fn", "n_heads", "attn_coeff")},
    }
    names: dict[str, list[str]] = {"explicit": [], "recorded": [], "inferred": [], "assumed": []}
    for name in _SETTINGS:
        if name == "n_heads" and sizes.n_heads is not None:  # an axis of the tensors
            continue
        kind = "inferred" if inferred[name] else "assumed"
        kind = "explicit" if explicit[name] is not None else "recorded" if recorded[name] is not None else kind
        names[kind].append(name)
    if len(options.transposed) > 1:
        names["inferred" if "transposed" in recognition.settled else "assumed"].append("axes")
    return {kind: tuple(settings) for kind, settings in names.items()}


def _operation_warnings(config: ModelConfig, tensors: Mapping[str, Tensor], transposed: bool, source: str) -> list[str]:
    """A warning if the network clearly does another operation than the given one."""
    reading = Reading(config.p, config.prompt, config.act_fn, config.n_heads, config.attn_coeff, transposed)
    better = operation_that_fits_better(reading, config.operation, _NAMED_OPERATIONS, tensors)
    if better is None:
        return []
    operation, accuracy, given = better
    return [
        f"{source} is read as {config.operation}, with accuracy {given:.2f}, but the network does {operation}, with "
        f"accuracy {accuracy:.2f}; pass --operation {operation}."
    ]


def _options(given: T | None, otherwise: tuple[T, ...]) -> tuple[T, ...]:
    return otherwise if given is None else (given,)


def _sizes(tensors: Mapping[str, Tensor], layout: Layout, source: str) -> _Sizes:
    d_model = d_model_of(tensors, source)
    n_heads, width = width_of_heads(tensors, d_model, layout, source)
    d_vocab = tensors["W_E"].numel() // d_model
    if width == 0 or d_vocab == 0:
        raise UnreadableRun(f"{source}: W_E or W_Q is empty; expected at least one token and one head.")
    return _Sizes(
        d_model=d_model,
        d_mlp=tensors["W_in"].numel() // d_model,
        d_vocab=d_vocab,
        d_vocab_out=tensors["W_U"].numel() // d_model if "W_U" in tensors else d_vocab,
        n_positions=tensors["W_pos"].numel() // d_model if "W_pos" in tensors else None,
        n_heads=n_heads,
        heads_width=width,
    )


def _config(sizes: _Sizes, task: TaskTokens, n_heads: int) -> ModelConfig:
    """The config of a network of these sizes, with our defaults.

    Raises:
        InvalidConfig: p or the prompt is out of range.
    """
    p, prompt = task
    return ModelConfig(
        p=p,
        d_model=sizes.d_model,
        n_heads=n_heads,
        d_head=sizes.heads_width // n_heads,
        d_mlp=sizes.d_mlp,
        prompt=prompt,
        d_vocab=sizes.d_vocab,
        d_vocab_out=sizes.d_vocab_out,
    )


def _usable_p(recorded: int | None, sizes: _Sizes) -> int | None:
    """The recorded p, if the network has tokens and logits for it: `mod` or `C` may mean something else."""
    return recorded if recorded is not None and 3 <= recorded <= min(sizes.d_vocab, sizes.d_vocab_out) else None


def _check_scale(settings: RecordedSettings, sizes: _Sizes, overrides: ModelOverrides, source: str) -> None:
    """Reject attention scores that are not divided by sqrt(d_head)."""
    n_heads = overrides.n_heads or sizes.n_heads or settings.n_heads
    scale = settings.attn_scale
    if scale is None or scale <= 0 or n_heads is None:
        return
    expected = math.sqrt(sizes.heads_width / n_heads)
    if not math.isclose(scale, expected, rel_tol=1e-3):
        raise UnsupportedModel(f"{source} records attn_scale = {scale:g}; supported: sqrt(d_head) = {expected:.4g}.")


def _head_options(given: int | None, sizes: _Sizes, source: str) -> tuple[int, ...]:
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
        if width % given:
            raise InvalidConfig(f"n_heads is {given}, but the heads together are {width} wide, not a multiple of it.")
        return (given,)
    return tuple(n for n in range(1, min(width, _MOST_HEADS) + 1) if width % n == 0)


def _recognise(
    options: Options,
    tensors: Mapping[str, Tensor],
    sizes: _Sizes,
    layout: Layout,
    evidence: Evidence | None,
    source: str,
) -> Recognition:
    oriented = partial(_oriented, tensors, sizes, layout, source)
    tensors_of = {(n, turned): partial(oriented, n, turned) for n in options.n_heads for turned in options.transposed}
    return recognise(options, tensors_of, evidence)


def _oriented(
    tensors: Mapping[str, Tensor], sizes: _Sizes, layout: Layout, source: str, n_heads: int, transposed: bool
) -> dict[str, Tensor]:
    """The tensors with the axes of `Weights`, in float32."""
    found = orient(tensors, sizes.d_model, n_heads, Layout(layout.module_weights, transposed), source)
    return {role: tensor.float() for role, tensor in found.items()}


def _require_settled(
    recognition: Recognition, tasks: TaskCandidates, options: Options, sizes: _Sizes, source: str
) -> None:
    """Require a value for the settings that have no default.

    Raises:
        AmbiguousTask: p, the prompt or the number of heads is open; the message names the option that settles it.
    """
    if len(options.n_heads) > 1 and "n_heads" not in recognition.settled:
        tried = ", ".join(map(str, options.n_heads))
        raise AmbiguousTask(
            f"{source}: W_Q holds all heads in one matrix {sizes.heads_width} wide; {tried} heads were tried, and none "
            "is far better than the others; pass --n-heads, for example --n-heads 4."
        )
    if tasks.default is None and "task" not in recognition.settled and tasks.reason is not None:
        raise tasks.reason
