"""The general transformer against torch's own modules, a plain GPT-2 and Llama, and the folded network."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from engine.networks.config import ACT_FNS, InvalidConfig, ModelConfig, Prompt
from engine.networks.folded import fold
from engine.networks.named_weights import NamedWeights
from engine.networks.transformer import Transformer, build_transformer
from engine.networks.transformer_config import TransformerConfig
from engine.networks.transformer_ends import pair_logits
from engine.networks.transformer_weights import transformer_shapes
from engine.networks.weights import Weights
from tests.engine.networks.plain_transformers import GPT2, Llama, TorchEncoder, prompts

P = 7
ATOL = {torch.float32: 1e-4, torch.float64: 1e-9}
DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def config_for(prompt: str, **settings) -> TransformerConfig:
    sizes = {
        "d_model": 8,
        "n_layers": 1,
        "n_heads": 2,
        "d_head": 4,
        "d_mlp": 16,
        "d_vocab": P + 2,
        "d_vocab_out": P + 2,
    }
    return TransformerConfig(p=P, prompt=Prompt.parse(prompt, P), **{**sizes, **settings})


def build(config: TransformerConfig, tensors: dict[str, Tensor]) -> Transformer:
    return build_transformer(NamedWeights.of(tensors, transformer_shapes(config), "test"), config)


def random_transformer(config: TransformerConfig, seed: int = 0, dtype=torch.float64) -> Transformer:
    generator = torch.Generator().manual_seed(seed)
    shapes = transformer_shapes(config)
    return build(config, {name: torch.randn(s.size, generator=generator).to(dtype) for name, s in shapes.items()})


def all_logits(network: Transformer) -> Tensor:
    return torch.cat([logits for _, logits in network.logit_slabs()])


def close(found: Tensor, expected: Tensor, dtype: torch.dtype = torch.float64) -> None:
    torch.testing.assert_close(found.double(), expected.double(), atol=ATOL[dtype], rtol=ATOL[dtype])


# Torch's encoder -----------------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("read", ["first", "last", "mean", 1])
@pytest.mark.parametrize(("n_layers", "causal", "bias"), [(1, False, True), (2, False, False), (2, True, True)])
def test_an_encoder_of_torch(dtype, norm_first, activation, read, n_layers, causal, bias) -> None:
    torch.manual_seed(0)
    module = TorchEncoder(P + 2, 3, n_layers, norm_first, activation, bias).to(dtype).eval()
    nn.init.normal_(module.encoder.layers[0].norm1.weight)
    config = config_for(
        "x y =",
        n_layers=n_layers,
        act_fn=activation,
        norms=("ln1", "ln2"),
        norm_order="pre" if norm_first else "post",
        causal=causal,
        read_at=read,
    )
    network = build(config, module.named())
    with torch.no_grad():
        expected = module(prompts(P, config.prompt.slots), causal, read)
    close(all_logits(network), expected.view(P, P, -1)[..., :P], dtype)


@DTYPES
def test_attention_is_that_of_multihead_attention(dtype) -> None:
    torch.manual_seed(0)
    module = TorchEncoder(P + 2, 3, 1, False, "relu", True).to(dtype).eval()
    config = config_for("x y =", norms=("ln1", "ln2"), norm_order="post", causal=False, read_at="first")
    residual = module.embed(prompts(P, config.prompt.slots)) + module.pos
    with torch.no_grad():
        _, expected = module.encoder.layers[0].self_attn(residual, residual, residual, average_attn_weights=False)
    close(build(config, module.named()).pattern, expected[:, :, 0].reshape(P, P, 2, 3), dtype)


# GPT-2 and Llama -----------------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("layer", [0, 1])
def test_a_gpt_2(dtype, layer) -> None:
    torch.manual_seed(0)
    module = GPT2(P + 2, 3, 2).to(dtype)
    config = config_for("x y =", n_layers=2, layer=layer, act_fn="gelu_new", norms=("ln1", "ln2", "ln_final"))
    network = build(config, module.named())
    with torch.no_grad():
        expected = module(prompts(P, config.prompt.slots))
    close(all_logits(network), expected.view(P, P, -1)[..., :P], dtype)
    check_neurons(network, module.pre[layer][:, -1], module.post[layer][:, -1], dtype)
    close(network.pattern, module.attention[layer][:, :, -1].reshape(P, P, 2, 3), dtype)


@DTYPES
@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("rotary_pairs", ["halves", "neighbours"])
def test_a_llama_with_grouped_heads(dtype, layer, rotary_pairs) -> None:
    torch.manual_seed(0)
    module = Llama(P + 2, 2, neighbours=rotary_pairs == "neighbours").to(dtype)
    nn.init.normal_(module.norm.weight)
    config = config_for(
        "x op y =",
        n_layers=2,
        layer=layer,
        n_heads=4,
        n_key_value_heads=2,
        d_mlp=12,
        act_fn="silu",
        gated=True,
        norms=("ln1", "ln2", "ln_final"),
        norm_kind="rms",
        norm_eps=1e-6,
        position_kind="rotary",
        rotary_pairs=rotary_pairs,
    )
    network = build(config, module.named())
    with torch.no_grad():
        expected = module(prompts(P, config.prompt.slots))
    close(all_logits(network), expected.view(P, P, -1)[..., :P], dtype)
    check_neurons(network, module.pre[layer][:, -1], module.post[layer][:, -1], dtype)


def check_neurons(network: Transformer, pre: Tensor, post: Tensor, dtype: torch.dtype) -> None:
    pre, post = pre.detach().view(P, P, -1), post.detach().view(P, P, -1)
    some, seen = torch.tensor([3, 0]), []
    for x in network.slabs():
        close(network.pre_rows(x), pre[x], dtype)
        close(network.post_rows(x), post[x], dtype)
        close(network.pre_rows(x, some), pre[x][..., some], dtype)
        close(network.post_rows(x, some), post[x][..., some], dtype)
        close(network.post_rows_after(x, lambda before: seen.append(before.clone())), post[x], dtype)
    close(torch.cat(seen), pre, dtype)
    close(network.pre(5), pre[..., 5], dtype)
    close(network.post(5), post[..., 5], dtype)
    activations, logits = network.pair(2, 4)
    close(activations, post[2, 4], dtype)
    close(logits, all_logits(network)[2, 4], dtype)


def test_sinusoidal_positions() -> None:
    config = config_for("x y", position_kind="sinusoidal", d_vocab=P, d_vocab_out=P)
    network = random_transformer(config)
    position = torch.arange(2.0, dtype=torch.float64)[:, None]
    angles = position / 10_000 ** (torch.arange(0, 8, 2, dtype=torch.float64) / 8)
    learned = torch.zeros(2, 8, dtype=torch.float64)
    learned[:, 0::2], learned[:, 1::2] = angles.sin(), angles.cos()
    tensors = {**dict(network.weights.items()), "pos_embed.W_pos": learned}
    same = build(replace(config, position_kind="learned"), tensors)
    close(all_logits(network), all_logits(same))


# The folded network --------------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("prompt", ["x y =", "x op y =", "x y", "y x", "8 x 7 y"])
@pytest.mark.parametrize("attn_coeff", [1.0, 0.3])
def test_the_folded_network_on_the_same_weights(prompt, attn_coeff, dtype, random_weights) -> None:
    check_folded(prompt, attn_coeff, "relu", dtype, random_weights)


@pytest.mark.parametrize("act_fn", ACT_FNS)
def test_the_folded_network_with_every_activation(act_fn, random_weights) -> None:
    check_folded("x y =", 1.0, act_fn, torch.float64, random_weights)


def check_folded(prompt, attn_coeff, act_fn, dtype, random_weights) -> None:
    model = replace(
        ModelConfig.standard(p=P, d_model=8, n_heads=2, d_mlp=16, act_fn=act_fn),
        prompt=Prompt.parse(prompt, P),
        d_vocab=P + 2,
        d_vocab_out=P + 2,
        attn_coeff=attn_coeff,
    )
    weights = random_weights(model, dtype=dtype)
    folded, network = fold(weights, model), build(as_transformer(model), named(weights))
    close(network.pattern, folded.pattern, dtype)
    close(all_logits(network), folded.all_logits(), dtype)
    close(network.W_logit, folded.W_logit, dtype)
    for x in network.slabs():
        close(network.pre_rows(x), folded.to_pre.rows(x), dtype)
        close(network.post_rows(x), folded.post_rows(x), dtype)


def as_transformer(model: ModelConfig, **settings) -> TransformerConfig:
    names = ("p", "d_model", "n_heads", "d_head", "d_mlp", "prompt", "d_vocab", "d_vocab_out", "act_fn", "operation")
    shared = {name: getattr(model, name) for name in (*names, "attn_coeff")}
    return TransformerConfig(n_layers=1, **shared, **settings)


def named(weights: Weights) -> dict[str, Tensor]:
    place = {"W_E": "embed", "W_pos": "pos_embed", "W_U": "unembed", "b_U": "unembed"}
    mlp = ("W_in", "b_in", "W_out", "b_out")
    return {
        f"{place.get(name) or ('blocks.0.mlp' if name in mlp else 'blocks.0.attn')}.{name}": tensor
        for name, tensor in weights.items()
    }


# Tails, ablation -----------------------------------------------------------------------------------------------------

LLAMA = {"norms": ("ln1", "ln2", "ln_final"), "norm_kind": "rms", "gated": True, "act_fn": "silu"}
SHAPES = [
    {},
    {"norms": ("ln1", "ln2"), "norm_order": "post", "n_layers": 2},
    {"norms": ("ln1", "ln2", "ln_final"), "n_layers": 3, "layer": 1, "causal": False},
    {**LLAMA, "read_at": "mean", "n_layers": 2, "layer": 0},
    {**LLAMA, "read_at": "mean", "y_embedding": True},
    {"norms": ("ln_embed", "ln2"), "read_at": "first", "causal": False, "n_layers": 2},
]


@pytest.mark.parametrize("settings", SHAPES)
def test_the_activations_run_through_the_tail_give_the_logits_of_every_layer(settings) -> None:
    """Whatever layer is on show, the network is the same."""
    config = config_for("x y =", **settings)
    shown = random_transformer(config)
    for layer in range(config.n_layers):
        other = build_transformer(shown.weights, replace(config, layer=layer))
        close(all_logits(other), all_logits(shown))
    x, y = torch.tensor([2, 5, 0]), torch.tensor([4, 4, 6])
    close(pair_logits(shown.weights, config, x, y), all_logits(shown)[x, y])


def test_replaced_activations_change_the_layers_after_them() -> None:
    torch.manual_seed(0)
    module = GPT2(P + 2, 3, 2).double()
    config = config_for("x y =", n_layers=2, layer=0, act_fn="gelu_new", norms=("ln1", "ln2", "ln_final"))
    network = build(config, module.named())
    gelu = torch.nn.functional.gelu
    replaced = torch.randn(P, P, 16, dtype=torch.float64)

    def gelu_with_replacement(pre: Tensor, approximate: str) -> Tensor:
        post = gelu(pre, approximate=approximate)
        if len(module.pre) == 1:  # the first layer
            post[:, -1] = replaced.flatten(0, 1)
        return post

    with torch.no_grad(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.nn.functional.gelu", gelu_with_replacement)
        expected = module(prompts(P, config.prompt.slots))
    found = torch.cat([network.logits(x, replaced[x]) for x in network.slabs()])
    close(found, expected.view(P, P, -1)[..., :P])


def test_a_linear_tail_has_w_logit_and_others_have_not() -> None:
    linear = random_transformer(config_for("x y =", norms=("ln1", "ln2")))
    assert "W_logit" in linear.parts
    zero = torch.zeros(P, P, 16, dtype=torch.float64)
    post = linear.post_rows(slice(0, P))
    close(all_logits(linear) - linear.logits(slice(0, P), zero), post @ linear.W_logit)
    for settings in ({"norms": ("ln_final",)}, {"norms": ("ln2",), "norm_order": "post"}, {"n_layers": 2, "layer": 0}):
        assert "W_logit" not in config_for("x y =", **settings).parts


@pytest.mark.parametrize("fill", ["zero", "mean"])
@pytest.mark.parametrize("heads", [frozenset((0,)), frozenset((0, 1))])
@pytest.mark.parametrize("direct", [True, False])
def test_ablated_heads_and_direct_path_are_those_of_the_folded_network(fill, heads, direct, random_weights) -> None:
    model = ModelConfig.standard(p=P, d_model=8, n_heads=2, d_mlp=16)
    weights = random_weights(model, dtype=torch.float64)
    folded = fold(weights, model).without(heads, direct, fill)
    network = build(as_transformer(model), named(weights)).without(heads, direct, fill)
    close(all_logits(network), folded.all_logits())


@pytest.mark.parametrize("settings", SHAPES)
def test_a_head_without_values_may_be_ablated(settings) -> None:
    """A head that adds nothing changes nothing when it is ablated, in any architecture."""
    config = config_for("x y =", **settings)
    network = random_transformer(config)
    tensors = dict(network.weights.items())
    W_O = tensors[f"blocks.{config.shown_layer}.attn.W_O"].clone()
    W_O[1] = 0
    network = build(config, {**tensors, f"blocks.{config.shown_layer}.attn.W_O": W_O})
    for fill in ("zero", "mean"):
        close(all_logits(network.without(frozenset((1,)), False, fill)), all_logits(network))
    changed = network.without(frozenset((0,)), False, "zero")
    assert not torch.allclose(all_logits(changed), all_logits(network))


# Configs and weights -------------------------------------------------------------------------------------------------


def test_norms_without_parameters_and_absent_biases() -> None:
    config = config_for("x y =", norms=("ln1", "ln2", "ln_final"))
    tensors = {
        name: torch.randn(s.size, dtype=torch.float64)
        for name, s in transformer_shapes(config).items()
        if s.fill is None
    }
    assert not any(".ln" in name or ".b_" in name for name in tensors)
    network = build(config, tensors)
    assert network.weights["blocks.0.ln1.w"].eq(1).all()
    assert network.weights["blocks.0.attn.b_Q"].eq(0).all()


def test_denormal_weights_can_be_flushed_to_zero() -> None:
    config = config_for("x y =")
    tensors = {name: torch.full(s.size, 1e-40) for name, s in transformer_shapes(config).items()}
    weights = NamedWeights.of(tensors | {"unembed.b_U": torch.ones(P + 2)}, transformer_shapes(config), "test")
    flushed = weights.without_denormals()
    assert flushed["blocks.0.mlp.W_in"].eq(0).all()
    assert flushed["unembed.b_U"].eq(1).all()


def test_selected_tokens_are_those_of_the_embedding_and_the_answers() -> None:
    config = config_for("x y =", y_embedding=True, norms=("ln1", "ln2"))
    network = random_transformer(config)
    tokens = torch.tensor([3, 5, 1, 2])
    selected = build_transformer(network.weights.select_tokens(tokens, P), config.with_tokens(4, "add"))
    close(all_logits(selected), all_logits(network)[tokens][:, tokens][:, :, tokens])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer": 1}, "layer must be from 0 to 0; found 1; pass --layer"),
        ({"read_at": 3}, "read_at must be one of last, first, mean or a position from 0 to 2"),
        ({"n_key_value_heads": 3}, "n_key_value_heads must divide n_heads = 2"),
        ({"position_kind": "rotary", "d_head": 3}, "even d_head"),
    ],
)
def test_settings_out_of_range(settings, message) -> None:
    with pytest.raises(InvalidConfig, match=message):
        config_for("x y =", **settings)
