"""One pair against a plain forward pass, and on a network with known logits."""

import math

import numpy as np
import pytest
import torch

from engine.errors import UnknownQuery
from engine.metrics.logit_formula import logit_formula
from engine.metrics.logit_sums import read_logits
from engine.metrics.pair import read_pair
from engine.networks.config import ModelConfig, Prompt
from engine.networks.folded import fold
from tests.engine.known_network import known_network
from tests.engine.networks.plain_model import plain_forward


@pytest.fixture(params=[(7, "x y =", "add"), (8, "y = x", "add"), (8, "x y", "add"), (7, "x y =", "subtract")])
def model(request, random_weights):
    """A random network: its weights, folded, and its plain forward pass."""
    p, prompt, operation = request.param
    config = ModelConfig(p, 8, 2, 4, 10, Prompt.parse(prompt, p), d_vocab=p + 1, d_vocab_out=p + 1, operation=operation)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    return weights, fold(weights, config), plain_forward(weights, config)


@pytest.mark.parametrize("pair", [(0, 0), (2, 5), (6, 6)])
def test_a_pair_matches_the_oracle(model, pair) -> None:
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

    W_logit = weights.W_out @ weights.W_U[:, :p]
    post = expected.post[x, y]
    contributions = post * (W_logit[:, found.answer] - W_logit.mean(dim=1))
    order = sorted(range(10), key=lambda n: -abs(contributions[n].item()))[:3]
    # Inactive neurons contribute 0 and may be in any order.
    assert [contribution for _, _, contribution in found.top_neurons] == pytest.approx(
        [contributions[n].item() for n in order]
    )
    for neuron, activation, contribution in found.top_neurons:
        assert activation == pytest.approx(post[neuron].item())
        assert contribution == pytest.approx(contributions[neuron].item())


def test_without_key_frequencies_the_formula_is_zero(model) -> None:
    found = read_pair(model[1], {}, 1, 2)
    assert found.parts == {}
    assert found.formula.tolist() == [0.0] * model[1].config.p


@pytest.mark.parametrize("pair", [(-1, 0), (0, 99), (8, 0)])
def test_numbers_that_are_not_tokens_are_refused(model, pair) -> None:
    with pytest.raises(UnknownQuery, match="must be between 0 and"):
        read_pair(model[1], {}, *pair)


@pytest.mark.parametrize(
    ("operation", "sign", "attention"),
    [("add", 1, np.full((1, 3), 1 / 3)), ("subtract", -1, np.array([[1, 0, 0], [0, 1, 0]]))],
)
def test_a_known_network_and_its_formula_answer_every_pair(operation, sign, attention) -> None:
    known = known_network(11, (2, 5), operation=operation)
    folded = fold(known.weights, known.config)
    fitted, explained = logit_formula(read_logits(folded.logit_slabs(), known.config.task).sums(), [2, 5])
    assert explained is not None
    assert 0.7 < explained < 1  # the remaining variance depends on x - y, or on x + y
    # Each of the p neurons of a frequency contributes half a cosine of amplitude 8 / (3 pi^2), by the integral.
    assert fitted == pytest.approx(dict.fromkeys((2, 5), 11 / 2 * 8 / 3 / math.pi**2), abs=0.06)
    for x in range(11):
        for y in range(11):
            found = read_pair(folded, fitted, x, y)
            assert found.winner == found.answer == int(found.formula.argmax()) == (x + sign * y) % 11
            assert found.margin > 0
            assert found.attention == pytest.approx(attention)
            assert all(contribution > 0 for _, _, contribution in found.top_neurons[:1])
