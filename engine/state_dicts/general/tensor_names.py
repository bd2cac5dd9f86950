"""Names of tensors of transformers of any depth: the layer, and the role in it.

Roles are those of `roles`, and besides: `W_gate`, `W_QKV` and `W_KV` (fused), `W_E_y` (a second embedding), `ln1.w`
and the like, and `ignore` for buffers of positions that are computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.state_dicts.roles import ATTENTION, BLOCKS, MLP, Role, numbered_mlp, role_of

IGNORE = "ignore"
_FUSED = {
    **dict.fromkeys(
        (
            *("in_proj", "in_proj_weight", "in_proj_bias", "qkv", "wqkv", "w_qkv", "qkv_proj", "c_attn", "to_qkv"),
            *("qkv_linear", "linear_qkv", "attn_qkv", "query_key_value", "qkv_weight", "qkv_bias"),
        ),
        "W_QKV",
    ),
    **dict.fromkeys(("kv", "to_kv", "kv_proj", "wkv", "w_kv", "linear_kv"), "W_KV"),
}
_GATES = frozenset(("gate_proj", "w_gate", "gate", "wg", "w_g", "fc_gate", "linear_gate", "ffn_gate", "mlp_gate"))
_COMPUTED_POSITIONS = re.compile(
    r"(?:.*\.)?(?:inv_freq|freqs_cis|freqs|cos_cached|sin_cached)|(?:.*\.)?(?:rope|rotary)\w*\..*"
)
_STORED_POSITIONS = frozenset(("pe", "pos_table", "sinusoid", "sinusoidal"))
_SECOND = re.compile(
    r"(?:w_)?(?:(?:tok(?:en)?_?)?emb(?:ed(?:ding)?s?)?|e)_?(?P<after>[abxy12ij]|left|right|first|second)"
)
_IS_SECOND = {"b": True, "y": True, "2": True, "j": True, "right": True, "second": True}
_NORM = re.compile(
    r"(?P<before>\w+?_)?(?:ln|layer_?norm|rms_?norm|norm|rms)_?(?P<after>1|2|attn|mlp|ffn|ff|f|final|out|embed|emb|in)?"
)
_FIRST_NORMS = frozenset(
    ("1", "attn", "attention", "input", "pre_attn", "pre_attention", "self_attn_layer", "self_attn")
)
_SECOND_NORMS = frozenset(("2", "mlp", "ffn", "ff", "post_attention", "pre_mlp", "pre_ffn", "feed_forward"))
_FINAL_NORMS = frozenset(
    ("", "f", "final", "out", "output", "final_layer", "encoder", "decoder", "post", "head", "last")
)
_EMBEDDING_NORMS = frozenset(("embed", "emb", "in", "input", "embedding", "pre"))
_NORM_WEIGHTS = {**dict.fromkeys(("weight", "w", "gamma", "g", "scale", "w_ln"), "w")}
_NORM_BIASES = {**dict.fromkeys(("bias", "b", "beta", "b_ln"), "b")}
_NORM_PARAMETERS = {**_NORM_WEIGHTS, **_NORM_BIASES}


@dataclass(frozen=True)
class Place:
    """Where a tensor belongs: its layer, None outside all layers, and its role there."""

    layer: int | None
    role: str
    is_module_weight: bool = False


def places(names: Iterable[str]) -> dict[str, Place | None]:
    """The place of each tensor name without wrapper prefixes; None where the name is not known.

    >>> places(["layers.1.self_attn.in_proj_weight", "layers.1.norm2.bias", "embed_b.weight"])
    {'layers.1.self_attn.in_proj_weight': Place(layer=1, role='W_QKV', is_module_weight=True), \
'layers.1.norm2.bias': Place(layer=1, role='ln2.b', is_module_weight=False), \
'embed_b.weight': Place(layer=None, role='W_E_y', is_module_weight=True)}
    """
    names = list(names)
    numbered = numbered_mlp(names)
    gated = any(_parts(name)[-1] == "w3" for name in names)  # Llama: w2(act(w1 x) * w3 x)
    return {name: _place(name, numbered.get(name), gated) for name in names}


def _place(name: str, numbered: str | None, gated: bool) -> Place | None:
    layer, rest = _layer(name)
    if numbered is not None:
        return Place(layer or 0, numbered, numbered.startswith("W"))
    if _COMPUTED_POSITIONS.fullmatch(name):
        return Place(None, IGNORE)
    norm = _norm_role(rest, layer)
    if norm is not None:
        return Place(layer if layer is not None or norm[:3] not in ("ln1", "ln2") else 0, norm)
    role = _own_role(rest, gated) or role_of(".".join(rest) if layer is not None else name)
    if role is None:
        return None
    outside = role.name in ("W_E", "W_E_y", "W_pos", "W_U", "b_U")
    return Place(None if outside else layer or 0, role.name, role.is_module_weight)


def _parts(name: str) -> list[str]:
    """The parts of a name, in lower case, without `.weight` and `.bias`."""
    parts = name.lower().split(".")
    return parts[:-1] if parts[-1] in ("weight", "bias") and len(parts) > 1 else parts


def _layer(name: str) -> tuple[int | None, list[str]]:
    """The number of the layer, None outside all, and the other parts of the name."""
    parts = name.lower().split(".")
    for index, part in enumerate(parts[:-1]):
        after_blocks = index == 0 or parts[index - 1] in BLOCKS
        if part.isdecimal() and len(part) < 4 and after_blocks:
            return int(part), parts[index + 1 :]
    return None, parts


def _own_role(rest: list[str], gated: bool) -> Role | None:
    """A role that only general networks have."""
    ending = rest[-1] if rest[-1] in ("weight", "bias") and len(rest) > 1 else ""
    last = rest[-2] if ending else rest[-1]
    is_bias = ending == "bias" or last.endswith("_bias")
    is_weight = ending == "weight" or last == "in_proj_weight"
    if last in _FUSED:
        role = _FUSED[last]
        role += " by head" if last == "query_key_value" else ""
    elif last in _GATES or (gated and last == "w1"):
        role = "W_gate"
    elif gated and last == "w3":
        role = "W_in"
    elif last in _STORED_POSITIONS:
        return Role("W_pos", False)
    elif (second := _SECOND.fullmatch(last)) is not None and not is_bias:
        return Role("W_E_y" if _IS_SECOND.get(second["after"]) else "W_E", is_weight)
    else:
        return None
    return Role(role.replace("W_", "b_", 1), False) if is_bias else Role(role, is_weight)


def _norm_role(rest: list[str], layer: int | None) -> str | None:
    """`ln1.w` and the like for a parameter of a norm."""
    if len(rest) < 2 or rest[-1] not in _NORM_PARAMETERS:
        return None
    match = _NORM.fullmatch(rest[-2])
    if match is None:
        return None
    kind = (match["before"] or "").rstrip("_") or match["after"] or ""
    before = rest[-3] if len(rest) > 2 else ""
    inside = "attn" if ATTENTION & set(rest[:-2]) else "mlp" if MLP & set(rest[:-2]) else ""
    for norm, kinds in (("ln1", _FIRST_NORMS), ("ln2", _SECOND_NORMS)):
        if (kind or inside) in kinds and (layer is not None or kind not in ("input", "")):
            return f"{norm}.{_NORM_PARAMETERS[rest[-1]]}"
    if not kind and before in ("embeddings", "output"):  # BERT
        kind = "embedding" if before == "embeddings" else "output"
    if layer is not None:  # self_attn_layer_norm and final_layer_norm are the two of a layer of BART
        return f"ln2.{_NORM_PARAMETERS[rest[-1]]}" if kind in ("final_layer", "output", "final") else None
    for norm, kinds in (("ln_final", _FINAL_NORMS), ("ln_embed", _EMBEDDING_NORMS)):
        if kind in kinds and not inside:
            return f"{norm}.{_NORM_PARAMETERS[rest[-1]]}"
    return None


def names_rms(names: Iterable[str]) -> bool:
    """Whether a name says that the norms are RMSNorm.

    >>> names_rms(["layers.0.rms_norm1.weight"]), names_rms(["ln1.params.weight"])
    (True, False)
    """
    return any("rms" in part for name in names for part in name.lower().split("."))
