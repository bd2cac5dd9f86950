"""The train loss of networks in rows, against their forward pass, and its gradient against differences in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import ModelConfig, NotEnoughMemory, Prompt, open_run
from engine.metrics.llc.network_loss import AutogradLoss, PairStepLoss, Rows, train_loss, trained_names
from engine.networks.build import build_network
from engine.networks.module_weights import ModuleProgram, ModuleWeights
from engine.networks.network import NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.parameters import initial_parameters, weights_of
from engine.networks.task import answers
from engine.networks.weights import Weights, weight_shapes
from tests.engine.networks.torch_modules import study_transformer
from tests.engine.training.architectures import ARCHITECTURES, settings


def drawn(name: str, seed: int = 0) -> tuple[NetworkConfig, NetworkWeights]:
    """A network of an architecture with random weights, also in its biases, in float64."""
    config, training = settings(name)
    parameters = initial_parameters(config, seed, training.biases)
    generator = torch.Generator().manual_seed(seed)
    noisy = {key: tensor + 0.1 * torch.randn(tensor.shape, generator=generator) for key, tensor in parameters.items()}
    return config, weights_of(config, noisy).to(torch.float64)


def drawn_study(
    prompt: str = "x y =", biases: bool = False, constants: int = 1, **changes
) -> tuple[ModelConfig, Weights]:
    """A study transformer; with `biases` all its biases are trained."""
    slots = Prompt.parse(prompt, 7)
    d_vocab = 7 + slots.y_offset + constants
    config = replace(ModelConfig.standard(7, 8, 2, 12), prompt=slots, d_vocab=d_vocab, d_vocab_out=9, **changes)
    generator = torch.Generator().manual_seed(3)
    tensors = {
        name: 0.5 * torch.randn(shape, generator=generator, dtype=torch.float64)
        for name, shape in weight_shapes(config).items()
        if biases or name in ("b_in", "b_out") or not name.startswith("b_")
    }
    return config, Weights.of(tensors, config, "test")


def split(p: int) -> np.ndarray:
    return np.random.default_rng(0).random((p, p)) < 0.5


def loss_by_forward_pass(weights: NetworkWeights, config: NetworkConfig, train: np.ndarray) -> float:
    right, values = answers(config.task), []
    for x, logits in build_network(weights, config).logit_slabs():
        values.append(-logits.double().log_softmax(dim=-1).gather(-1, right[x][..., None])[..., 0])
    return float(torch.cat(values)[torch.from_numpy(train)].mean())


def check(config: NetworkConfig, weights: NetworkWeights, kind: type) -> None:
    """Two networks near a given one, in a batch: losses, and gradients along random directions."""
    train, names = split(config.p), trained_names(weights, config)
    loss, w_star = train_loss(weights, config, train, names, 2)
    assert isinstance(loss, kind)
    tensors = dict(weights.items())
    rows = Rows({name: tensors[name].shape for name in names})
    generator = torch.Generator().manual_seed(5)
    w = w_star + 0.05 * torch.randn(2, len(w_star), generator=generator, dtype=torch.float64)
    found, gradient = loss(w)
    assert found.dtype == torch.float64
    for chain in range(2):
        changed = with_tensors(weights, {**tensors, **rows.by_name(w[chain])})
        assert float(found[chain]) == pytest.approx(loss_by_forward_pass(changed, config, train), rel=1e-9)
    for _ in range(3):
        direction = torch.randn(2, len(w_star), generator=generator, dtype=torch.float64)
        h = 1e-6
        difference = (loss(w + h * direction)[0].clone() - loss(w - h * direction)[0]) / (2 * h)
        assert (gradient * direction).sum(dim=1).tolist() == pytest.approx(difference.tolist(), rel=1e-5, abs=1e-7)


def with_tensors(weights: NetworkWeights, tensors: dict[str, torch.Tensor]) -> NetworkWeights:
    if isinstance(weights, Weights):
        return Weights(**tensors)
    if isinstance(weights, ModuleWeights):
        return replace(weights, parameters=tensors)
    return replace(weights, tensors=tensors)


@pytest.mark.parametrize("act_fn", ["relu", "gelu", "gelu_new"])
def test_the_network_of_the_study_runs_through_its_own_kernels(act_fn) -> None:
    check(*drawn_study(act_fn=act_fn), PairStepLoss)


@pytest.mark.parametrize("operation", ["subtract", "multiply", "x^2+xy+y^2"])
def test_other_operations(operation) -> None:
    check(*drawn_study(operation=operation), PairStepLoss)


@pytest.mark.parametrize(
    "changes",
    [
        {"biases": True},
        {"act_fn": "quadratic"},
        {"prompt": "x op y =", "constants": 2},
        {"constants": 2},
        {"prompt": "x y"},
        {"attn_coeff": 0.5},
        {"prompt": "x y+7 ="},
    ],
)
def test_other_one_layer_transformers(changes) -> None:
    check(*drawn_study(**changes), AutogradLoss)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_that_can_be_trained(name) -> None:
    config, weights = drawn(name)
    check(config, weights, PairStepLoss if name == "folded without biases" else AutogradLoss)


def test_a_module_of_the_users_own() -> None:
    from engine.explorer.module_run import run_of_module

    config, weights = drawn_study(biases=True)
    module = study_transformer(weights, config)
    module.unembed.bias.requires_grad_(False)
    run = run_of_module(module, 7, {"prompt": "x y ="})
    own = ModuleWeights.of(ModuleProgram.of(module), None, "test").to(torch.float64)
    assert set(trained_names(own, run.config)) == {name for name, _ in own.items()} - {"unembed.bias"}
    check(run.config, own, AutogradLoss)
    assert module.training


def test_biases_that_are_zero_are_no_parameters(tiny_run) -> None:
    run = open_run(tiny_run)
    names = trained_names(run.weights(40), run.config)
    assert [name for name in names if name.startswith("b_")] == ["b_in", "b_out"]
    config, weights = drawn("folded without biases")
    assert not [name for name in trained_names(weights, config) if name.startswith("b_")]
    config, weights = drawn("pre-norm")
    assert {name.rpartition(".")[2] for name in trained_names(weights, config)} >= {"w", "W_in", "b_in"}
    assert not [name for name in trained_names(weights, config) if name.endswith(("b_Q", "b_U"))]


@pytest.mark.parametrize("name", ["study", "pizza", "one-hot mlp", "y with tokens of its own"])
def test_too_little_memory_is_a_sentence(monkeypatch, name) -> None:
    own = {"study": {}, "y with tokens of its own": {"prompt": "x y+7 ="}}
    config, weights = drawn_study(**own[name]) if name in own else drawn(name)
    monkeypatch.setattr("engine.networks.memory.bytes_available", lambda device: 1 << 20)
    with pytest.raises(NotEnoughMemory, match=rf"^A chain of a network with p = {config.p} needs .* fewer --chains"):
        train_loss(weights, config, split(config.p), trained_names(weights, config), 2)


def test_many_chains_are_split_into_steps_that_fit_the_cache(monkeypatch) -> None:
    config, weights = drawn_study()
    names, train = trained_names(weights, config), split(7)
    whole, w_star = train_loss(weights, config, train, names, 5)
    w = w_star + 0.1 * torch.randn(5, len(w_star), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = whole(w)
    monkeypatch.setattr("engine.networks.pair_step.step._CACHE_BYTES", 2 * int(train.sum()) * 12 * 8)
    parts, _ = train_loss(weights, config, train, names, 5)
    assert parts._size == 2
    for found, value in zip(parts(w), expected, strict=True):
        assert torch.allclose(found, value, rtol=1e-12)
