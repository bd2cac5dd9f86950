"""The tensors of an MLP on two numbers by name, and their shapes. Matrices have the axes [in, out]."""

from __future__ import annotations

from collections.abc import Iterator

from engine.networks.mlp_config import MlpConfig
from engine.networks.named_weights import Shape


def mlp_shapes(config: MlpConfig) -> dict[str, Shape]:
    """The shape of each tensor, in the order of the forward pass; missing biases are zero.

    The first layer has one matrix for both inputs if they are summed, else one for each.

    >>> list(mlp_shapes(MlpConfig(7, (16,), 7, 7, joined="concatenation")))
    ['layers.0.W_x', 'layers.0.W_y', 'layers.0.b', 'unembed.W', 'unembed.b']
    """
    return dict(_shapes(config))


def _shapes(config: MlpConfig) -> Iterator[tuple[str, Shape]]:
    if config.d_embed:
        yield "embed.W_E", Shape((config.d_vocab, config.d_embed), token_axis=0)
    if config.y_embedding:
        yield "embed_y.W_E", Shape((config.p, config.d_embed), token_axis=0)
    widths = (config.d_embed or config.d_vocab, *config.hidden)
    token_axis = None if config.d_embed else 0
    for name in ("W",) if config.joined == "sum" else ("W_x", "W_y"):
        yield f"layers.0.{name}", Shape(widths[:2], token_axis=token_axis)
    yield "layers.0.b", Shape(widths[1:2], fill=0)
    for layer in range(1, len(config.hidden)):
        yield f"layers.{layer}.W", Shape(widths[layer : layer + 2])
        yield f"layers.{layer}.b", Shape(widths[layer + 1 : layer + 2], fill=0)
    yield "unembed.W", Shape((widths[-1], config.d_vocab_out), token_axis=1)
    yield "unembed.b", Shape((config.d_vocab_out,), fill=0, token_axis=0)
