"""The fold against a plain forward pass over every prompt."""

from dataclasses import replace

import pytest
import torch

from engine.networks.config import ACT_FNS, ActFn, ModelConfig, Prompt
from engine.networks.folded import fold
from tests.engine.networks.plain_model import plain_forward

PROMPTS = ["x y =", "x op y =", "x y", "y x", "9 x 8 y", "x 8 y", "y 7 x"]


def config_for(prompt: str, p: int = 7, act_fn: ActFn = "relu") -> ModelConfig:
    standard = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=12, act_fn=act_fn)
    return replace(standard, prompt=Prompt.parse(prompt, p), d_vocab=p + 3, d_vocab_out=p + 2, d_head=3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_fold_is_exact_for_any_prompt(prompt, dtype, random_weights) -> None:
    check(config_for(prompt), random_weights, dtype)


@pytest.mark.parametrize("act_fn", ACT_FNS)
def test_the_fold_is_exact_for_every_activation(act_fn, random_weights) -> None:
    check(config_for("x y =", act_fn=act_fn), random_weights, torch.float64)


@pytest.mark.parametrize("attn_coeff", [0.0, 0.3])
def test_the_fold_is_exact_for_attention_with_a_constant_share(attn_coeff, random_weights) -> None:
    check(replace(config_for("x y ="), attn_coeff=attn_coeff), random_weights, torch.float64)


@pytest.mark.parametrize("p", [3, 4, 12])
def test_the_fold_is_exact_for_any_modulus(p, random_weights) -> None:
    check(config_for("x y", p=p), random_weights, torch.float64)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_weights_of_half_precision_are_computed_with_in_full(dtype, random_weights) -> None:
    config = config_for("x y =")
    half = random_weights(config, dtype=dtype)
    folded, full = fold(half, config), fold(half.to(torch.float32), config)
    assert folded.W_logit.dtype == torch.float32
    assert torch.equal(folded.all_logits(), full.all_logits())


def test_one_head_and_one_neuron_are_enough(random_weights) -> None:
    check(replace(config_for("x y ="), n_heads=1, d_mlp=1), random_weights, torch.float64)


def check(config: ModelConfig, random_weights, dtype: torch.dtype) -> None:
    weights = random_weights(config, dtype=dtype)
    folded, expected = fold(weights, config), plain_forward(weights, config)
    atol = {torch.float32: 1e-4, torch.float64: 1e-9}[dtype]
    every = slice(None)
    torch.testing.assert_close(folded.pattern.double(), expected.pattern, atol=atol, rtol=0)
    torch.testing.assert_close(folded.to_pre.rows().double(), expected.pre, atol=atol, rtol=0)
    torch.testing.assert_close(folded.post_rows(every).double(), expected.post, atol=atol, rtol=0)
    torch.testing.assert_close(folded.all_logits().double(), expected.logits, atol=atol, rtol=0)
    for neuron in range(config.d_mlp):
        torch.testing.assert_close(folded.pre(neuron).double(), expected.pre[..., neuron], atol=atol, rtol=0)
        torch.testing.assert_close(folded.post(neuron).double(), expected.post[..., neuron], atol=atol, rtol=0)


def test_slabs_cover_every_x_once_and_stay_small() -> None:
    config = ModelConfig.standard(p=113)
    folded = replace(fold_of_zeros(config))
    slabs = list(folded.slabs())
    assert [x for slab in slabs for x in range(slab.start, slab.stop)] == list(range(113))
    assert len(slabs) > 1


def fold_of_zeros(config: ModelConfig):
    from engine.networks.weights import Weights, weight_shapes

    return fold(Weights(**{name: torch.zeros(shape) for name, shape in weight_shapes(config).items()}), config)


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
@pytest.mark.parametrize(
    "name", ["neel_2022_layout_p113.pth", "transformerlens_layout_p113.pt", "no_equals_prompt_p59.pt"]
)
def test_the_fold_is_exact_on_real_models(name, dtype, atol, real) -> None:
    from engine import open_run

    run = open_run(real(name))
    weights = run.weights(run.epochs[-1])
    folded, expected = fold(weights.to(dtype), run.config), plain_forward(weights, run.config)
    torch.testing.assert_close(folded.pattern.double(), expected.pattern, atol=atol, rtol=0)
    torch.testing.assert_close(folded.to_pre.rows().double(), expected.pre, atol=atol, rtol=0)
    torch.testing.assert_close(folded.all_logits().double(), expected.logits, atol=atol, rtol=0)
