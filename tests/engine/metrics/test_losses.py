"""Losses, trig loss, excluded losses and the logit formula against the oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import by_split, excluded_losses, logit_formula, trig_loss
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import KEYS_OF, halves, read_halves, sums_of


def test_losses_and_accuracy_by_split_match_the_oracle(model, split) -> None:
    folded, expected = model
    loss, operation = plain.loss_grid(expected.logits, expected.sign), folded.config.operation
    read = read_logits(folded.logit_slabs(), folded.config.p, operation)
    found = by_split(read.loss, split)
    train = torch.from_numpy(split.train)
    assert found.all == pytest.approx(loss.mean().item())
    assert found.train == pytest.approx(loss[train].mean().item())
    assert found.test == pytest.approx(loss[~train].mean().item())
    p = folded.config.p
    right = expected.logits.argmax(-1) == (torch.arange(p)[:, None] + expected.sign * torch.arange(p)) % p
    assert by_split(read.right, split).all == pytest.approx(right.double().mean().item())


def test_without_a_split_train_and_test_are_absent(model) -> None:
    loss = by_split(read_halves(model[1].logits).loss, None)
    assert loss.all > 0
    assert loss.train is None
    assert loss.test is None


def test_loss_far_below_the_resolution_of_float32() -> None:
    p, margin = 5, 30.0
    answer = (torch.arange(p)[:, None] + torch.arange(p)) % p
    logits = torch.nn.functional.one_hot(answer, p).float() * margin
    expected = np.log1p((p - 1) * np.exp(-margin))
    assert by_split(read_halves(logits).loss, None).all == pytest.approx(expected, rel=1e-3)


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


def test_the_logit_formula_is_a_least_squares_fit(model) -> None:
    folded, expected = model
    logits, keys = expected.logits, KEYS_OF[len(model[1].logits)]
    p = len(logits)
    t = torch.arange(p)
    phase = (t[:, None, None] + expected.sign * t[None, :, None] - t[None, None, :]).double()
    design = torch.stack([torch.cos(2 * torch.pi * k * phase / p).flatten() for k in keys], dim=1)
    centred = (logits - logits.mean()).flatten()
    solution = torch.linalg.lstsq(design, centred[:, None]).solution[:, 0]
    explained = 1 - (centred - design @ solution).square().sum() / centred.square().sum()
    coefficients, fve = logit_formula(sums_of(logits, folded.config.operation), keys)
    assert list(coefficients.values()) == pytest.approx(solution.tolist())
    assert fve == pytest.approx(explained.item())


@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_the_logit_formula_explains_its_own_logits(operation, sign) -> None:
    p, amplitudes = 11, {2: 3.0, 5: 1.5}
    t = torch.arange(p, dtype=torch.float64)
    phase = t[:, None, None] + sign * t[None, :, None] - t[None, None, :]
    logits = sum(c * torch.cos(2 * torch.pi * k * phase / p) for k, c in amplitudes.items())
    coefficients, fve = logit_formula(sums_of(logits, operation), [2, 5])
    assert coefficients == pytest.approx(amplitudes)
    assert fve == pytest.approx(1.0)
