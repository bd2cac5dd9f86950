"""Trig loss and excluded losses against the plain definitions."""

from __future__ import annotations

import pytest
import torch

from engine.metrics.excluded_loss import excluded_losses
from engine.metrics.logit_sums import LogitReader
from engine.metrics.trig_loss import trig_loss
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import KEYS_OF, halves, sums_of


def test_trig_and_excluded_losses_match_the_oracle(model, split) -> None:
    folded, expected = model
    logits, sign, operation = expected.logits, expected.sign, folded.config.operation
    keys = KEYS_OF[len(logits)]
    sums = sums_of(logits, operation)
    train = torch.from_numpy(split.train)

    isolated = plain.corrected(plain.on_sum_directions(logits, keys, sign), logits)
    assert trig_loss(sums, keys, split).test == pytest.approx(plain.loss_grid(isolated, sign)[~train].mean().item())
    removals = [[keys[0]], [keys[1]], list(keys), []]
    for frequencies, found in zip(removals, excluded_losses(halves(logits), sums, removals, split), strict=True):
        loss = plain.loss_grid(logits - plain.on_sum_directions(logits, frequencies, sign), sign)
        assert found.train == pytest.approx(loss[train].mean().item())
        assert found.all == pytest.approx(loss.mean().item())


def test_excluded_loss_of_logits_whose_exponentials_underflow(model) -> None:
    logits, sign, operation = model[1].logits * 1e4, model[1].sign, model[0].config.operation
    keys = KEYS_OF[len(logits)]
    without = logits - plain.on_sum_directions(logits, keys, sign)
    (found,) = excluded_losses(halves(logits), sums_of(logits, operation), [keys], None)
    assert found.all == pytest.approx(plain.loss_grid(without, sign).mean().item())


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_kept_odds_change_no_digit(model, split, scale) -> None:
    """At a scale of 300 the exponentials overflow, so that the odds are of no use."""
    logits, task = model[1].logits * scale, model[0].task
    keys, reader = KEYS_OF[len(logits)], LogitReader(task, keeps_odds=True)
    for slab in halves(logits):
        reader.read(slab)
    removals = [list(keys), [keys[0]]]
    found = excluded_losses(halves(logits), reader.sums(), removals, split, reader.odds)
    assert found == excluded_losses(halves(logits), sums_of(logits, task.operation), removals, split)
