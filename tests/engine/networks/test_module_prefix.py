"""What is before the neurons is computed once for a batch of pairs; the numbers are those of a whole forward pass."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from engine.networks import module_prefix
from engine.networks.from_module import ModuleNetwork
from engine.networks.module_pass import run_module
from tests.engine.networks.test_from_module import EncoderOfTorch, config_for, network_of
from tests.engine.networks.torch_modules import TwoNumberMlp, study_transformer

ROWS = slice(1, 4)


class Counting(nn.Module):
    """An MLP that counts how often its code runs, with a path around its neurons."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.act, self.out = nn.Embedding(8, 12), nn.ReLU(), nn.Linear(12, 7)
        self.passes = 0

    def forward(self, tokens: Tensor) -> Tensor:
        self.passes += 1
        hidden = self.embed(tokens).sum(dim=1)
        return self.out(hidden + self.act(hidden))


def replacements(n_neurons: int, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(3, 7, n_neurons, generator=generator).to(dtype) for _ in range(3)]


def in_full(network: ModuleNetwork, post: Tensor) -> Tensor:
    """The logits by a forward pass of the whole module."""
    x, y = torch.arange(1, 4).repeat_interleave(7), torch.arange(7).repeat(3)
    output = run_module(network.weights, network.config, x, y, post.flatten(0, 1))[1]
    logits = output["logits"] if isinstance(output, dict) else output
    at_end = logits if logits.ndim == 2 else logits.transpose(0, 1)[-1] if logits.shape[0] == 21 else logits[-1]
    return at_end[:, :7].reshape(3, 7, 7)


def study(random_weights) -> ModuleNetwork:
    return network_of(study_transformer(random_weights(config_for()), config_for()), neurons="act")


MODULES = {
    "study": study,
    "mlp": lambda _: network_of(TwoNumberMlp(7, 5, 12), prompt="x, y", neurons="fc2:input", pre="fc1"),
    "encoder": lambda _: network_of(EncoderOfTorch(7, True), neurons="layer.linear2:input", pre="layer.linear1"),
    "counting": lambda _: network_of(Counting()),
}


@pytest.mark.parametrize("name", MODULES)
def test_replayed_passes_give_the_logits_of_whole_ones(name, random_weights) -> None:
    torch.manual_seed(0)
    network = MODULES[name](random_weights)
    for post in replacements(12):
        assert torch.equal(network.logits(ROWS, post), in_full(network, post))
    assert network.prefix.usable


class Computed(TorchDispatchMode):
    """The names of what torch computes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.append(func.name())
        return func(*args, **(kwargs or {}))


def test_what_is_before_the_neurons_is_computed_once_for_each_batch() -> None:
    network = network_of(Counting())
    with Computed() as computed:
        for rows in (ROWS, slice(0, 3)):
            for post in replacements(12):
                network.logits(rows, post)
    assert computed.names.count("aten::embedding") == 2
    assert computed.names.count("aten::addmm") == 6  # after them


class InPlaceTail(Counting):
    """What follows the neurons changes what came before them."""

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = self.embed(tokens).sum(dim=1)
        activated = self.act(hidden)
        hidden += activated
        return self.out(hidden)


class Alternating(Counting):
    """Calls other functions of torch each time."""

    def forward(self, tokens: Tensor) -> Tensor:
        self.passes += 1
        hidden = self.embed(tokens).sum(dim=1)
        hidden = hidden + 0 if self.passes % 2 else hidden * 1
        return self.out(self.act(hidden))


class Inference(Counting):
    def forward(self, tokens: Tensor) -> Tensor:
        with torch.inference_mode():
            return self.out(self.act(self.embed(tokens).sum(dim=1)))


class NoGrad(Counting):
    def forward(self, tokens: Tensor) -> Tensor:
        with torch.no_grad():
            hidden = self.embed(tokens).sum(dim=1)
        with torch.enable_grad():
            hidden = hidden + 1
        return self.out(self.act(hidden))


def test_gradients_are_off_as_before() -> None:
    torch.manual_seed(0)
    network = network_of(NoGrad())
    for post in replacements(12):
        assert torch.equal(network.logits(ROWS, post), in_full(network, post))
    assert network.prefix.usable
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("kind", [InPlaceTail, Alternating, Inference])
def test_a_module_that_cannot_be_replayed_runs_in_full(kind) -> None:
    torch.manual_seed(0)
    network = network_of(kind())
    found = [network.logits(ROWS, post) for post in replacements(12)]
    assert not network.prefix.usable
    for logits, post in zip(found, replacements(12), strict=True):
        assert torch.equal(logits, in_full(network, post))


class InPlaceStart(Counting):
    def forward(self, tokens: Tensor) -> Tensor:
        hidden = self.embed(tokens).sum(dim=1)
        hidden += 1
        return self.out(hidden + self.act(hidden))


def test_changes_in_place_before_the_neurons_are_replayed() -> None:
    torch.manual_seed(0)
    network = network_of(InPlaceStart())
    for post in replacements(12):
        assert torch.equal(network.logits(ROWS, post), in_full(network, post))


def test_a_large_batch_is_not_held(monkeypatch) -> None:
    monkeypatch.setattr(module_prefix, "_MAX_BYTES", 100)
    network = network_of(Counting())
    for post in replacements(12):
        assert torch.equal(network.logits(ROWS, post), in_full(network, post))
    assert not network.prefix.usable
