"""The readings of a stored transformer that its shapes, the recorded and the explicit settings leave possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeVar

from engine.errors import UnsupportedModel
from engine.networks.config import ActFn, InvalidConfig, Prompt, ReadAt
from engine.networks.transformer_config import (
    NormKind,
    NormName,
    NormOrder,
    PositionKind,
    RotaryPairs,
    TransformerConfig,
)
from engine.state_dicts.general.general_reading import GeneralReading
from engine.state_dicts.general.recorded_architecture import RecordedArchitecture
from engine.state_dicts.general.stored_transformer import StoredTransformer
from engine.state_dicts.prompt_candidates import TokenShapes, candidate_tasks

T = TypeVar("T")
TaskTokens = tuple[int, Prompt]

_MOST_HEADS = 64
_USUAL_HEADS = (4, 8, 2, 1)
_NORMS_BEFORE: tuple[NormName, ...] = ("ln1", "ln2", "ln_final")
_NORMS_AFTER: tuple[NormName, ...] = ("ln1", "ln2")


@dataclass(frozen=True)
class GivenSettings:
    """Explicit settings, else recorded ones; None where there is neither."""

    p: int | None = None
    prompt: str | None = None
    act_fn: ActFn | None = None
    n_heads: int | None = None
    d_head: int | None = None
    attn_coeff: float | None = None
    attn_scale: float | None = None
    norm: str | None = None  # "none", "pre" or "post"
    read_at: ReadAt | None = None


def transformer_readings(
    stored: StoredTransformer, given: GivenSettings, architecture: RecordedArchitecture
) -> list[GeneralReading]:
    """All readings, the likely ones first.

    Raises:
        InvalidConfig: an explicit setting contradicts the tensors, or nothing is possible.
        AmbiguousTask: p cannot be inferred.
    """
    _require_recorded(stored, architecture)
    open_settings = _open_settings(stored, given, architecture)
    readings: dict[GeneralReading, None] = {}
    error: InvalidConfig | None = None
    for values in product(*open_settings.values()):
        try:
            reading = _reading(stored, given, architecture, dict(zip(open_settings, values, strict=True)))
        except InvalidConfig as invalid:
            error = error or invalid
        else:
            readings[reading] = None
    if not readings:
        raise error or InvalidConfig(f"{stored.source}: no reading is possible.")
    return list(readings)


def _require_recorded(stored: StoredTransformer, architecture: RecordedArchitecture) -> None:
    """Require the recorded depth and gate, and one kind of positions.

    Raises:
        UnsupportedModel: the tensors have another.
    """
    n_layers = stored.sizes.n_layers
    if architecture.n_layers not in (None, n_layers):
        raise UnsupportedModel(
            f"{stored.source} records n_layers = {architecture.n_layers}, but has the tensors of {n_layers}; "
            "save the state dict of the whole network."
        )
    if "W_pos" in stored.shared and (architecture.position_kind == "rotary" or stored.has_rotary_buffers):
        verb = "has" if stored.has_rotary_buffers else "records"
        raise UnsupportedModel(
            f"{stored.source} {verb} rotary positions, but also a positional embedding; expected one of them."
        )
    if architecture.gated and not stored.gated:
        raise UnsupportedModel(f"{stored.source} records a gated MLP, but has no tensor of a gate.")


def _open_settings(
    stored: StoredTransformer, given: GivenSettings, architecture: RecordedArchitecture
) -> dict[str, tuple[Any, ...]]:
    """The values of each setting that remain possible, the default first; the last setting varies fastest."""
    return {
        "task": tuple(_tasks(stored, given)),
        "norms": _norms(stored, given, architecture),
        "kind": _norm_kinds(stored, architecture),
        "positions": tuple(_positions(stored, architecture)),
        "transposed": (False, True) if stored.has_bare_square_matrices else (False,),
        "read": tuple(_reads(stored, given, architecture)),
        "act_fn": _act_fns(stored, given),
        "n_heads": _heads(stored, given),
    }


def _reading(
    stored: StoredTransformer, given: GivenSettings, architecture: RecordedArchitecture, values: dict[str, Any]
) -> GeneralReading:
    sizes = stored.sizes
    (p, prompt), (norms, order), n_heads = values["task"], values["norms"], values["n_heads"]
    (position_kind, rotary_pairs), (read_at, causal) = values["positions"], values["read"]
    config = TransformerConfig(
        p=p,
        d_model=sizes.d_model,
        n_layers=sizes.n_layers,
        n_heads=n_heads,
        d_head=sizes.heads_width // n_heads,
        d_mlp=sizes.d_mlp,
        prompt=Prompt(prompt.slots),
        d_vocab=sizes.d_vocab,
        d_vocab_out=sizes.d_vocab_out,
        act_fn=values["act_fn"],
        n_key_value_heads=sizes.key_value_heads(n_heads),
        gated=stored.gated,
        norms=norms,
        norm_kind=values["kind"],
        norm_order=order,
        norm_eps=architecture.norm_eps or 1e-5,
        position_kind=position_kind,
        rotary_pairs=rotary_pairs,
        rotary_base=architecture.rotary_base or 10_000.0,
        causal=causal,
        read_at=read_at,
        y_embedding=stored.y_embedding or prompt.y_offset > 0,
        attn_coeff=1.0 if given.attn_coeff is None else given.attn_coeff,
        attn_scale=given.attn_scale,
    )
    return GeneralReading(config, values["transposed"], prompt.y_offset)


def _tasks(stored: StoredTransformer, given: GivenSettings) -> Iterator[TaskTokens]:
    sizes = stored.sizes
    if not stored.y_embedding:
        shapes = TokenShapes(sizes.d_vocab, sizes.d_vocab_out, sizes.n_positions)
        yield from candidate_tasks(shapes, p=given.p, prompt=given.prompt, source=stored.source).candidates
        return
    rows = stored.shared["W_E_y"].numel() // sizes.d_model
    p = given.p or min(rows, sizes.d_vocab, sizes.d_vocab_out)
    if given.prompt is not None:
        yield p, Prompt.parse(given.prompt, p)
        return
    n_constants = min(max(sizes.d_vocab - p, 0), 1 if sizes.n_positions is None else max(sizes.n_positions - 2, 0), 2)
    for prompt in ("x y op =", "x op y =", "x y =", "x y"):
        if len(prompt.split()) - 2 <= n_constants:
            yield p, Prompt.parse(prompt, p)


def _norms(
    stored: StoredTransformer, given: GivenSettings, architecture: RecordedArchitecture
) -> tuple[tuple[tuple[NormName, ...], NormOrder], ...]:
    """Which norms there are, and what they apply to. Norms without parameters are recorded or explicit."""
    order = given.norm if given.norm in ("pre", "post") else architecture.norm_order
    if stored.norms:
        orders: tuple[NormOrder, ...] = ("pre", "post") if "ln_final" in stored.norms else ("post", "pre")
        return tuple((stored.norms, each) for each in orders if order in (None, each))
    without: tuple[tuple[NormName, ...], NormOrder] = ((), "pre")
    if given.norm == "none":
        return (without,)
    if order is None and architecture.norm_kind is None:
        return (without, (_NORMS_BEFORE, "pre"))
    return ((_NORMS_AFTER, "post"),) if order == "post" else ((_NORMS_BEFORE, "pre"),)


def _norm_kinds(stored: StoredTransformer, architecture: RecordedArchitecture) -> tuple[NormKind, ...]:
    if architecture.norm_kind is not None:
        return (architecture.norm_kind,)
    if stored.names_rms:
        return ("rms",)
    if stored.norms_have_biases:
        return ("layer",)
    return ("rms", "layer") if stored.norms else ("layer", "rms")


def _positions(
    stored: StoredTransformer, architecture: RecordedArchitecture
) -> Iterator[tuple[PositionKind, RotaryPairs]]:
    kind = architecture.position_kind
    pairs: tuple[RotaryPairs, ...] = ("halves", "neighbours")
    pairs = pairs if architecture.rotary_pairs is None else (architecture.rotary_pairs,)
    if "W_pos" in stored.shared:
        yield "learned", "halves"
    elif kind == "rotary" or (kind is None and stored.has_rotary_buffers):
        yield from (("rotary", each) for each in pairs)
    elif kind is not None:
        yield kind, "halves"
    else:
        yield from (("none", "halves"), ("rotary", "halves"), ("rotary", "neighbours"), ("sinusoidal", "halves"))


def _reads(
    stored: StoredTransformer, given: GivenSettings, architecture: RecordedArchitecture
) -> Iterator[tuple[ReadAt, bool]]:
    """Where the logits are read, and whether attention is causal, if that matters."""
    given_read = given.read_at or architecture.read_at
    places: tuple[ReadAt, ...] = ("last", "first", "mean") if given_read is None else (given_read,)
    for read_at in places:
        if architecture.causal is not None:
            yield read_at, architecture.causal
        elif read_at == "first":
            yield read_at, False  # under a causal mask the first position would see itself alone
        elif read_at == "last" and stored.sizes.n_layers == 1:
            yield read_at, True  # the last position sees all others
        else:
            yield from ((read_at, True), (read_at, False))


def _act_fns(stored: StoredTransformer, given: GivenSettings) -> tuple[ActFn, ...]:
    if given.act_fn is not None:
        return (given.act_fn,)
    return ("silu", "gelu") if stored.gated else ("relu", "gelu")


def _heads(stored: StoredTransformer, given: GivenSettings) -> tuple[int, ...]:
    """The possible numbers of heads, usual ones first.

    Raises:
        InvalidConfig: the given number contradicts the tensors.
    """
    sizes = stored.sizes
    width = sizes.heads_width
    if sizes.n_heads is not None:
        if given.n_heads not in (None, sizes.n_heads):
            raise InvalidConfig(f"n_heads is {given.n_heads}, but W_Q has {sizes.n_heads} heads.")
        return (sizes.n_heads,)
    by_width = width // given.d_head if given.d_head and width % given.d_head == 0 else None
    n_heads = given.n_heads or by_width
    if n_heads is not None:
        if width % n_heads:
            raise InvalidConfig(f"n_heads is {n_heads}, but the heads together are {width} wide, not a multiple of it.")
        return (n_heads,)
    fits = [
        n for n in range(1, min(width, _MOST_HEADS) + 1) if width % n == 0 and sizes.key_value_width % (width // n) == 0
    ]
    return (*(n for n in _USUAL_HEADS if n in fits), *(n for n in fits if n not in _USUAL_HEADS))


def sources_of(explicit: Mapping[str, object], recorded: Mapping[str, object]) -> dict[str, str]:
    """Where each given setting comes from: "explicit" or "recorded"."""
    return {
        **{name: "recorded" for name, value in recorded.items() if value is not None},
        **{name: "explicit" for name, value in explicit.items() if value is not None},
    }
