"""The order of logarithms: multiplication and division of tokens add and subtract their indices."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.networks.config import ModelConfig, Prompt, Task
from engine.networks.folded import fold
from engine.networks.split import Split
from engine.networks.task import answers
from engine.networks.token_order import token_order

PRIMES = [5, 7, 11, 23, 113]


@pytest.mark.parametrize("p", PRIMES)
@pytest.mark.parametrize(("operation", "sign"), [("multiply", 1), ("divide", -1)])
def test_the_indices_of_an_answer_are_those_of_x_and_y_added_or_subtracted(p, operation, sign) -> None:
    task = Task(p, operation)
    order, right = token_order(task), answers(task)
    assert sorted(order.tokens) == list(range(1, p))
    assert order.tokens[0] == 1
    assert order.operation == {1: "add", -1: "subtract"}[sign]
    for i, x in enumerate(order.tokens):
        for j, y in enumerate(order.tokens):
            assert order.index_of(int(right[x, y])) == (i + sign * j) % (p - 1)


def test_the_logarithm_is_that_to_the_smallest_primitive_root() -> None:
    assert token_order(Task(7, "multiply")).tokens[1] == 3
    assert token_order(Task(23, "divide")).tokens[1] == 5
    assert token_order(Task(113, "multiply")).tokens[1] == 3


@pytest.mark.parametrize(
    "task", [Task(11, "add"), Task(11, "subtract"), Task(12, "multiply"), Task(3, "multiply"), Task(11, "x^3+xy")]
)
def test_all_other_tasks_keep_their_tokens(task, random_weights) -> None:
    config = ModelConfig.standard(p=task.p, d_model=8, n_heads=2, d_mlp=12, operation=task.operation)
    weights, order = random_weights(config), token_order(task)
    assert order.natural
    assert order.tokens == tuple(range(task.p))
    assert order.config(config) is config
    assert order.weights(weights) is weights


def test_rows_of_tokens_follow_the_order_and_constants_keep_theirs(random_weights) -> None:
    standard = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12, operation="multiply")
    config = replace(standard, prompt=Prompt.parse("x op y =", 7), d_vocab=9, d_vocab_out=10)
    weights, order = random_weights(config), token_order(config.task)
    ordered, found = order.weights(weights), order.config(config)
    assert (found.p, found.operation, found.d_vocab, found.d_vocab_out) == (6, "add", 8, 9)
    assert found.prompt == Prompt.parse("x op y =", 6)
    tokens = [1, 3, 2, 6, 4, 5]
    assert torch.equal(ordered.W_E, torch.stack([weights.W_E[token] for token in (*tokens, 7, 8)]))
    assert torch.equal(ordered.W_U, torch.stack([weights.W_U[:, z] for z in (*tokens, 7, 8, 9)], dim=1))
    assert torch.equal(ordered.b_U, torch.stack([weights.b_U[z] for z in (*tokens, 7, 8, 9)]))
    assert ordered.W_in is weights.W_in


def test_a_split_follows_the_order() -> None:
    train = np.random.default_rng(0).random((7, 7)) < 0.5
    order = token_order(Task(7, "multiply"))
    found = order.split(Split(train, "file"))
    assert found is not None
    assert found.train.shape == (6, 6)
    assert all(found.train[i, j] == train[x, y] for i, x in enumerate(order.tokens) for j, y in enumerate(order.tokens))
    assert order.split(None) is None


def test_tokens_of_y_from_p_on_follow_the_order_too(random_weights) -> None:
    prompt = Prompt.parse("x y+7 =", 7)
    standard = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
    config = replace(standard, operation="multiply", prompt=prompt, d_vocab=15)
    weights, order = random_weights(config), token_order(config.task)
    in_order = fold(order.weights(weights, prompt.y_offset), order.config(config)).all_logits()
    expected = fold(weights, config).all_logits()[order.array][:, order.array][:, :, order.array]
    torch.testing.assert_close(in_order, expected)
