"""Splits: made by a recipe, told as an option, or recognised by what a checkpoint knows better."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import torch

from engine.metrics.split_recognition import infer_split
from engine.networks.config import InvalidConfig
from engine.networks.split import parse_split, random_seed_split, randperm_split, train_size
from engine.runs.open_run import open_run
from tests.engine.networks.plain_model import plain_forward


def test_the_papers_recipe_is_the_papers():
    pairs = [(x, y) for x in range(11) for y in range(11)]
    random.seed(3)
    random.shuffle(pairs)
    mask = random_seed_split(11, 3, 36)
    assert {(int(x), int(y)) for x, y in np.argwhere(mask)} == set(pairs[:36])


def test_randperm_is_torchs():
    torch.manual_seed(3)
    expected = np.zeros(121, dtype=bool)
    expected[torch.randperm(121)[:36].numpy()] = True
    assert (randperm_split(11, 3, 36) == expected.reshape(11, 11)).all()


def noisy_loss(mask, inside: float, outside: float):
    """Losses around two levels, spread over a decade."""
    noise = np.exp(np.random.default_rng(0).normal(size=mask.shape))
    return np.where(mask, inside, outside) * noise


@pytest.mark.parametrize(("recipe", "make"), [("random.seed", random_seed_split), ("torch.randperm", randperm_split)])
@pytest.mark.parametrize(("seed", "fraction"), [(0, 0.3), (17, 0.5), (598, 0.8)])
def test_a_gap_tells_recipe_seed_and_fraction(recipe, make, seed, fraction):
    mask = make(31, seed, train_size(31, fraction))
    split = infer_split(noisy_loss(mask, 1e-6, 1e-4))
    assert split is not None
    assert (split.source, split.seed) == (recipe, seed)
    assert (split.train == mask).all()


def test_recorded_losses_tell_where_no_gap_does():
    mask = random_seed_split(31, 5, train_size(31, 0.3))
    loss = noisy_loss(mask, 1.0, 1.1)
    assert infer_split(loss) is None
    split = infer_split(loss, (loss[mask].mean(), loss[~mask].mean()))
    assert split is not None
    assert (split.source, split.seed) == ("random.seed", 5)


def test_recorded_losses_that_any_split_would_give_tell_nothing():
    loss = noisy_loss(np.ones((31, 31), dtype=bool), 1.0, 1.0)
    assert infer_split(loss, (loss.mean() * 1.001, loss.mean() * 0.999)) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_split_is_found_in_noise(seed):
    noise = np.random.default_rng(seed).lognormal(sigma=3, size=(31, 31))
    assert infer_split(noise) is None
    assert infer_split(noise, (noise.mean() / 2, noise.mean() * 2)) is None


def test_an_unusual_size_is_not_taken_for_a_usual_one_but_can_be_told():
    mask = randperm_split(31, 4, train_size(31, 0.45))
    loss = noisy_loss(mask, 1e-7, 1e-3)
    assert infer_split(loss) is None
    split = infer_split(loss, n_train=train_size(31, 0.45))
    assert split is not None
    assert (split.train == mask).all()


@pytest.mark.parametrize("loss", [np.full((7, 7), 2.0), np.zeros((7, 7)), np.full((7, 7), np.nan)])
def test_losses_without_information_tell_nothing(loss):
    assert infer_split(loss, (2.0, 2.0)) is None


@pytest.mark.parametrize(
    "name", ["neel_2022_layout_p113.pth", "transformerlens_layout_p113.pt", "no_equals_prompt_p59.pt"]
)
def test_the_splits_of_real_models_are_recognised(real, name):
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("random.seed:3", random_seed_split(11, 3, 36)),
        ("torch.randperm:3", randperm_split(11, 3, 36)),
        ("random.seed:3:0.5", random_seed_split(11, 3, 60)),
    ],
)
def test_an_option_names_a_recipe(text, expected):
    split = parse_split(text, 11)
    assert (split.source, split.seed) == ("option", 3)
    assert (split.train == expected).all()


def test_an_option_without_a_fraction_takes_the_size_that_is_known():
    split = parse_split("random.seed:3", 11, n_train=60)
    assert (split.train == random_seed_split(11, 3, 60)).all()
    assert parse_split("random.seed:3:0.3", 11, n_train=60).n_train == 36


def test_a_fraction_is_rounded_down_as_the_paper_s_code_does():
    """`int(frac_train * len(pairs))`; multiplying by p twice would give one pair less."""
    assert train_size(90, 0.35) == int(0.35 * 8100) == 2835


@pytest.mark.parametrize(
    "text",
    [
        "",
        "random.seed",
        "random.seed:x",
        "numpy:3",
        "random.seed:3:0",
        "random.seed:3:1",
        "random.seed:3:nan",
        f"random.seed:{'9' * 5_000}",
        "none",
    ],
)
def test_other_options_are_refused(text):
    with pytest.raises(InvalidConfig, match=r"A split is random\.seed:SEED.*for example --split random\.seed:0:0\.3"):
        parse_split(text, 11)
