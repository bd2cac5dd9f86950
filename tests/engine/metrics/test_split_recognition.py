"""Splits inferred from the losses of a checkpoint."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.metrics.split_recognition import infer_split
from engine.networks.split import random_seed_split, randperm_split, train_size
from engine.runs.open_run import open_run
from tests.engine.networks.plain_model import plain_forward


def noisy_loss(mask, inside: float, outside: float):
    """Losses around two levels, with log-normal noise."""
    noise = np.exp(np.random.default_rng(0).normal(size=mask.shape))
    return np.where(mask, inside, outside) * noise


@pytest.mark.parametrize(("recipe", "make"), [("random.seed", random_seed_split), ("torch.randperm", randperm_split)])
@pytest.mark.parametrize(("seed", "fraction"), [(0, 0.3), (17, 0.5), (598, 0.8)])
def test_a_gap_reveals_recipe_seed_and_fraction(recipe, make, seed, fraction):
    mask = make(31, seed, train_size(31, fraction))
    split = infer_split(noisy_loss(mask, 1e-6, 1e-4))
    assert split is not None
    assert (split.source, split.seed) == (recipe, seed)
    assert (split.train == mask).all()


def test_recorded_losses_reveal_a_split_without_a_gap():
    mask = random_seed_split(31, 5, train_size(31, 0.3))
    loss = noisy_loss(mask, 1.0, 1.1)
    assert infer_split(loss) is None
    split = infer_split(loss, (loss[mask].mean(), loss[~mask].mean()))
    assert split is not None
    assert (split.source, split.seed) == ("random.seed", 5)


def test_recorded_losses_that_fit_any_split_are_not_conclusive():
    loss = noisy_loss(np.ones((31, 31), dtype=bool), 1.0, 1.0)
    assert infer_split(loss, (loss.mean() * 1.001, loss.mean() * 0.999)) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_split_is_inferred_from_noise(seed):
    noise = np.random.default_rng(seed).lognormal(sigma=3, size=(31, 31))
    assert infer_split(noise) is None
    assert infer_split(noise, (noise.mean() / 2, noise.mean() * 2)) is None


def test_an_uncommon_size_is_inferred_only_if_it_is_given():
    mask = randperm_split(31, 4, train_size(31, 0.45))
    loss = noisy_loss(mask, 1e-7, 1e-3)
    assert infer_split(loss) is None
    split = infer_split(loss, n_train=train_size(31, 0.45))
    assert split is not None
    assert (split.train == mask).all()


@pytest.mark.parametrize("loss", [np.full((7, 7), 2.0), np.zeros((7, 7)), np.full((7, 7), np.nan)])
def test_constant_or_nan_losses_are_not_conclusive(loss):
    assert infer_split(loss, (2.0, 2.0)) is None


@pytest.mark.parametrize(
    "name", ["neel_2022_layout_p113.pth", "transformerlens_layout_p113.pt", "no_equals_prompt_p59.pt"]
)
def test_the_splits_of_real_models_are_inferred(real, name):
    run = open_run(real(name))
    expected = json.loads(real(name).with_suffix(".expected.json").read_text())
    epoch = run.epochs[-1]
    forward = plain_forward(run.weights(epoch), run.config)
    loss = forward.loss.numpy()
    split = infer_split(loss, run.losses.at(epoch) if run.losses else (None, None))
    assert loss.mean() == pytest.approx(expected["loss"]["all"], rel=1e-6)
    if expected["split"] is None:
        assert split is None
        return
    assert split is not None
    assert {"source": split.source, "seed": split.seed, "n_train": split.n_train} == expected["split"]
    assert loss[split.train].mean() == pytest.approx(expected["loss"]["train"], rel=1e-6)
    assert loss[~split.train].mean() == pytest.approx(expected["loss"]["test"], rel=1e-6)
