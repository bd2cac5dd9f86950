"""MLPs on two numbers against a plain forward pass on one-hot inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.networks.config import ACT_FNS, InvalidConfig
from engine.networks.folded import Folded
from engine.networks.mlp import build_mlp, pair_logits
from engine.networks.mlp_config import MlpConfig
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.named_weights import NamedWeights
from engine.networks.parts import MissingPart
from tests.engine.networks.plain_model import ACTIVATIONS

P = 7
ATOL = {torch.float32: 1e-4, torch.float64: 1e-9}
INPUTS = [
    {"joined": "sum"},
    {"joined": "concatenation"},
    {"joined": "sum", "d_embed": 5},
    {"joined": "sum", "d_embed": 5, "y_embedding": True},
    {"joined": "concatenation", "d_embed": 5},
    {"joined": "concatenation", "d_embed": 5, "y_embedding": True},
]


def config_for(hidden: tuple[int, ...], **settings) -> MlpConfig:
    return MlpConfig(**{"p": P, "hidden": hidden, "d_vocab": P + 1, "d_vocab_out": P + 2, **settings})


def random_weights(config: MlpConfig, dtype: torch.dtype = torch.float64) -> NamedWeights:
    generator = torch.Generator().manual_seed(0)
    shapes = mlp_shapes(config)
    return NamedWeights.of(
        {name: torch.randn(s.size, generator=generator).to(dtype) for name, s in shapes.items()}, shapes, "test"
    )


def plain_forward(weights: NamedWeights, config: MlpConfig) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """`pre` and `post` of every hidden layer, and the logits. [x, y, ...]"""
    w = weights.to(torch.float64)
    one_hot = torch.eye(config.d_vocab, dtype=torch.float64)[: config.p]
    x = y = one_hot
    if config.d_embed:
        x, y = one_hot @ w["embed.W_E"], one_hot @ w["embed.W_E"]
    if config.y_embedding:
        y = w["embed_y.W_E"]
    x, y = (part.expand(P, P, -1) for part in (x[:, None], y[None]))
    if config.joined == "sum":
        hidden, W = x + y, w["layers.0.W"]
    else:
        hidden, W = torch.cat([x, y], dim=-1), torch.cat([w["layers.0.W_x"], w["layers.0.W_y"]])
    pre, post = [], []
    for layer in range(len(config.hidden)):
        pre.append(hidden @ (W if layer == 0 else w[f"layers.{layer}.W"]) + w[f"layers.{layer}.b"])
        hidden = ACTIVATIONS[config.act_fn](pre[-1])
        post.append(hidden)
    return pre, post, (hidden @ w["unembed.W"] + w["unembed.b"])[..., :P]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize(("hidden", "layer"), [((12,), None), ((12, 9), None), ((12, 9), 0), ((6, 5, 4), 1)])
def test_every_layer_is_that_of_a_plain_forward_pass(hidden, layer, inputs, dtype) -> None:
    check(config_for(hidden, layer=layer, **inputs), dtype)


@pytest.mark.parametrize("act_fn", ACT_FNS)
@pytest.mark.parametrize("hidden", [(12,), (12, 9)])
def test_every_activation(act_fn, hidden) -> None:
    check(config_for(hidden, act_fn=act_fn), torch.float64)


def check(config: MlpConfig, dtype: torch.dtype) -> None:
    weights = random_weights(config, dtype)
    network = build_mlp(weights, config)
    pre, post, logits = plain_forward(weights, config)
    pre, post, seen = pre[config.shown_layer], post[config.shown_layer], []
    some = torch.tensor([3, 0])

    def close(found: Tensor, expected: Tensor) -> None:
        torch.testing.assert_close(found.double(), expected, atol=ATOL[dtype], rtol=ATOL[dtype])

    for x in network.slabs():
        close(network.pre_rows(x), pre[x])
        close(network.post_rows(x), post[x])
        close(network.pre_rows(x, some), pre[x][..., some])
        close(network.post_rows(x, some), post[x][..., some])
        close(network.post_rows_after(x, lambda before: seen.append(before.clone())), post[x])
    close(torch.cat(seen), pre)
    close(torch.cat([slab for _, slab in network.logit_slabs()]), logits)
    close(network.pre(2), pre[..., 2])
    close(network.post(2), post[..., 2])
    x, y = torch.tensor([2, 5, 0]), torch.tensor([4, 4, 6])
    close(pair_logits(weights, config, x, y), logits[x, y])
    close(network.pair(2, 4)[0], post[2, 4])
    close(network.pair(2, 4)[1], logits[2, 4])
    if "W_logit" in config.parts:
        close(
            network.logits(slice(0, P), torch.zeros_like(post, dtype=dtype)) + post @ network.W_logit.double(), logits
        )
    if "W_E" in config.parts:
        assert network.W_E.shape == (P, config.d_model)


def test_one_hidden_layer_is_a_folded_network() -> None:
    config = config_for((12,))
    assert isinstance(build_mlp(random_weights(config), config), Folded)


def test_replaced_activations_run_through_the_layers_after_them() -> None:
    config = config_for((12, 9), layer=0)
    weights = random_weights(config)
    replaced = torch.randn(P, P, 12, dtype=torch.float64)
    expected = torch.relu(replaced @ weights["layers.1.W"] + weights["layers.1.b"])
    expected = expected @ weights["unembed.W"] + weights["unembed.b"]
    torch.testing.assert_close(build_mlp(weights, config).logits(slice(0, P), replaced), expected[..., :P])


def test_selected_tokens_are_those_of_the_inputs_and_the_answers() -> None:
    tokens = torch.tensor([3, 5, 1, 2])
    for inputs in INPUTS:
        config = config_for((12, 9), **inputs)
        weights = random_weights(config)
        _, _, logits = plain_forward(weights, config)
        selected = build_mlp(weights.select_tokens(tokens, P), config.with_tokens(4, "add"))
        found = torch.cat([slab for _, slab in selected.logit_slabs()])
        torch.testing.assert_close(found, logits[tokens][:, tokens][:, :, tokens])


@pytest.mark.parametrize("hidden", [(12,), (12, 9)])
def test_an_mlp_has_no_attention_and_no_path_around_it(hidden) -> None:
    config = config_for(hidden, joined="concatenation")
    network = build_mlp(random_weights(config), config)
    with pytest.raises(MissingPart, match="attention; this network is an MLP"):
        _ = network.pattern
    with pytest.raises(MissingPart, match="W_E"):
        _ = network.W_E
    for heads, direct in ((frozenset((0,)), False), (frozenset(), True)):
        with pytest.raises(MissingPart):
            network.without(heads, direct, "zero")


def test_settings_out_of_range() -> None:
    with pytest.raises(InvalidConfig, match="needs a hidden layer"):
        config_for(())
    with pytest.raises(InvalidConfig, match="layer must be from 0 to 1; found 2; pass --layer"):
        replace(config_for((3, 3)), layer=2)


def test_fewer_neurons_than_tokens() -> None:
    check(config_for((P - 2,)), torch.float64)
