"""The recipes of publications."""

from __future__ import annotations

from typing import get_args

import pytest

from engine import ModelConfig, TrainingConfig, plan
from engine.training.recipes import RECIPES, RecipeName

MODEL_SETTINGS = {"p", "operation", "d_model", "n_heads", "d_mlp", "act_fn"}


def test_every_name_has_a_recipe() -> None:
    assert set(RECIPES) == set(get_args(RecipeName))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_can_be_trained_and_names_its_source(name) -> None:
    settings = dict(RECIPES[name].settings)
    config = ModelConfig.standard(**{setting: settings.pop(setting) for setting in MODEL_SETTINGS})
    assert plan(config, TrainingConfig(**settings, recipe=name)).n_train > 0
    assert "arXiv:" in RECIPES[name].source


def test_nanda2023_is_the_study() -> None:
    """The bundled run was trained with these settings."""
    assert {**vars(ModelConfig.standard()), **vars(TrainingConfig())}.items() >= RECIPES["nanda2023"].settings.items()
