"""A network of any architecture in a line: what it is, and its settings in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.networks.mlp_config import MlpConfig
from engine.networks.transformer_config import TransformerConfig

if TYPE_CHECKING:
    from engine.networks.network_config import NetworkConfig


def describe_network(config: NetworkConfig) -> str:
    """What a network is, and its settings except its task and the layer on show.

    >>> describe_network(MlpConfig(23, (512,), 23, 23))
    'an MLP, x and y one-hot, summed, 512 neurons, relu'
    """
    if isinstance(config, MlpConfig):
        settings = _mlp(config)
    elif isinstance(config, TransformerConfig):
        settings = _transformer(config)
    else:
        hidden = ("p", "operation", "layer")
        settings = [
            f"{name} {value}" for name, value in config.reported().items() if name not in hidden and value is not None
        ]
    return ", ".join([config.description, *settings])


def _mlp(config: MlpConfig) -> list[str]:
    inputs = f"embedded in d_embed {config.d_embed}" if config.d_embed else "one-hot"
    joined = {"sum": "summed", "concatenation": "concatenated"}[config.joined]
    neurons = f"{_listed(config.hidden)} neurons"
    own = ["y with an embedding of its own"] if config.y_embedding else []
    return [f"x and y {inputs}", *own, joined, neurons, config.act_fn]


def _transformer(config: TransformerConfig) -> list[str]:
    mlp = f"gated d_mlp {config.d_mlp}" if config.gated else f"d_mlp {config.d_mlp}"
    grouped = [] if config.n_key_value_heads is None else [f"{config.n_key_value_heads} key-value heads"]
    coeff = [] if config.attn_coeff == 1 else [f"attn_coeff {config.attn_coeff:g}"]
    scale = [] if config.attn_scale is None else [f"attn_scale {config.attn_scale:g}"]
    return [
        *(_norms(config) if config.norms else []),
        f"d_model {config.d_model}",
        f"{config.n_heads} heads of {config.d_head}",
        *grouped,
        mlp,
        config.act_fn,
        *coeff,
        *scale,
        f"prompt {config.prompt.describe(config.p)}",
        *(["y with an embedding of its own"] if config.y_embedding else []),
        "no positions" if config.position_kind == "none" else f"{config.position_kind} positions",
        *((["causal"] if config.causal else ["no causal mask"]) if config.mask_matters else []),
        f"read at {config.read_at}",
    ]


def _norms(config: TransformerConfig) -> list[str]:
    """What the norms are before or after."""
    order = {"pre": "before", "post": "after"}[config.norm_order]
    normed = [part for name, part in (("ln1", "attention"), ("ln2", "the MLP")) if name in config.norms]
    in_blocks = [f"norms {order} {_listed(normed)}"] if normed else []
    first = ["norm of the embedding"] if "ln_embed" in config.norms else []
    final = ["final norm"] if "ln_final" in config.norms else []
    return [*first, *in_blocks, *final, f"norm_eps {config.norm_eps:g}"]


def _listed(values: Sequence[object]) -> str:
    """
    >>> _listed([512]), _listed([200, 200]), _listed(["a", "b", "c"])
    ('512', '200 and 200', 'a, b and c')
    """
    *others, last = map(str, values)
    return f"{', '.join(others)} and {last}" if others else last
