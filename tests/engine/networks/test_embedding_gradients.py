"""Gradients on the embeddings against autograd on the tables of embeddings, a pair at a time."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
import torch
from torch import Tensor

from engine.networks import mlp, transformer_ends
from engine.networks.config import ACT_FNS, ModelConfig, Prompt
from engine.networks.folded import fold
from engine.networks.named_weights import NamedWeights
from engine.networks.network import Network
from engine.networks.parts import MissingPart
from tests.engine.networks import test_mlp, test_transformer
from tests.engine.networks.plain_model import plain_forward

P = 7
X, Y, Z = torch.tensor([0, 3, 6, 2]), torch.tensor([5, 1, 0, 4]), torch.tensor([2, 2, 6, 0])  # x differs from y


def agree(found: tuple[Tensor, Tensor], expected: list[tuple[Tensor, Tensor]]) -> None:
    for one, others in zip(found, zip(*expected, strict=True), strict=True):
        torch.testing.assert_close(one, torch.stack(others), atol=1e-10, rtol=1e-9)


@pytest.mark.parametrize("act_fn", ACT_FNS)
@pytest.mark.parametrize("attn_coeff", [1.0, 0.3, 0.0])
@pytest.mark.parametrize("prompt", ["x y =", "x y", "y x", "x op y =", "x y+7 ="])
def test_of_a_folded_network(prompt, attn_coeff, act_fn, random_weights) -> None:
    parsed = Prompt.parse(prompt, P)
    standard = ModelConfig.standard(p=P, d_model=8, n_heads=2, d_mlp=12, act_fn=act_fn)
    config = replace(standard, prompt=parsed, attn_coeff=attn_coeff, d_vocab=2 * P + 2)
    weights = random_weights(config, dtype=torch.float64)
    expected = []
    for x, y, z in zip(X, Y, Z, strict=True):
        table = weights.W_E.clone().requires_grad_()
        plain_forward(replace(weights, W_E=table), config).logits[x, y, z].backward()
        assert table.grad is not None
        expected.append((table.grad[x], table.grad[y + parsed.y_offset]))
    agree(fold(weights, config).answer_gradients(X, Y, Z), expected)


TRANSFORMERS = [
    {"n_layers": 2, "norms": ("ln1", "ln2", "ln_final"), "act_fn": "gelu"},
    {"n_layers": 2, "layer": 0, "norms": ("ln_embed", "ln1", "ln2"), "norm_order": "post", "read_at": "mean"},
    {"gated": True, "position_kind": "rotary", "norm_kind": "rms", "norms": ("ln2",), "n_key_value_heads": 1},
    {"y_embedding": True, "read_at": "first", "causal": False, "attn_coeff": 0.5, "position_kind": "sinusoidal"},
]


@pytest.mark.parametrize("settings", TRANSFORMERS)
def test_of_a_transformer(settings) -> None:
    config = test_transformer.config_for("x y =", **settings)
    network = test_transformer.random_transformer(config)
    of_y = "embed_y.W_E" if config.y_embedding else "embed.W_E"
    expected = by_tables(network.weights, of_y, lambda w, x, y: transformer_ends.pair_logits(w, config, x, y))
    agree(network.answer_gradients(X, Y, Z), expected)
    check_rows(network)


@pytest.mark.parametrize("hidden", [(12,), (12, 9)])
@pytest.mark.parametrize("inputs", test_mlp.INPUTS)
def test_of_an_mlp(inputs, hidden) -> None:
    config = test_mlp.config_for(hidden, act_fn="gelu", **inputs)
    weights = test_mlp.random_weights(config)
    network = mlp.build_mlp(weights, config)
    if config.joined == "concatenation" and not config.d_embed:
        with pytest.raises(MissingPart, match="this needs gradients of the logits on the embeddings"):
            network.answer_gradients(X, Y, Z)
        return
    of_x = "embed.W_E" if config.d_embed else "layers.0.W"
    of_y = "embed_y.W_E" if config.y_embedding else of_x
    expected = by_tables(weights, of_y, lambda w, x, y: mlp.pair_logits(w, config, x, y), of_x)
    agree(network.answer_gradients(X, Y, Z), expected)
    check_rows(network)


def by_tables(weights: NamedWeights, of_y: str, logits_of, of_x: str = "embed.W_E") -> list[tuple[Tensor, Tensor]]:
    expected = []
    for x, y, z in zip(X, Y, Z, strict=True):
        leaves = {name: weights[name].clone().requires_grad_() for name in {of_x, of_y}}
        changed = NamedWeights(MappingProxyType({**weights.tensors, **leaves}), weights.token_axes)
        total = logits_of(changed, x[None], y[None])[0, z]
        grads = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
        by_name = dict(zip(leaves, grads, strict=True))
        expected.append((by_name[of_x][x], by_name[of_y][y]))
    return expected


def check_rows(network: Network) -> None:
    """Those of a slab are those of its pairs."""
    z = torch.arange(2 * P).reshape(2, P) % 5
    x, y = torch.arange(3, 5).repeat_interleave(P), torch.arange(P).repeat(2)
    of_rows, of_pairs = network.row_gradients(slice(3, 5), z), network.answer_gradients(x, y, z.flatten())
    for rows, pairs in zip(of_rows, of_pairs, strict=True):
        torch.testing.assert_close(rows.flatten(0, 1), pairs)


def test_rows_of_a_folded_network(tiny_config, random_weights) -> None:
    check_rows(fold(random_weights(tiny_config, dtype=torch.float64), tiny_config))


def test_an_ablated_network_has_none(tiny_config, random_weights) -> None:
    network = fold(random_weights(tiny_config), tiny_config)
    without_neurons = network.without_neurons(torch.tensor([2]), None)
    for ablated in (network.without(frozenset({0}), direct=False, fill="zero"), without_neurons):
        with pytest.raises(MissingPart):
            ablated.answer_gradients(X, Y, Z)
