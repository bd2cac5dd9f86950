"""The tensors of a transformer by their names in TransformerLens, and their shapes."""

from __future__ import annotations

from collections.abc import Iterator

from engine.networks.named_weights import Shape
from engine.networks.transformer_config import TransformerConfig


def transformer_shapes(config: TransformerConfig) -> dict[str, Shape]:
    """The shape of each tensor, in the order of the forward pass.

    Missing biases are zero and missing weights of a norm one, so LayerNorm without parameters (`LNPre`) needs none.

    >>> from engine.networks.config import Prompt
    >>> config = TransformerConfig(7, 8, 1, 2, 4, 16, Prompt.parse("x y", 7), 7, 7, norms=("ln1",))
    >>> list(transformer_shapes(config))[:5]
    ['embed.W_E', 'pos_embed.W_pos', 'blocks.0.ln1.w', 'blocks.0.ln1.b', 'blocks.0.attn.W_Q']
    """
    return dict(_shapes(config))


def _shapes(config: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    d_model = config.d_model
    yield "embed.W_E", Shape((config.d_vocab, d_model), token_axis=0)
    if config.y_embedding:
        yield "embed_y.W_E", Shape((config.p, d_model), token_axis=0)
    if config.position_kind == "learned":
        yield "pos_embed.W_pos", Shape((config.prompt.n_ctx, d_model))
    yield from _norm("ln_embed", "ln_embed", config)
    for layer in range(config.n_layers):
        yield from _norm(f"blocks.{layer}.ln1", "ln1", config)
        yield from _attention(f"blocks.{layer}.attn", config)
        yield from _norm(f"blocks.{layer}.ln2", "ln2", config)
        yield from _mlp(f"blocks.{layer}.mlp", config)
    yield from _norm("ln_final", "ln_final", config)
    yield "unembed.W_U", Shape((d_model, config.d_vocab_out), token_axis=1)
    yield "unembed.b_U", Shape((config.d_vocab_out,), fill=0, token_axis=0)


def _norm(prefix: str, name: str, config: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    if name in config.norms:
        yield f"{prefix}.w", Shape((config.d_model,), fill=1)
        yield f"{prefix}.b", Shape((config.d_model,), fill=0)


def _attention(prefix: str, config: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    heads = {"Q": config.n_heads, "K": config.key_value_heads, "V": config.key_value_heads}
    for part, n_heads in heads.items():
        yield f"{prefix}.W_{part}", Shape((n_heads, config.d_model, config.d_head))
        yield f"{prefix}.b_{part}", Shape((n_heads, config.d_head), fill=0)
    yield f"{prefix}.W_O", Shape((config.n_heads, config.d_head, config.d_model))
    yield f"{prefix}.b_O", Shape((config.d_model,), fill=0)


def _mlp(prefix: str, config: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    for part in ("gate", "in") if config.gated else ("in",):
        yield f"{prefix}.W_{part}", Shape((config.d_model, config.d_mlp))
        yield f"{prefix}.b_{part}", Shape((config.d_mlp,), fill=0)
    yield f"{prefix}.W_out", Shape((config.d_mlp, config.d_model))
    yield f"{prefix}.b_out", Shape((config.d_model,), fill=0)
