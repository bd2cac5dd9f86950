"""Roles of tensors and the names that people give them.

A role is a field of `Weights`. `assign_roles` finds the tensor of each role by its name: case, the prefixes of
wrappers, the block number and the endings `.weight` and `.bias` do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from engine.state_dicts import transformerlens

# Names that identify a role wherever they stand, in lower case.
_ANYWHERE_TEXT = {
    "W_E": """w_e embed embedding embeddings emb token_embed token_embedding token_embeddings token_emb tok_embed
        tok_embedding tok_embeddings tok_emb embed_tokens word_embeddings word_embedding input_embedding input_embed
        wte e embed.tok embed.token embedding.tok embedding.token embeddings.token embeddings.tok input_emb in_embed
        tokens""",
    "W_pos": """w_pos pos pos_embed pos_embedding pos_embeddings pos_emb pos_enc position_embed position_embedding
        position_embeddings position_emb positional_embed positional_embedding positional_embeddings
        positional_encoding pos_encoding positions position positional wpe embed_pos embed_positions embed.pos
        embedding.pos embedding.position embeddings.pos embeddings.position input_pos posembed""",
    "W_U": """w_u unembed unembedding unemb lm_head head output_head output output_layer output_proj
        output_projection out_layer to_logits logits classifier readout decoder final final_layer mlp_head u""",
    "W_Q": "w_q wq q_proj w_query query_proj to_q q_linear linear_q q_lin fc_q query queries q",
    "W_K": "w_k wk k_proj w_key key_proj to_k k_linear linear_k k_lin fc_k key keys k",
    "W_V": "w_v wv v_proj w_value value_proj to_v v_linear linear_v v_lin fc_v value values v",
    "W_O": "w_o wo o_proj out_proj to_out to_out.0 o_linear linear_o out_lin attn_out attn_proj unify_heads fc_o o",
    "W_in": """w_in win ffn_in mlp_in fc_in ff_in fc1 ff1 mlp1 linear1 linear_1 lin1 lin_1 linear_in up_proj w1 w_up
        c_fc wi dense_h_to_4h mlp_up intermediate.dense""",
    "W_out": """w_out wout ffn_out mlp_out ff_out fc2 ff2 mlp2 linear2 linear_2 lin2 lin_2 linear_out down_proj w2
        w_down dense_4h_to_h mlp_down output.dense""",
}
# Names that identify a role only inside the attention, the MLP, or outside both ("").
_INSIDE_TEXT = {
    ("attention", "W_O"): "proj c_proj out output output.dense output_proj output_projection dense fc linear w_out",
    ("mlp", "W_in"): "up in input proj_in dense1 first hidden",
    ("mlp", "W_out"): "c_proj fc_out proj down out output proj_out dense2 second o_proj wo",
    ("", "W_U"): "fc_out out fc linear proj dense",
}
_ANYWHERE = {role: frozenset(names.split()) for role, names in _ANYWHERE_TEXT.items()}
_INSIDE = {place: frozenset(names.split()) for place, names in _INSIDE_TEXT.items()}
_BIAS_OF = {f"W_{part}": f"b_{part}" for part in ("Q", "K", "V", "O", "in", "out", "U")}
_EXPLICIT_BIASES = {
    spelling: bias
    for role, bias in _BIAS_OF.items()
    for spelling in (bias.lower(), bias.lower().replace("_", ""), f"bias_{role[2:].lower()}")
} | {"b1": "b_in", "b2": "b_out"}
# Parts of a name that say where a tensor is, but not what it is.
ATTENTION = frozenset(("attn", "attention", "self_attn", "self_attention", "mha", "multihead_attn", "selfattn"))
MLP = frozenset(("mlp", "ffn", "ff", "feed_forward", "feedforward", "ffwd"))
BLOCKS = frozenset(("blocks", "block", "layers", "layer", "h", "transformer_blocks", "transformer_block", "resblocks"))

Ending = Literal["weight", "bias", ""]


@dataclass(frozen=True)
class Role:
    """The role of a tensor, and whether its name ends in `.weight`: then it is of an `nn.Linear` or `nn.Embedding`."""

    name: str
    is_module_weight: bool


@lru_cache(maxsize=4096)
def role_of(name: str) -> Role | None:
    """The role of a tensor by its name without wrapper prefixes; None if the name is not known.

    >>> role_of("blocks.0.attn.W_Q"), role_of("tok_emb.weight").name, role_of("h.0.mlp.c_proj.bias").name
    (Role(name='W_Q', is_module_weight=False), 'W_E', 'b_out')
    """
    if name in transformerlens.NAMES:
        return Role(transformerlens.NAMES[name], is_module_weight=False)
    parts = name.lower().split(".")
    ending: Ending = "weight" if parts[-1] == "weight" else "bias" if parts[-1] == "bias" else ""
    if ending and len(parts) > 1:
        parts.pop()
    inside, rest = _locate(parts)
    role = _role_of_parts(rest, inside)
    if role is None:
        return None
    if ending == "bias" and role.startswith("W_"):
        return Role(_BIAS_OF[role], False) if role in _BIAS_OF else None
    return Role(role, ending == "weight")


def _locate(parts: list[str]) -> tuple[str, list[str]]:
    """Whether a tensor is inside the attention or the MLP ("" for neither), and the parts that name it."""
    inside, rest = "", []
    for index, part in enumerate(parts):
        if part in ATTENTION:
            inside = "attention"
        elif part in MLP:
            inside = "mlp"
        elif part in BLOCKS or (part.isdecimal() and index > 0 and parts[index - 1] in BLOCKS):
            continue
        else:
            rest.append(part)
    return inside, rest


def _role_of_parts(rest: list[str], inside: str) -> str | None:
    if not rest:
        return None
    for spelling in (".".join(rest), rest[-1]):
        if spelling in _EXPLICIT_BIASES:
            return _EXPLICIT_BIASES[spelling]
        for (place, role), names in _INSIDE.items():
            if place == inside and spelling in names and (place or len(rest) == 1):
                return role
        for role, names in _ANYWHERE.items():
            if spelling in names:
                return role
    return None


def numbered_mlp(names: Iterable[str]) -> dict[str, str]:
    """The roles of `mlp.0.weight` and `mlp.2.weight`, an `nn.Sequential`: the first is W_in, the last is W_out.

    >>> numbered_mlp(["mlp.0.weight", "mlp.0.bias", "mlp.2.weight"])
    {'mlp.0.weight': 'W_in', 'mlp.0.bias': 'b_in', 'mlp.2.weight': 'W_out'}
    """
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        parts = name.lower().split(".")
        if len(parts) < 3 or parts[-1] not in ("weight", "bias") or not parts[-2].isdecimal() or len(parts[-2]) > 3:
            continue
        if any(part in MLP for part in parts[:-2]):
            found[name] = (int(parts[-2]), parts[-1])
    numbers = sorted({number for number, ending in found.values() if ending == "weight"})
    if len(numbers) != 2:
        return {}
    role = {numbers[0]: {"weight": "W_in", "bias": "b_in"}, numbers[1]: {"weight": "W_out", "bias": "b_out"}}
    return {name: role[number][ending] for name, (number, ending) in found.items() if number in role}


@dataclass(frozen=True)
class Assignment:
    """Which tensor has which role: names by role, the roles of module weights, and the names without a role."""

    names: Mapping[str, str]
    module_weights: frozenset[str]
    unknown: tuple[str, ...]
    repeated: Mapping[str, tuple[str, ...]]  # roles that several names claim


def assign_roles(names: Iterable[str], explicit: Mapping[str, str] | None = None) -> Assignment:
    """Assign roles to tensor names; `explicit` maps roles to names and overrides the table.

    >>> assign_roles(["embed", "pos", "W_in.weight"]).names
    {'W_E': 'embed', 'W_pos': 'pos', 'W_in': 'W_in.weight'}
    """
    names = list(names)
    explicit = explicit or {}
    numbered = numbered_mlp(names)
    claims: dict[str, list[str]] = {role: [name] for role, name in explicit.items()}
    module_weights = {role for role, name in explicit.items() if name.endswith(".weight")}
    taken, unknown = set(explicit.values()), []
    for name in names:
        if name in taken:
            continue
        role = Role(numbered[name], numbered[name].startswith("W")) if name in numbered else role_of(name)
        if role is None:
            unknown.append(name)
        elif role.name not in explicit:
            claims.setdefault(role.name, []).append(name)
            if role.is_module_weight:
                module_weights.add(role.name)
    repeated = {role: tuple(claimed) for role, claimed in claims.items() if len(claimed) > 1}
    first = {role: claimed[0] for role, claimed in claims.items()}
    return Assignment(first, frozenset(module_weights), tuple(unknown), repeated)
