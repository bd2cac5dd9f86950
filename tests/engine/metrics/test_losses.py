"""Losses and accuracy by split, against the plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import by_split
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import read_halves


def test_losses_and_accuracy_by_split_match_the_oracle(model, split) -> None:
    folded, expected = model
    loss = plain.loss_grid(expected.logits, expected.sign)
    read = read_logits(folded.logit_slabs(), folded.config.task)
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


def test_loss_far_below_the_resolution_of_float64() -> None:
    p, margin = 5, 50.0
    answer = (torch.arange(p)[:, None] + torch.arange(p)) % p
    logits = torch.nn.functional.one_hot(answer, p).float() * margin
    expected = np.log1p((p - 1) * np.exp(-margin))  # 8e-22
    assert by_split(read_halves(logits).loss, None).all == pytest.approx(expected, rel=1e-14, abs=0)


def test_of_equal_largest_logits_the_first_is_the_answer() -> None:
    p = 5
    logits = torch.zeros(p, p, p)
    logits[..., 3:] = -1.0  # 0, 1 and 2 are equal: the network answers 0
    assert read_halves(logits).right.tolist() == [[(x + y) % p == 0 for y in range(p)] for x in range(p)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_logits_are_left_as_they_were(dtype) -> None:
    logits = torch.randn(5, 5, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    before = logits.clone()
    read_halves(logits)
    assert torch.equal(logits, before)
