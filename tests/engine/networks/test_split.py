"""Splits: made by a recipe, told as an option, or recognised by what a checkpoint knows better."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from engine.networks.config import InvalidConfig
from engine.networks.split import parse_split, random_seed_split, randperm_split, train_size


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
