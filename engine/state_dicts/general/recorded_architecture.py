"""Settings of an architecture outside the study's family, as trainers record them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.networks.config import ReadAt
from engine.networks.transformer_config import NormKind, NormOrder, PositionKind, RotaryPairs
from engine.state_dicts.recorded_settings import find_setting, number, positive_int

_READ_AT: Mapping[str, ReadAt] = {
    **dict.fromkeys(("mean", "avg", "average", "mean_pool"), "mean"),
    **dict.fromkeys(("first", "cls"), "first"),
    **dict.fromkeys(("last", "last_token", "final"), "last"),
}
_POSITIONS: Mapping[str, PositionKind] = {
    **dict.fromkeys(("rotary", "rope"), "rotary"),
    **dict.fromkeys(("sinusoidal", "sincos", "sine", "sin"), "sinusoidal"),
    **dict.fromkeys(("none", "nope"), "none"),
}
_KIND_OF: Mapping[str, NormKind] = {
    **dict.fromkeys(("ln", "lnpre", "layernorm", "layer_norm", "layer"), "layer"),
    **dict.fromkeys(("rms", "rmspre", "rmsnorm", "rms_norm"), "rms"),
}
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "n_layers": ("n_layers", "num_layers", "n_layer", "num_hidden_layers", "depth", "n_blocks", "num_blocks", "layers"),
    "gated": ("gated_mlp", "glu", "use_glu"),
    "norm_order": (
        "norm_first",
        "pre_norm",
        "prenorm",
        "post_norm",
        "norm_order",
        "norm_position",
        "ln_position",
        "norm",
    ),
    "norm_kind": ("normalization_type", "norm_type", "normalization", "norm", "layer_norm_type"),
    "norm_eps": ("norm_eps", "layer_norm_eps", "layer_norm_epsilon", "rms_norm_eps", "ln_eps", "eps"),
    "causal": ("causal", "is_causal", "use_causal_mask", "causal_mask", "attention_dir", "use_mask"),
    "read_at": ("read_at", "pool", "pooling", "readout", "output_pool", "sequence_pool"),
    "position_kind": (
        *("positional_embedding_type", "position_embedding_type", "pos_embedding_type", "pos_embed_type", "pos_type"),
        *("pos_emb_type", "positional_encoding", "pos_encoding", "positional_encoding_type", "positional_embedding"),
        *("position_encoding", "pos_enc", "rotary", "use_rope", "use_rotary", "rope"),
    ),
    "rotary_base": ("rotary_base", "rope_theta", "rope_base"),
    "rotary_pairs": ("rotary_adjacent_pairs", "rope_interleaved", "rotary_interleaved"),
}
# The names that this module reads, or that shapes contradict or confirm: the folded family has one value of each.
ARCHITECTURE_NAMES = frozenset(name for names in _SYNONYMS.values() for name in names) | frozenset(
    (
        *("use_ln", "layer_norm", "layernorm", "use_layernorm", "use_layer_norm", "use_norm", "final_rms", "rmsnorm"),
        *("ln", "rms_norm", "use_rmsnorm", "use_rms_norm", "with_ln", "has_ln", "layer_normalization"),
    )
)


@dataclass(frozen=True)
class RecordedArchitecture:
    """What a checkpoint and the files beside it record; None where they record nothing."""

    n_layers: int | None = None
    gated: bool | None = None
    norm_order: NormOrder | None = None
    norm_kind: NormKind | None = None
    norm_eps: float | None = None
    causal: bool | None = None
    read_at: ReadAt | None = None
    position_kind: PositionKind | None = None
    rotary_base: float | None = None
    rotary_pairs: RotaryPairs | None = None


def read_architecture(recorded: Mapping[str, object]) -> RecordedArchitecture:
    """Read the settings of a config, nested or not.

    >>> found = read_architecture({"model": {"norm_first": True, "pooling": "mean"}})
    >>> found.norm_order, found.read_at, found.causal
    ('pre', 'mean', None)
    """
    return RecordedArchitecture(
        n_layers=find_setting(recorded, _SYNONYMS["n_layers"], lambda _, value: positive_int(value)),
        gated=find_setting(recorded, _SYNONYMS["gated"], lambda _, value: value if isinstance(value, bool) else None),
        norm_order=find_setting(recorded, _SYNONYMS["norm_order"], _norm_order),
        norm_kind=find_setting(recorded, _SYNONYMS["norm_kind"], lambda _, value: _KIND_OF.get(_text(value))),
        norm_eps=find_setting(recorded, _SYNONYMS["norm_eps"], _small_number),
        causal=find_setting(recorded, _SYNONYMS["causal"], _causal),
        read_at=find_setting(recorded, _SYNONYMS["read_at"], lambda _, value: _READ_AT.get(_text(value))),
        position_kind=find_setting(recorded, _SYNONYMS["position_kind"], _position_kind),
        rotary_base=find_setting(recorded, _SYNONYMS["rotary_base"], lambda _, value: number(value)),
        rotary_pairs=find_setting(recorded, _SYNONYMS["rotary_pairs"], _rotary_pairs),
    )


def _text(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _norm_order(name: str, value: object) -> NormOrder | None:
    if isinstance(value, bool):
        if name == "norm":
            return None
        return "post" if value == (name == "post_norm") else "pre"
    text = _text(value)
    return "pre" if text.startswith("pre") else "post" if text.startswith("post") else None


def _small_number(name: str, value: object) -> float | None:
    """An epsilon of a norm: others of that name, as of an optimiser, are smaller."""
    found = number(value)
    return found if found is not None and 1e-7 <= found <= 1e-2 else None


def _causal(name: str, value: object) -> bool | None:
    if name == "attention_dir":
        return {"causal": True, "bidirectional": False}.get(_text(value))
    return value if isinstance(value, bool) else None


def _position_kind(name: str, value: object) -> PositionKind | None:
    if value is True and name in ("rotary", "use_rope", "use_rotary", "rope"):
        return "rotary"
    return _POSITIONS.get(_text(value))


def _rotary_pairs(name: str, value: object) -> RotaryPairs | None:
    return ("neighbours" if value else "halves") if isinstance(value, bool) else None
