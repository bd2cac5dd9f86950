"""Ablated checkpoints of a run: loss and accuracy by split, the logits of a pair, the cache."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from engine import Explorer, UnknownQuery, open_run
from engine.metrics.ablation_spec import Ablation
from tests.engine.networks.plain_model import plain_forward


@pytest.fixture
def explorer(tiny_run) -> Explorer:
    return Explorer(open_run(tiny_run), dtype=torch.float64, keys=[1, 2, 3])


def test_without_an_ablation_both_networks_are_the_original(explorer) -> None:
    found = explorer.ablate(20, 40, Ablation(), 3, 5)
    expected = plain_forward(explorer.run.weights(20), explorer.run.config)
    assert found.original is found.ablated
    assert found.ablated.scores == explorer.summary(20).losses
    assert found.ablated.scores.loss.all == pytest.approx(expected.loss.mean().item())
    logits = expected.logits[3, 5] - expected.logits[3, 5].mean()
    np.testing.assert_allclose(found.ablated.logits, logits.numpy(), atol=1e-12)


def test_loss_and_accuracy_by_split_match_the_oracle(explorer) -> None:
    ablation = Ablation(heads=frozenset({0}), direct=True)
    found = explorer.ablate(40, 40, ablation, 3, 5).ablated.scores
    p, train = explorer.run.config.p, torch.from_numpy(explorer.split.train)

    def without_head(added: Tensor) -> Tensor:
        return added * torch.tensor([0.0, 1.0])[:, None]

    expected = plain_forward(
        explorer.run.weights(40), explorer.run.config, edit_heads=without_head, edit_direct=torch.zeros_like
    )
    right = expected.logits.argmax(dim=-1) == (torch.arange(p)[:, None] + torch.arange(p)) % p
    for scores, values in ((found.loss, expected.loss), (found.accuracy, right.double())):
        assert scores.all == pytest.approx(values.mean().item())
        assert scores.train == pytest.approx(values[train].mean().item())
        assert scores.test == pytest.approx(values[~train].mean().item())


def test_the_answer_s_logit_rank_and_margin(explorer) -> None:
    evaluation = explorer.ablate(40, 40, Ablation(clusters=frozenset({None})), 3, 5).ablated
    p = explorer.run.config.p
    assert evaluation.answer == 8 % p
    order = np.argsort(-evaluation.logits).tolist()
    assert evaluation.rank == order.index(evaluation.answer) + 1
    others = [logit for z, logit in enumerate(evaluation.logits) if z != evaluation.answer]
    assert evaluation.margin == pytest.approx(evaluation.logits[evaluation.answer] - max(others))
    assert evaluation.logits.mean() == pytest.approx(0, abs=1e-12)


def test_another_pair_uses_the_cached_ablation(explorer) -> None:
    ablation = Ablation(direct=True)
    first, second = (explorer.ablate(40, 40, ablation, x, 2).ablated for x in (1, 3))
    assert first.scores is second.scores
    assert not np.allclose(first.logits, second.logits)


@pytest.mark.parametrize(
    ("ablation", "pair", "message"),
    [
        (Ablation(clusters=frozenset({9})), (0, 0), "Frequency 9 has no cluster to ablate: .* are 1, 2, 3"),
        (Ablation(heads=frozenset({2})), (0, 0), "heads 0 to 1; found 2"),
        (Ablation(), (0, 7), "numbers 0 to 6; found 7"),
    ],
)
def test_unknown_parts_are_refused_with_the_valid_ones(explorer, ablation, pair, message) -> None:
    with pytest.raises(UnknownQuery, match=message):
        explorer.ablate(40, 40, ablation, *pair)


def test_an_empty_cluster_can_be_ablated(explorer) -> None:
    empty = next(c.frequency for c in explorer.clusters(0, 40) if not len(c.neurons))
    found = explorer.ablate(0, 40, Ablation(clusters=frozenset({empty})), 0, 0)
    assert math.isclose(found.ablated.scores.loss.all, found.original.scores.loss.all)
