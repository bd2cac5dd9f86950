"""What a file leaves open is recognised by what the network does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.errors import AmbiguousTask
from engine.networks.config import ModelConfig, Operation, Prompt
from engine.networks.pair_forward import initial_weights, pair_logits
from engine.networks.task import answers
from engine.networks.weights import Weights
from engine.state_dicts import plain_forward
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.config_inference import ModelReading
from engine.state_dicts.model_reading import ModelOverrides
from engine.state_dicts.plain_forward import Reading
from engine.state_dicts.read_state_dict import read_model
from engine.state_dicts.reading_trials import Sample

P = 11
CONFIG = ModelConfig.standard(p=P, d_model=32, n_heads=4, d_mlp=64)


@pytest.fixture(scope="module")
def trained():
    """`trained(operation)`: the weights of a network that has learned all pairs of an operation."""
    cache: dict[str, dict[str, Tensor]] = {}

    def train(operation: Operation = "add") -> dict[str, Tensor]:
        if operation not in cache:
            cache[operation] = _train(replace(CONFIG, operation=operation))
        return dict(cache[operation])

    return train


def _train(config: ModelConfig) -> dict[str, Tensor]:
    weights = {name: tensor.requires_grad_() for name, tensor in initial_weights(config, seed=0).items()}
    optimizer = torch.optim.Adam(list(weights.values()), lr=1e-2)
    pairs = torch.arange(P * P)
    x, y, answer = pairs // P, pairs % P, answers(config.task).flatten()
    reading = Reading(P, config.prompt, config.act_fn, config.n_heads, config.attn_coeff, transposed=False)
    for _ in range(120):
        if config.attn_coeff == 1:
            logits = pair_logits(weights, config, x, y)
        else:  # networks are never trained so here
            logits = plain_forward.pair_logits(reading, weights, x, y)
        loss = torch.nn.functional.cross_entropy(logits, answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    return {name: tensor.detach() for name, tensor in weights.items()}


def read(state: dict[str, Tensor], evidence: Evidence | None = None, **explicit) -> ModelReading:
    return read_model(state, "a.pt", overrides=ModelOverrides(**explicit), evidence=evidence)


@pytest.mark.parametrize("operation", ["add", "subtract", "multiply", "x^2+xy+y^2"])
def test_the_operation(trained, operation) -> None:
    reading = read(trained(operation))
    assert reading.config == replace(CONFIG, operation=operation)
    assert "operation" in reading.inferred
    assert reading.assumed == ("act_fn",)  # relu and gelu are almost equal


def test_the_number_of_heads(trained) -> None:
    state = trained()
    joined = {name: torch.cat(list(state[name]), dim=1) for name in ("W_Q", "W_K", "W_V")}
    reading = read(state | joined | {"W_O": state["W_O"].flatten(0, 1)})
    assert reading.config == CONFIG
    assert "n_heads" in reading.inferred


def test_square_matrices_in_either_order(trained) -> None:
    """A vocabulary and an MLP of d_model rows leave no matrix that shows the order."""
    config = replace(CONFIG, d_mlp=32, d_vocab=32, d_vocab_out=32)
    state = _train(config)
    turned = {name: torch.cat(list(state[name]), dim=1).mT for name in ("W_Q", "W_K", "W_V")}
    turned |= {"W_O": state["W_O"].flatten(0, 1).mT} | {name: state[name].mT for name in ("W_in", "W_out", "W_U")}
    reading = read(state | turned, p=P, prompt="x y =", n_heads=4)
    assert reading.transposed
    assert "axes" in reading.inferred


def test_the_prompt_and_its_constants(trained) -> None:
    state = trained()
    swapped = state["W_E"].clone()
    swapped = torch.cat([swapped[:P], torch.randn(1, 32), swapped[P:]])  # the constant is token P + 1
    longer = torch.cat([state["W_pos"], torch.randn(5, 32)])
    reading = read(state | {"W_E": swapped, "W_pos": longer, "W_U": state["W_U"][:, :P]})
    assert reading.config.prompt == Prompt(("x", "y", P + 1))
    assert {"p", "prompt"} <= set(reading.inferred)


def test_a_second_operand_with_tokens_of_its_own(trained) -> None:
    state = trained()
    W_E = torch.cat([state["W_E"][:P], state["W_E"]])  # y has the tokens P .. 2P - 1, "=" is token 2P
    reading = read(state | {"W_E": W_E, "W_U": state["W_U"][:, :P]})
    assert reading.config.prompt == Prompt(("x", "y", 2 * P), y_offset=P)


def test_constant_attention() -> None:
    """A network whose attention is 1 everywhere is often wrong with softmax."""
    reading = read(_train(replace(CONFIG, attn_coeff=0.0)))
    assert reading.config.attn_coeff == 0
    assert "attn_coeff" in reading.inferred


def test_a_lower_loss_alone_does_not_show_constant_attention(trained) -> None:
    """Attention of 1 everywhere enlarges the logits of a network that is right anyway."""
    weights = constant_attention_adder()
    reading = read({name: tensor for name, tensor in weights.items() if not name.startswith("b_")})
    assert reading.config.attn_coeff == 1
    assert "attn_coeff" in reading.assumed


def test_a_share_of_softmax_between_0_and_1_is_guessed_with_a_warning() -> None:
    reading = read(_train(replace(CONFIG, attn_coeff=0.5, operation="subtract")))
    assert reading.config.attn_coeff == 0.5
    assert "attn_coeff" in reading.assumed
    assert "attn_coeff = 0.5 is a rough guess" in reading.warnings[0]


def constant_attention_adder() -> Weights:
    """A network with attention 1 at every position, whose logits are cosines of x + y - z; softmax halves them."""
    p, k = P, 2
    token, unit = torch.arange(p), torch.eye(8)
    angle = 2 * torch.pi * k / p * token
    W_E = torch.zeros(p, 8)
    W_E[:, 0], W_E[:, 1] = angle.cos(), angle.sin()
    zeros = torch.zeros(1, 8, 8)
    directions = torch.arange(16) * 2 * torch.pi / 16
    W_in = torch.zeros(8, 16)
    W_in[2], W_in[3] = directions.cos(), directions.sin()
    W_V = zeros.clone()
    W_V[0, 0, 2], W_V[0, 1, 3] = 1.0, 1.0
    W_U = torch.zeros(8, p)
    W_U[4], W_U[5] = angle.cos(), angle.sin()
    W_out = torch.zeros(16, 8)
    W_out[:, 4], W_out[:, 5] = 40 * (2 * directions).cos(), 40 * (2 * directions).sin()
    return Weights(
        W_E=W_E, W_pos=torch.zeros(2, 8), W_Q=zeros, W_K=zeros, W_V=W_V, W_O=unit[None], W_in=W_in, W_out=W_out,
        W_U=W_U, b_Q=torch.zeros(1, 8), b_K=torch.zeros(1, 8), b_V=torch.zeros(1, 8), b_O=torch.zeros(8),
        b_in=torch.zeros(16), b_out=torch.zeros(8), b_U=torch.zeros(p),
    )  # fmt: skip


def test_the_activation_is_recognised_by_recorded_losses(trained) -> None:
    state, train = trained(), torch.rand(P, P, generator=torch.Generator().manual_seed(1)) < 0.5
    config = replace(CONFIG, act_fn="gelu")
    x, y = train.nonzero(as_tuple=True)
    loss = torch.nn.functional.cross_entropy(
        pair_logits(state, config, x, y)[:, :P].double(), answers(config.task)[x, y]
    ).item()
    reading = read(state, Evidence(loss, None, lambda p: train if p == P else None))
    assert reading.config.act_fn == "gelu"
    assert "act_fn" in reading.inferred
    assert read(state, Evidence(3 * loss, None, lambda _: train)).assumed == ("act_fn",)


def test_an_untrained_network_is_read_with_defaults_that_are_called_assumed() -> None:
    reading = read(initial_weights(CONFIG, seed=3))
    assert reading.config == CONFIG
    assert set(reading.assumed) == {"p", "prompt", "operation", "act_fn", "attn_coeff"}


def test_an_untrained_network_needs_its_number_of_heads() -> None:
    state = initial_weights(CONFIG, seed=3)
    joined = {name: torch.cat(list(state[name]), dim=1) for name in ("W_Q", "W_K", "W_V")}
    with pytest.raises(AmbiguousTask, match=r"1, 2, 4, 8, 16, 32 heads were tried.*pass --n-heads"):
        read(state | joined | {"W_O": state["W_O"].flatten(0, 1)})


def test_a_wrong_operation_is_noticed(trained) -> None:
    (warning,) = read(trained("subtract"), operation="add").warnings
    assert "is read with operation = add" in warning
    assert "pass --operation subtract" in warning


def test_explicit_settings_are_neither_inferred_nor_assumed(trained) -> None:
    reading = read(trained(), operation="add", act_fn="relu", attn_coeff=1.0)
    assert reading.explicit == ("operation", "act_fn", "attn_coeff")
    assert reading.inferred == ("p", "prompt")


def test_a_wrong_prompt_is_noticed(trained) -> None:
    (warning,) = read(trained("subtract"), prompt="= x y", operation="subtract").warnings
    assert "pass --prompt 'x y ='" in warning


def test_both_operands_with_tokens_of_their_own_and_a_logit_for_each_token(trained) -> None:
    state = trained()
    W_E = torch.cat([state["W_E"][:P], state["W_E"]])
    W_U = torch.cat([state["W_U"][:, :P], state["W_U"]], dim=1)
    reading = read(state | {"W_E": W_E, "W_U": W_U})
    assert reading.config.prompt == Prompt(("x", "y", 2 * P), y_offset=P)
    assert reading.config.p == P


def test_scores_that_are_not_divided_by_the_root_of_d_head_are_noticed(trained) -> None:
    state = trained("subtract")
    (warning,) = read(state | {"W_Q": state["W_Q"] / 8}).warnings
    assert "not divided by sqrt(d_head)" in warning


def test_an_operation_that_is_right_for_some_pairs_only() -> None:
    """As in a network that has memorised its train pairs."""
    state = _train(replace(CONFIG, operation="subtract"))
    weak = state | {"W_U": state["W_U"] + 0.35 * torch.randn(32, P + 1, generator=torch.Generator().manual_seed(0))}
    reading = read(weak)
    assert reading.config.operation == "subtract"
    assert "operation" in reading.inferred


def test_division_is_not_tried_for_a_p_that_is_not_prime() -> None:
    assert Sample.of(24, ("add", "divide"), 10).operations == ("add",)
