"""Determine how to read a network: explicit settings override recorded ones, which override inferred ones.

Shapes determine the sizes. What they, the options and the recorded settings leave open is recognised by what the
network does (`recognition`); what that leaves open too is assumed. A `ModelReading` lists both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import ACT_FNS, OPERATIONS, ActFn, InvalidConfig, ModelConfig, Operation
from engine.state_dicts.orientation import Layout, d_model_of, orient, square_roles, width_of_heads
from engine.state_dicts.prompt_candidates import (
    AmbiguousTask,
    TaskCandidates,
    TaskTokens,
    TokenShapes,
    candidate_tasks,
)
from engine.state_dicts.recognition import (
    Evidence,
    Options,
    Reading,
    Recognition,
    operation_that_fits_better,
    recognise,
)
from engine.state_dicts.recorded_settings import RecordedSettings, read_settings

T = TypeVar("T")

_MOST_HEADS = 64
_NAMED_OPERATIONS = tuple(name for name in OPERATIONS if name != "table")


@dataclass(frozen=True)
class ModelOverrides:
    """Explicit settings of the model; they override recorded and inferred ones.

    `names` are pairs of a role (`W_E`, or `ignore`) and the name of its tensor. `reading` is how an earlier checkpoint
    of the same run was read: nothing is inferred again.
    """

    p: int | None = None
    prompt: str | None = None
    act_fn: ActFn | None = None
    operation: Operation | None = None
    n_heads: int | None = None
    attn_coeff: float | None = None
    table: tuple[int, ...] | None = None
    names: tuple[tuple[str, str], ...] = ()
    reading: ModelReading | None = None


@dataclass(frozen=True)
class ModelReading:
    """How the state dicts of a run are read: the config, and where its settings come from.

    `inferred` lists the settings that shapes or behaviour determine, `assumed` those that nothing determines. `p`,
    `prompt`, `operation`, `act_fn`, `n_heads` and `attn_coeff` are settings of the config; `W_pos` is inferred if the
    network has no positional embedding, `W_U` if it is the transposed embedding, `axes` is the order of axes of square
    matrices.
    """

    config: ModelConfig
    inferred: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    transposed: bool = False
    warnings: tuple[str, ...] = ()


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


@dataclass
class _Sources:
    """Collects where each setting comes from."""

    inferred: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def add(self, setting: str, options: Sequence[object], settled: bool, given: bool = False) -> None:
        if not given:
            (self.inferred if settled or len(options) == 1 else self.assumed).append(setting)


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
    p = overrides.p if overrides.p is not None else _usable_p(settings.p, sizes)
    prompt = overrides.prompt if overrides.prompt is not None else settings.prompt
    try:
        given_operation = overrides.operation or settings.operation
        given_act_fn = overrides.act_fn or settings.act_fn
        given_coeff = overrides.attn_coeff if overrides.attn_coeff is not None else settings.attn_coeff
        given_heads = overrides.n_heads or (settings.n_heads if sizes.n_heads is None else None)
        head_options = _head_options(given_heads, sizes, source)
        tasks = candidate_tasks(
            TokenShapes(sizes.d_vocab, sizes.d_vocab_out, sizes.n_positions), p=p, prompt=prompt, source=source
        )
        tasks = tasks.valid(lambda task: _config(sizes, task, head_options[0]))
        options = Options(
            tasks=tasks.candidates,
            operations=_options(given_operation, _NAMED_OPERATIONS),
            act_fns=_options(given_act_fn, ACT_FNS),
            n_heads=head_options,
            attn_coeffs=_options(given_coeff, (1.0, 0.0)),
            transposed=(False, True) if square_roles(tensors, sizes.d_model, layout) else (False,),
        )
        recognition = _recognise(options, tensors, sizes, layout, evidence, source)
        _require_settled(recognition, tasks, options, sizes, source)
        settled, n_heads = recognition.settled, recognition.values["n_heads"]
        config = replace(
            _config(sizes, recognition.values["task"], n_heads),
            act_fn=recognition.values["act_fn"],
            operation=recognition.values["operation"],
            attn_coeff=recognition.values["attn_coeff"],
            table=overrides.table,
        )
    except InvalidConfig as error:
        if overrides != ModelOverrides(names=overrides.names):
            raise InvalidConfig(f"{source}: {error}") from error
        raise UnreadableRun(f"{source}: {error}") from error
    sources = _Sources()
    ps = {candidate for candidate, _ in options.tasks}
    sources.add("p", tuple(ps), "task" in settled, given=p is not None)
    sources.add("prompt", options.tasks, "task" in settled, given=prompt is not None)
    sources.add("operation", options.operations, "operation" in settled, given=given_operation is not None)
    sources.add("act_fn", options.act_fns, "act_fn" in settled, given=given_act_fn is not None)
    sources.add("n_heads", options.n_heads, "n_heads" in settled, given=given_heads is not None or bool(sizes.n_heads))
    sources.add("attn_coeff", options.attn_coeffs, "attn_coeff" in settled, given=given_coeff is not None)
    sources.add("axes", options.transposed, "transposed" in settled, given=len(options.transposed) == 1)
    sources.inferred += [role for role in ("W_pos", "W_U") if role not in tensors]
    warnings = [
        f"{source} records {setting}, which is not known; if it changes the forward pass, the numbers are wrong."
        for setting in settings.unknown
    ]
    if given_operation not in (None, "table"):
        oriented = _oriented(tensors, sizes, layout, source, n_heads, recognition.values["transposed"])
        warnings += _operation_warnings(config, oriented, recognition.values["transposed"], source)
    return ModelReading(
        config,
        tuple(sources.inferred),
        tuple(sources.assumed),
        overrides.names,
        recognition.values["transposed"],
        tuple(warnings),
    )


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


def settings_in(reading: ModelReading, names: Sequence[str]) -> dict[str, Any]:
    """The values of some settings of the config, as text for people.

    >>> from engine.networks.config import ModelConfig
    >>> settings_in(ModelReading(ModelConfig.standard(), assumed=("act_fn",)), ("act_fn", "prompt"))
    {'act_fn': 'relu', 'prompt': 'x y ='}
    """
    config = reading.config
    values = {**vars(config), "prompt": config.prompt.describe(config.p)}
    texts = {"W_pos": "none", "W_U": "the transposed W_E", "axes": "[out, in]" if reading.transposed else "[in, out]"}
    return {name: texts.get(name, values.get(name)) for name in names}
