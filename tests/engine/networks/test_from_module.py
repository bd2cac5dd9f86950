"""A module of the user's own against the folded network, or plain code, with the same weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import UnreadableRun
from engine.networks.config import InvalidConfig, ModelConfig, Prompt
from engine.networks.folded import fold
from engine.networks.from_module import ModuleNetwork, build_module
from engine.networks.module_inspection import ModuleNames, inspect_module
from engine.networks.module_weights import ModuleProgram, ModuleWeights
from engine.networks.parts import MissingPart
from engine.networks.user_code import UserCodeError
from tests.engine.networks.torch_modules import (
    OneHotMlp,
    StudyTransformer,
    TwoNumberMlp,
    one_hot_pairs,
    study_state,
    study_transformer,
)

PRECISIONS = [(torch.float32, 1e-4), (torch.float64, 1e-9)]
EVERY = slice(None)


def config_for(prompt: str = "x y =", p: int = 7) -> ModelConfig:
    standard = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=12)
    return replace(standard, prompt=Prompt.parse(prompt, p), d_vocab=p + 3, d_vocab_out=p + 2, d_head=3)


def network_of(
    module: nn.Module,
    p: int = 7,
    *,
    prompt: str = "x y =",
    inputs: Any = None,
    logits: Any = None,
    kept_bytes: int = 1 << 30,
    **names: Any,
) -> ModuleNetwork:
    weights = ModuleWeights.of(ModuleProgram(module, inputs, logits), None, "the module")
    return build_module(weights, inspect_module(weights, ModuleNames(**names), p=p, prompt=prompt), kept_bytes)


@pytest.mark.parametrize("kept_bytes", [0, 1 << 30], ids=["computed", "kept"])
@pytest.mark.parametrize("prompt", ["x y =", "x op y =", "x y", "9 x 8 y"])
@pytest.mark.parametrize(("dtype", "atol"), PRECISIONS)
def test_a_module_equals_the_folded_network(prompt, dtype, atol, kept_bytes, random_weights) -> None:
    config = config_for(prompt)
    weights = random_weights(config, dtype=dtype)
    folded = fold(weights, config)
    module = network_of(
        study_transformer(weights, config),
        prompt=prompt,
        neurons="act",
        attention="softmax",
        W_U="unembed",
        kept_bytes=kept_bytes,
    )

    def same(actual: Tensor, expected: Tensor) -> None:
        torch.testing.assert_close(actual, expected, atol=atol, rtol=0)

    same(module.pre_rows(EVERY), folded.pre_rows(EVERY))
    same(module.post_rows(slice(2, 5)), folded.post_rows(slice(2, 5)))
    same(module.post_rows(EVERY, torch.tensor([3, 1])), folded.post_rows(EVERY, torch.tensor([3, 1])))
    same(module.pre(4), folded.pre(4))
    same(module.post(4), folded.post(4))
    same(torch.cat([logits for _, logits in module.logit_slabs()]), folded.all_logits())
    for actual, expected in zip(module.pair(2, 6), folded.pair(2, 6), strict=True):
        same(actual, expected)
    same(module.pattern, folded.pattern)
    same(module.W_E, folded.W_E)
    same(module.W_U, folded.W_U)
    assert module.positions == folded.positions
    assert module.parts == {"attention", "W_E", "W_U"}
    replaced = torch.randn(3, 7, 12, generator=torch.Generator().manual_seed(1)).to(dtype)
    same(module.logits(slice(1, 4), replaced), folded.logits(slice(1, 4), replaced))
    same(module.logits(slice(1, 4), module.post_rows(slice(1, 4))), folded.all_logits()[1:4])


def test_activations_can_be_overwritten_without_consequences(random_weights) -> None:
    config = config_for()
    network = network_of(study_transformer(random_weights(config), config), neurons="act")
    before = network.post_rows(EVERY)
    network.post_rows(EVERY).zero_()
    network.post_rows_after(EVERY, lambda pre: None).zero_()
    next(network.logit_slabs())[1].zero_()
    assert torch.equal(network.post_rows(EVERY), before)
    assert network.logits(EVERY, before).any()


@pytest.mark.parametrize(("dtype", "atol"), PRECISIONS)
def test_an_mlp_of_two_numbers_is_read_at_its_layers(dtype, atol) -> None:
    torch.manual_seed(0)
    module = TwoNumberMlp(7, 5, 12).to(dtype)
    network = network_of(module, prompt="x, y", neurons="fc2:input", pre="fc1")
    x, y = torch.meshgrid(torch.arange(7), torch.arange(7), indexing="ij")
    embedded = torch.cat([module.embed.weight[x], module.embed.weight[y]], dim=-1)
    pre = embedded @ module.fc1.weight.T + module.fc1.bias
    post = F.gelu(pre)
    torch.testing.assert_close(network.pre_rows(EVERY), pre.detach(), atol=atol, rtol=0)
    torch.testing.assert_close(network.post_rows(EVERY), post.detach(), atol=atol, rtol=0)
    expected = (2 * post) @ module.fc2.weight.T + module.fc2.bias
    torch.testing.assert_close(
        network.logits(EVERY, 2 * network.post_rows(EVERY)), expected.detach(), atol=atol, rtol=0
    )
    assert network.parts == {"W_E"}
    assert network.positions == ()


def test_an_activation_that_works_in_place_is_read_before_and_after() -> None:
    torch.manual_seed(0)
    module = OneHotMlp(7, 12)
    network = network_of(module, inputs=one_hot_pairs(7, torch.float32))  # the only activation function
    W_x, W_y = module.net[0].weight.T.split(7)
    pre = (W_x[:, None] + W_y + module.net[0].bias).detach()
    torch.testing.assert_close(network.pre_rows(EVERY), pre, atol=1e-6, rtol=0)
    torch.testing.assert_close(network.post_rows(EVERY), pre.relu(), atol=1e-6, rtol=0)


class EncoderOfTorch(nn.Module):
    """nn.TransformerEncoderLayer with the position first, read at the mean; in eval mode it has a fast path."""

    def __init__(self, p: int, batch_first: bool) -> None:
        super().__init__()
        self.batch_first = batch_first
        self.embed = nn.Embedding(p + 1, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.1, batch_first=batch_first)
        self.head = nn.Linear(8, p)

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        hidden = self.embed(tokens if self.batch_first else tokens.T)
        return {"hidden": hidden, "logits": self.head(self.layer(hidden))}


@pytest.mark.parametrize("batch_first", [True, False])
def test_the_layers_of_torch_are_read_with_either_order_of_axes(batch_first) -> None:
    torch.manual_seed(0)
    module = EncoderOfTorch(7, batch_first).double()
    network = network_of(module, neurons="layer.linear2:input", pre="layer.linear1")
    x, y = torch.meshgrid(torch.arange(7), torch.arange(7), indexing="ij")
    tokens = torch.stack([x, y, torch.full_like(x, 7)], dim=-1).flatten(0, 1)
    with torch.no_grad():
        logits = module.eval()(tokens)["logits"]
    expected = (logits if batch_first else logits.transpose(0, 1))[:, -1].reshape(7, 7, 7)
    torch.testing.assert_close(torch.cat([rows for _, rows in network.logit_slabs()]), expected, atol=1e-9, rtol=0)
    torch.testing.assert_close(network.post_rows(EVERY), network.pre_rows(EVERY).relu(), atol=1e-9, rtol=0)
    changed = network.logits(EVERY, network.post_rows(EVERY) + 1)
    assert not torch.allclose(changed, expected)


def test_another_position_can_be_read(random_weights) -> None:
    config = config_for("x y =")
    module = study_transformer(random_weights(config, dtype=torch.float64), config)
    shorter = replace(config, prompt=Prompt.parse("x y", 7))
    weights = random_weights(config, dtype=torch.float64)
    folded = fold(replace(weights, W_pos=weights.W_pos[:2]), shorter)  # causal attention does not see the third
    network = network_of(module, neurons="act", read_index=1)
    torch.testing.assert_close(network.post_rows(EVERY), folded.post_rows(EVERY), atol=1e-9, rtol=0)
    replaced = folded.post_rows(EVERY) * 2
    torch.testing.assert_close(network.logits(EVERY, replaced), folded.logits(EVERY, replaced), atol=1e-9, rtol=0)


def test_logits_are_found_by_a_function(random_weights) -> None:
    config = config_for()
    weights = random_weights(config)

    class Wrapped(StudyTransformer):
        def forward(self, tokens: Tensor) -> Any:
            return {"out": {"scores": super().forward(tokens)}}

    module = Wrapped(config)
    module.load_state_dict(study_state(weights))
    with pytest.raises(InvalidConfig, match="returns a dict; pass logits="):
        network_of(module, neurons="act")
    network = network_of(module, neurons="act", logits=lambda output: output["out"]["scores"])
    expected = fold(weights, config).all_logits()
    torch.testing.assert_close(torch.cat([rows for _, rows in network.logit_slabs()]), expected, atol=1e-4, rtol=0)


def test_the_module_is_left_as_it_was(random_weights) -> None:
    config = config_for()
    module = study_transformer(random_weights(config), config)
    module.train()
    module.fc1.eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    network = network_of(module, neurons="act", attention="softmax")
    network.logits(EVERY, network.post_rows(EVERY) + 1)
    with torch.no_grad():
        module.fc1.weight.zero_()  # trained on meanwhile
    assert network.pre_rows(EVERY).std() > 0.1
    module.fc1.weight.data.copy_(before["fc1.weight"])
    assert [m.training for m in (module, module.act, module.fc1)] == [True, True, False]
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert not any(submodule._forward_hooks or submodule._forward_pre_hooks for submodule in module.modules())


def test_the_module_is_left_as_it_was_after_an_error(random_weights) -> None:
    config = config_for()

    class Broken(nn.Module):
        def forward(self, pre: Tensor) -> Tensor:
            raise ValueError("no activations today")

    module = study_transformer(random_weights(config), config, act=Broken()).train()
    with pytest.raises(UserCodeError, match=r"failed in line \d+ of .*test_from_module.py: ValueError: no activations"):
        network_of(module, neurons="act")
    assert module.training
    assert torch.backends.mha.get_fastpath_enabled()
    assert not any(submodule._forward_hooks or submodule._forward_pre_hooks for submodule in module.modules())


def test_a_wrong_name_is_answered_with_near_names_and_their_shapes(random_weights) -> None:
    config = config_for()
    module = study_transformer(random_weights(config), config)
    with pytest.raises(InvalidConfig, match=r"has no module acts; it has act \[5, 3, 12\]"):
        network_of(module, neurons="acts")
    with pytest.raises(InvalidConfig, match=r"has no module xyz; it has embed \[5, 3, 8\], softmax \[5, 2, 3, 3\]"):
        network_of(module, neurons="xyz")
    with pytest.raises(InvalidConfig, match=r"no parameter unembe with two axes; it has unembed\.weight"):
        network_of(module, neurons="act", W_U="unembe")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"neurons": "fc2"}, r"fc2:input has 12 channels and fc2 8; pass pre="),
        ({"neurons": "fc2:input"}, r"fc2:input are activations; pass pre="),
        ({"neurons": "act", "attention": "fc1"}, r"fc1 of .* has shape \[5, 3, 12\] .* expected attention weights"),
        ({"neurons": "act", "read_index": 3}, r"act of .* has 3 positions; read_index is 3"),
        ({"neurons": "act", "p": 30}, r"IndexError: index out of range .* called with the prompt 'x y ='"),
        ({"neurons": "act", "p": 10, "prompt": "x y"}, r"returns 9 logits; expected at least p = 10"),
        ({"neurons": "act", "prompt": "x, y"}, r"takes 2 positional arguments .* called with the prompt 'x, y'"),
    ],
)
def test_what_does_not_fit_is_one_sentence(names, message, random_weights) -> None:
    config = config_for()
    module = study_transformer(random_weights(config), config)
    with pytest.raises((InvalidConfig, UserCodeError), match=message):
        network_of(module, **names)


def test_a_module_that_runs_twice_is_refused() -> None:
    act = nn.ReLU()
    module = nn.Sequential(nn.Embedding(8, 12), nn.Linear(12, 12), act, nn.Linear(12, 12), act, nn.Linear(12, 7))
    with pytest.raises(InvalidConfig, match=r"2 of Sequential runs more than once.*neurons='fc2:input'"):
        network_of(module, neurons="2")
    network_of(module, neurons="5:input", pre="3")


def test_an_identity_has_no_pre_activations(random_weights) -> None:
    config = config_for()
    module = study_transformer(random_weights(config), config, act=nn.Sequential(nn.ReLU(), nn.Dropout(0.5)))
    with pytest.raises(InvalidConfig, match=r"act.1 returns what it reads, .* pass pre="):
        network_of(module, neurons="act.1")
    network = network_of(module, neurons="act.1", pre="fc1")
    assert torch.equal(network.post_rows(EVERY), network.pre_rows(EVERY).relu())


def test_what_a_module_lacks_is_one_sentence(random_weights) -> None:
    config = config_for()
    network = network_of(study_transformer(random_weights(config), config), neurons="act")
    assert network.parts == {"W_E"}
    for part in ("pattern", "W_U", "W_logit"):
        with pytest.raises(MissingPart, match="this network is your own module StudyTransformer"):
            getattr(network, part)
    with pytest.raises(MissingPart, match="ablation of heads"):
        network.without(frozenset({0}), False, "zero")


def test_tied_and_transposed_embeddings_are_found(random_weights) -> None:
    config = replace(config_for(), d_vocab=9, d_vocab_out=9)
    weights = random_weights(config)
    module = study_transformer(weights, config)
    module.unembed.weight = module.embed.weight
    network = network_of(module, neurons="act", W_U="unembed")
    assert torch.equal(network.W_U, network.W_E.T)
    assert [name for name, _ in network.weights.items()].count("embed.weight") == 1
    assert "unembed.weight" not in dict(network.weights.items())
    assert torch.equal(network.logits(EVERY, network.post_rows(EVERY)), next(network.logit_slabs())[1])

    class Raw(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.W_E = nn.Parameter(torch.randn(5, 8))  # [d_model, token]
            self.fc1, self.act, self.W_U = nn.Linear(5, 12), nn.GELU(), nn.Parameter(torch.randn(12, 7))

        def forward(self, tokens: Tensor) -> Tensor:
            return self.act(self.fc1(self.W_E.T[tokens].sum(dim=1))) @ self.W_U

    raw = Raw()
    network = network_of(raw, neurons="act", W_E="W_E")
    assert torch.equal(network.W_E, raw.W_E.T[:7])
    assert torch.equal(network_of(raw, neurons="act", W_U="W_U").W_U, raw.W_U)
    with pytest.raises(InvalidConfig, match="W_E and W_U differ"):
        network_of(raw, neurons="act", W_E="W_E", W_U="W_U")


def test_some_tokens_in_another_order(random_weights) -> None:
    config = config_for()
    weights = random_weights(config, dtype=torch.float64)
    folded = fold(weights, config)
    network = network_of(study_transformer(weights, config), neurons="act", attention="softmax", W_U="unembed")
    tokens = torch.tensor([1, 3, 2, 6, 4, 5])
    chosen = build_module(network.weights.select_tokens(tokens, 7), network.config.with_tokens(6, "add"))
    torch.testing.assert_close(chosen.post_rows(EVERY), folded.post_rows(EVERY)[tokens][:, tokens], atol=1e-9, rtol=0)
    logits = torch.cat([rows for _, rows in chosen.logit_slabs()])
    torch.testing.assert_close(logits, folded.all_logits()[tokens][:, tokens][..., tokens], atol=1e-9, rtol=0)
    torch.testing.assert_close(chosen.W_E, folded.W_E[tokens], atol=0, rtol=0)
    torch.testing.assert_close(chosen.W_U, folded.W_U[:, tokens], atol=0, rtol=0)
    torch.testing.assert_close(chosen.pattern, folded.pattern[tokens][:, tokens], atol=1e-9, rtol=0)


def test_a_state_dict_replaces_the_weights(random_weights) -> None:
    config = config_for()
    module = study_transformer(random_weights(config), config)
    other = random_weights(config, seed=1, dtype=torch.float64)
    program = ModuleProgram(module)
    weights = ModuleWeights.of(program, study_state(other), "other.pt")
    network = build_module(weights, inspect_module(weights, ModuleNames("act"), p=7))
    expected = fold(other, config).post_rows(EVERY)
    torch.testing.assert_close(network.post_rows(EVERY), expected, atol=1e-9, rtol=0)
    assert network.dtype == torch.float64
    state = study_state(other)
    with pytest.raises(UnreadableRun, match=r"other.pt has no tensor fc1.bias; expected one of shape \[12\]"):
        ModuleWeights.of(program, {name: state[name] for name in state if name != "fc1.bias"}, "other.pt")
    with pytest.raises(UnreadableRun, match=r"other.pt has a tensor more, which the module does not have"):
        ModuleWeights.of(program, {**state, "more": torch.zeros(1)}, "other.pt")
    with pytest.raises(UnreadableRun, match=r"pos has shape \[2, 8\]; expected \[3, 8\]"):
        ModuleWeights.of(program, {**state, "pos": state["pos"][:2]}, "other.pt")
    with pytest.raises(UnreadableRun, match="pos contains NaN"):
        ModuleWeights.of(program, {**state, "pos": state["pos"] * torch.nan}, "other.pt")
