"""Networks against `HookedTransformer`, if TransformerLens is installed (`pip install grok-tui[oracle]`)."""

from dataclasses import replace

import pytest
import torch

from engine import fold, open_run
from engine.networks.config import ModelConfig, Prompt
from engine.networks.named_weights import NamedWeights
from engine.networks.transformer import build_transformer
from engine.networks.transformer_config import NormName, TransformerConfig
from engine.networks.transformer_weights import transformer_shapes
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


# Deeper networks with norms -------------------------------------------------------------------------------------------

NORMS: tuple[NormName, ...] = ("ln1", "ln2", "ln_final")


@pytest.mark.parametrize(("dtype", "atol"), TOLERANCES)
@pytest.mark.parametrize(("norm", "kind"), [("LN", "layer"), ("RMS", "rms")])
@pytest.mark.parametrize(("n_layers", "act_fn"), [(1, "relu"), (2, "gelu_new"), (3, "silu")])
def test_transformers_with_norms(n_layers, act_fn, norm, kind, dtype, atol) -> None:
    """Neurons and attention of every layer, and the logits, of random weights and norms."""
    config = TransformerConfig(
        p=11,
        d_model=16,
        n_layers=n_layers,
        n_heads=4,
        d_head=4,
        d_mlp=24,
        prompt=Prompt.parse("x y =", 11),
        d_vocab=12,
        d_vocab_out=12,
        act_fn=act_fn,
        norms=NORMS,
        norm_kind=kind,
    )
    shared = {name: getattr(config, name) for name in ("n_layers", "d_model", "n_heads", "d_head", "d_mlp", "act_fn")}
    settings = transformer_lens.HookedTransformerConfig(
        **shared, n_ctx=3, d_vocab=12, d_vocab_out=12, normalization_type=norm, dtype=torch.float64, device="cpu"
    )
    model = transformer_lens.HookedTransformer(settings)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.copy_(torch.randn(tensor.shape, generator=generator, dtype=torch.float64) / 3)
    pairs = torch.cartesian_prod(torch.arange(11), torch.arange(11))
    with torch.no_grad():
        logits, cache = model.run_with_cache(torch.cat([pairs, torch.full((121, 1), 11)], dim=1))
    parameters = {name: tensor.detach().to(dtype) for name, tensor in model.named_parameters()}

    def same(found: torch.Tensor, expected: torch.Tensor) -> None:
        torch.testing.assert_close(found.double(), expected, atol=atol, rtol=atol)

    for layer in range(n_layers):
        shown = replace(config, layer=layer)
        network = build_transformer(NamedWeights.of(parameters, transformer_shapes(shown), "HookedTransformer"), shown)
        same(network.pattern, cache["pattern", layer][:, :, -1].view(11, 11, 4, 3))
        same(network.pre_rows(slice(None)), cache["pre", layer][:, -1].view(11, 11, -1))
        same(network.post_rows(slice(None)), cache["post", layer][:, -1].view(11, 11, -1))
        same(torch.cat([rows for _, rows in network.logit_slabs()]), logits[:, -1, :11].view(11, 11, 11))
