"""One input against a plain forward pass, and on a network whose logits are known."""

import math

import numpy as np
import pytest
import torch

from engine.errors import UnknownQuery
from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import logit_formula
from engine.metrics.pair import read_pair
from engine.networks.config import ModelConfig, Prompt
from engine.networks.folded import fold
from tests.engine.known_network import known_network
from tests.engine.networks.plain_model import plain_forward


@pytest.fixture(params=[(7, "x y =", "add"), (8, "y = x", "add"), (8, "x y", "add"), (7, "x y =", "subtract")])
def model(request, random_weights):
    """A random model, its weights, folded, and what a plain forward pass says of it."""
    p, prompt, operation = request.param
    config = ModelConfig(p, 8, 2, 4, 10, Prompt.parse(prompt, p), d_vocab=p + 1, d_vocab_out=p + 1, operation=operation)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    return weights, fold(weights, config), plain_forward(weights, config)


@pytest.mark.parametrize("pair", [(0, 0), (2, 5), (6, 6)])
def test_a_pair_is_what_the_whole_model_says_of_it(model, pair) -> None:
    weights, folded, expected = model
    (x, y), p = pair, folded.config.p
    found = read_pair(folded, {1: 0.5, 3: -2.0}, x, y, max_neurons=3)
    answer = (x + expected.sign * y) % p
    assert (found.x, found.y, found.answer) == (x, y, answer)
    logits = expected.logits[x, y].numpy()
    assert found.logits == pytest.approx(logits - logits.mean())
    assert found.winner == int(np.argmax(logits))
    second, first = sorted(logits)[-2:]
    assert found.margin == pytest.approx(first - second)
    assert found.attention == pytest.approx(expected.pattern[x, y].numpy())
    for k, c in ((1, 0.5), (3, -2.0)):
        assert found.parts[k] == pytest.approx([c * math.cos(2 * math.pi * k * (answer - z) / p) for z in range(p)])
        assert found.parts[k][found.answer] == pytest.approx(c)
    assert found.formula == pytest.approx(found.parts[1] + found.parts[3])

    written = weights.W_out @ weights.W_U[:, :p]
    post = expected.post[x, y]
    votes = post * (written[:, found.answer] - written.mean(dim=1))
    order = sorted(range(10), key=lambda n: -abs(votes[n].item()))[:3]
    # Neurons that are off all vote nothing: any of them may come first.
    assert [v for _, _, v in found.top_neurons] == pytest.approx([votes[n].item() for n in order])
    for neuron, activation, vote in found.top_neurons:
        assert activation == pytest.approx(post[neuron].item())
        assert vote == pytest.approx(votes[neuron].item())


def test_without_key_frequencies_the_formula_says_nothing(model) -> None:
    found = read_pair(model[1], {}, 1, 2)
    assert found.parts == {}
    assert found.formula.tolist() == [0.0] * model[1].config.p


@pytest.mark.parametrize("pair", [(-1, 0), (0, 99), (8, 0)])
def test_a_number_that_is_no_token_is_refused(model, pair) -> None:
    with pytest.raises(UnknownQuery, match="must be between 0 and"):
        read_pair(model[1], {}, *pair)


@pytest.mark.parametrize(
    ("operation", "sign", "attention"),
    [("add", 1, np.full((1, 3), 1 / 3)), ("subtract", -1, np.array([[1, 0, 0], [0, 1, 0]]))],
)
def test_a_known_network_is_right_and_the_formula_is_its_mean(operation, sign, attention) -> None:
    known = known_network(11, (2, 5), operation=operation)
    folded = fold(known.weights, known.config)
    fitted, explained = logit_formula(read_logits(folded.logit_slabs(), 11, operation).sums(), [2, 5])
    assert explained is not None
    assert 0.7 < explained < 1  # what is left depends on x - y, or on x + y
    # Of p neurons a frequency each gives half a cosine of amplitude 8 / (3 pi^2), the integral.
    assert fitted == pytest.approx(dict.fromkeys((2, 5), 11 / 2 * 8 / 3 / math.pi**2), abs=0.06)
    for x in range(11):
        for y in range(11):
            found = read_pair(folded, fitted, x, y)
            assert found.winner == found.answer == int(found.formula.argmax()) == (x + sign * y) % 11
            assert found.margin > 0
            assert found.attention == pytest.approx(attention)
            assert all(vote > 0 for _, _, vote in found.top_neurons[:1])
