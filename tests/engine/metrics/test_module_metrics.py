"""The metrics of a module of the user's against those of the same network as the engine knows it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from engine.metrics.report import compute_metrics, metrics_json
from engine.networks.config import Prompt
from engine.networks.from_module import build_module
from engine.networks.mlp import build_mlp
from engine.networks.mlp_config import MlpConfig
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.module_inspection import ModuleNames, inspect_module
from engine.networks.module_weights import ModuleProgram, ModuleWeights
from engine.networks.named_weights import NamedWeights
from engine.networks.network import Network, NetworkWeights
from engine.networks.split import parse_split
from engine.networks.transformer import build_transformer
from engine.networks.transformer_config import TransformerConfig
from engine.networks.transformer_weights import transformer_shapes
from tests.engine.networks.plain_transformers import TorchEncoder
from tests.engine.networks.torch_modules import TwoNumberMlp

P, KEYS = 7, (1, 3)
INTERVENTIONS = ("key_frequency_only", "without_cluster")  # those of a tail that is known to be linear are others
PRECISIONS = [(torch.float32, 1e-4), (torch.float64, 1e-9)]


def metrics(weights: NetworkWeights, network: Network) -> dict[str, Any]:
    computed = compute_metrics(weights, network, KEYS, parse_split("random.seed:0:0.4", P))
    return metrics_json(computed)


def numbers(values: Any, path: str = "") -> dict[str, Any]:
    """All values of nested mappings and lists, by their path."""
    if isinstance(values, dict):
        return {name: value for key in values for name, value in numbers(values[key], f"{path}.{key}").items()}
    if isinstance(values, list):
        return {name: value for i, item in enumerate(values) for name, value in numbers(item, f"{path}[{i}]").items()}
    return {path: values}


def same_metrics(actual: dict[str, Any], expected: dict[str, Any], atol: float, *without: str) -> None:
    """All metrics but `without`, those by names of parameters and those of W_logit and W_E, which modules lack."""
    assert actual["gini"]["W_L"] is None
    for each in (actual, expected):
        del each["gini"]["W_L"]
        each["sum_sq_weights"] = {"total": each["sum_sq_weights"]["total"]}
        del each["algorithm"], each["ranks"], each["inverse_participation_ratio"]["output"], each["phase_alignment"]
        for name in without:
            del each[name]
    found, known = numbers(actual), numbers(expected)
    assert found.keys() == known.keys()
    absent = {name for name, value in known.items() if value is None}
    assert absent == {name for name, value in found.items() if value is None}
    found, known = ({name: each[name] for name in each.keys() - absent} for each in (found, known))
    assert len(known) > 30
    assert found == pytest.approx(known, abs=atol, rel=atol)


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("norm_first", [False, True], ids=["post", "pre"])
@pytest.mark.parametrize(("dtype", "atol"), PRECISIONS)
def test_a_transformer_of_torch_has_the_metrics_of_ours(layer, norm_first, dtype, atol) -> None:
    torch.manual_seed(0)
    module = TorchEncoder(P + 1, 3, 2, norm_first=norm_first, activation="gelu", bias=True).to(dtype)
    config = TransformerConfig(
        p=P,
        d_model=8,
        n_layers=2,
        n_heads=2,
        d_head=4,
        d_mlp=16,
        prompt=Prompt.parse("x y =", P),
        d_vocab=P + 1,
        d_vocab_out=P + 1,
        act_fn="gelu",
        norms=("ln1", "ln2"),
        norm_order="pre" if norm_first else "post",
        causal=False,
        layer=layer,
    )
    weights = NamedWeights.of(module.named(), transformer_shapes(config), "test")
    here = f"encoder.layers.{layer}"

    def inputs(x: Tensor, y: Tensor) -> tuple[Any, ...]:
        return torch.stack([x, y, torch.full_like(x, P)], dim=1), False, "last"

    names = ModuleNames(f"{here}.linear2:input", pre=f"{here}.linear1", W_E="embed", W_U="output")
    known = build_transformer(weights, config)
    own = ModuleWeights.of(ModuleProgram(module, inputs), None, "the module")
    network = build_module(own, inspect_module(own, names, p=P))
    torch.testing.assert_close(network.post_rows(slice(None)), known.post_rows(slice(None)), atol=atol, rtol=0)
    same_metrics(
        metrics(own, network),
        metrics(weights, known),
        atol,
        "attention",  # not named
        *(INTERVENTIONS if "W_logit" in known.parts else ()),
    )


@pytest.mark.parametrize(("dtype", "atol"), PRECISIONS)
def test_an_mlp_has_the_metrics_of_ours(dtype, atol) -> None:
    torch.manual_seed(0)
    module = TwoNumberMlp(P, 5, 12).to(dtype)
    config = MlpConfig(P, (12,), P, P, joined="concatenation", d_embed=5, act_fn="gelu")
    state = module.state_dict()
    W_x, W_y = state["fc1.weight"].T.split(5)
    tensors = {
        "embed.W_E": state["embed.weight"],
        "layers.0.W_x": W_x,
        "layers.0.W_y": W_y,
        "layers.0.b": state["fc1.bias"],
        "unembed.W": state["fc2.weight"].T,
        "unembed.b": state["fc2.bias"],
    }
    weights = NamedWeights.of(tensors, mlp_shapes(config), "test")
    own = ModuleWeights.of(ModuleProgram(module), None, "the module")
    network = build_module(own, inspect_module(own, ModuleNames("fc2:input", pre="fc1"), p=P, prompt="x, y"))
    same_metrics(metrics(own, network), metrics(weights, build_mlp(weights, config)), atol, *INTERVENTIONS)
