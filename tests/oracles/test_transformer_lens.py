"""The folded network against `HookedTransformer`, if TransformerLens is installed (`pip install grok-tui[oracle]`)."""

import pytest
import torch

from engine import fold, open_run
from engine.networks.config import ModelConfig
from engine.networks.weights import Weights

transformer_lens = pytest.importorskip("transformer_lens", reason="TransformerLens (extra: oracle) is not installed")
# The class is deprecated; the extra requires a version below 4.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def hooked(weights: Weights, config: ModelConfig):
    """A HookedTransformer with these weights."""
    settings = transformer_lens.HookedTransformerConfig(
        n_layers=1,
        d_vocab=config.d_vocab,
        d_vocab_out=config.d_vocab_out,
        d_model=config.d_model,
        d_mlp=config.d_mlp,
        n_heads=config.n_heads,
        d_head=config.d_head,
        n_ctx=config.prompt.n_ctx,
        act_fn=config.act_fn,
        normalization_type=None,
        dtype=weights.W_E.dtype,
        device="cpu",
    )
    model = transformer_lens.HookedTransformer(settings)
    module_of = {"W_E": "embed", "W_pos": "pos_embed", "W_U": "unembed", "b_U": "unembed"}
    for name, tensor in weights.items():
        in_mlp = name in ("W_in", "b_in", "W_out", "b_out")
        where = module_of.get(name) or f"blocks.0.{'mlp' if in_mlp else 'attn'}"
        model.state_dict()[f"{where}.{name}"].copy_(tensor)
    return model


def check(weights: Weights, config: ModelConfig, atol: float) -> None:
    """Compare the folded network, in the dtype of the weights, with the model in float64."""
    p = config.p
    model, folded = hooked(weights.to(torch.float64), config), fold(weights, config)
    pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p))
    columns = {"x": pairs[:, 0], "y": pairs[:, 1]}
    slots = [columns[s] if isinstance(s, str) else torch.full((p * p,), s) for s in config.prompt.slots]
    with torch.no_grad():
        logits, cache = model.run_with_cache(torch.stack(slots, dim=1))
    pattern = cache["pattern", 0][:, :, -1].view(p, p, config.n_heads, -1)
    torch.testing.assert_close(folded.pattern.double(), pattern, atol=atol, rtol=0)
    pre = cache["pre", 0][:, -1].view(p, p, -1)
    torch.testing.assert_close(folded.to_pre.rows().double(), pre, atol=atol, rtol=0)
    torch.testing.assert_close(folded.all_logits().double(), logits[:, -1, :p].view(p, p, p), atol=atol, rtol=0)


TOLERANCES = [(torch.float32, 1e-4), (torch.float64, 1e-9)]


@pytest.mark.parametrize(("dtype", "atol"), TOLERANCES)
@pytest.mark.parametrize(
    "name", ["neel_2022_layout_p113.pth", "transformerlens_layout_p113.pt", "no_equals_prompt_p59.pt"]
)
def test_real_models(name, dtype, atol, real) -> None:
    run = open_run(real(name))
    check(run.weights(run.epochs[-1]).to(dtype), run.config, atol)


@pytest.mark.parametrize(("dtype", "atol"), TOLERANCES)
def test_random_weights_with_every_bias(dtype, atol) -> None:
    from engine.networks.weights import weight_shapes

    config = ModelConfig.standard(p=13, d_model=16, n_heads=4, d_mlp=24)
    generator = torch.Generator().manual_seed(0)
    tensors = {name: torch.randn(s, generator=generator, dtype=dtype) / 4 for name, s in weight_shapes(config).items()}
    check(Weights(**tensors), config, atol)
