"""The training step equals autograd to the last bit; several runs as one batch equal single ones to rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.networks.config import ActFn, ModelConfig
from engine.networks.pair_forward import initial_weights, pair_loss
from engine.networks.pair_step import kernels
from engine.networks.pair_step.step import PairStep

TINY = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
SMALL = ModelConfig.standard(p=11, d_model=32, n_heads=4, d_mlp=64)
MIDDLE = ModelConfig.standard(p=31, d_model=64, n_heads=4, d_mlp=256)
STUDY = ModelConfig.standard()


@pytest.fixture(autouse=True)
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """One thread, unless a test is parametrized with another number."""
    before = torch.get_num_threads()
    torch.set_num_threads(getattr(request, "param", 1))
    yield
    torch.set_num_threads(before)


def random_pairs(p: int, fraction: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(p * p, generator=generator)[: max(int(p * p * fraction), 1)].sort().values
    return order // p, order % p


def stacked(runs: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([run[name] for run in runs]) for name in runs[0]}


def assert_same_steps(config: ModelConfig, dtype: torch.dtype, n_steps: int, fraction: float = 0.3) -> None:
    """Train by autograd; at each step the loss and all gradients have the same bits."""
    w = {name: tensor.to(dtype).requires_grad_() for name, tensor in initial_weights(config, 0).items()}
    x, y = random_pairs(config.p, fraction)
    gradients = {name: torch.empty_like(tensor)[None] for name, tensor in w.items()}
    step = PairStep({name: tensor[None] for name, tensor in w.items()}, config, x[None], y[None], [len(x)], gradients)
    optimiser = torch.optim.AdamW(list(w.values()), weight_decay=1.0, fused=True)
    for number in range(n_steps):
        loss = pair_loss(w, config, x, y)
        loss.backward()
        assert step.loss().item() == loss.item(), number
        step.backward()
        for name, tensor in w.items():
            assert torch.equal(gradients[name][0], tensor.grad), (number, name)
        optimiser.step()
        optimiser.zero_grad()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("act_fn", ["relu", "gelu", "gelu_new"])
@pytest.mark.parametrize(("config", "n_steps"), [(TINY, 200), (SMALL, 100), (MIDDLE, 5)], ids=["7", "11", "31"])
def test_every_step_has_the_bits_of_autograd(
    config: ModelConfig, n_steps: int, act_fn: ActFn, dtype: torch.dtype
) -> None:
    assert_same_steps(replace(config, act_fn=act_fn), dtype, n_steps)


@pytest.mark.parametrize("threads", [1, 2], indirect=True)
@pytest.mark.parametrize(("config", "dtype"), [(STUDY, torch.float32), (MIDDLE, torch.float64)], ids=["113", "31"])
def test_the_number_of_threads_does_not_matter(threads: None, config: ModelConfig, dtype: torch.dtype) -> None:
    assert_same_steps(config, dtype, 2)


@pytest.mark.parametrize("threads", [1, 2], indirect=True)
@pytest.mark.parametrize(
    ("config", "fraction"),
    [
        (ModelConfig.standard(p=5, d_model=8, n_heads=1, d_mlp=12), 0.3),  # one head
        (ModelConfig.standard(p=3, d_model=8, n_heads=2, d_mlp=12), 0.12),  # one pair
        (ModelConfig.standard(p=97, d_model=24, n_heads=3, d_mlp=1), 0.9),  # one neuron
        (ModelConfig.standard(p=211, d_model=24, n_heads=3, d_mlp=40), 0.9),  # sums over pairs in several threads
    ],
)
def test_unusual_shapes_have_the_bits_of_autograd(threads: None, config: ModelConfig, fraction: float) -> None:
    assert_same_steps(config, torch.float32, 2, fraction)


@pytest.mark.parametrize("fractions", [(0.3, 0.3, 0.3), (0.3, 0.5, 0.1)], ids=["equal", "padded"])
@pytest.mark.parametrize("act_fn", ["relu", "gelu"])
def test_runs_as_one_batch_equal_single_runs_to_rounding(act_fn: ActFn, fractions: tuple[float, ...]) -> None:
    config = replace(SMALL, act_fn=act_fn)
    runs = [{name: t.double() for name, t in initial_weights(config, seed).items()} for seed in range(len(fractions))]
    pairs = [random_pairs(config.p, fraction, seed) for seed, fraction in enumerate(fractions)]
    counts = [len(x) for x, _ in pairs]
    x, y = (torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True) for tokens in zip(*pairs, strict=True))
    w = stacked(runs)
    gradients = {name: torch.empty_like(tensor) for name, tensor in w.items()}
    step = PairStep(w, config, x, y, counts, gradients)
    losses = step.loss()
    step.backward()
    for index, (run, (run_x, run_y)) in enumerate(zip(runs, pairs, strict=True)):
        single = {name: tensor.requires_grad_() for name, tensor in run.items()}
        loss = pair_loss(single, config, run_x, run_y)
        loss.backward()
        assert losses[index].item() == pytest.approx(loss.item(), rel=1e-13)
        for name, tensor in single.items():
            torch.testing.assert_close(gradients[name][index], tensor.grad, rtol=1e-9, atol=1e-13)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_recorded_graph_has_the_bits_of_its_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after the weights changed in place."""
    w = {name: tensor.cuda()[None] for name, tensor in initial_weights(STUDY, 0).items()}
    x, y = (tokens.cuda()[None] for tokens in random_pairs(STUDY.p, 0.3))
    results = []
    for is_recorded in (True, False):
        if not is_recorded:
            monkeypatch.setattr(kernels, "record_graph", lambda kernels, device: kernels.run)
        gradients = {name: torch.empty_like(tensor) for name, tensor in w.items()}
        step = PairStep(w, STUDY, x, y, [x.shape[1]], gradients)
        for name, tensor in initial_weights(STUDY, 1).items():
            w[name].copy_(tensor[None])
        loss = step.loss().item()
        step.backward()
        results.append((loss, gradients))
    (recorded_loss, recorded), (plain_loss, plain) = results
    assert recorded_loss == plain_loss
    assert all(torch.equal(recorded[name], plain[name]) for name in w)
