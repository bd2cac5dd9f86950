"""The recipes of publications."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from engine import InvalidConfig, ModelConfig, TrainingConfig, plan
from engine.networks.mlp_config import MlpConfig
from engine.networks.transformer_config import TransformerConfig
from engine.training.recipes import RECIPES, RecipeName
from engine.training.run_options import OPTION_NAMES, settings_of_new_run

README = Path(__file__).parents[3] / "README.md"


def test_every_name_has_a_recipe() -> None:
    assert set(RECIPES) == set(get_args(RecipeName))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_can_be_trained_and_names_its_source(name) -> None:
    recipe = RECIPES[name]
    assert recipe.settings.keys() <= set(OPTION_NAMES)
    config, training = settings_of_new_run({"recipe": name})
    assert plan(config, training).n_train > 0
    assert training.recipe == name
    assert "arXiv:" in recipe.source
    assert bool(recipe.differs) == (name != "nanda2023")


@pytest.mark.parametrize("name", RECIPES)
def test_all_settings_of_a_recipe_are_used(name) -> None:
    config, training = settings_of_new_run({"recipe": name})
    for setting, value in RECIPES[name].settings.items():
        if setting != "arch":  # which decides what the others mean
            assert (config, training) != settings_of_new_run({"recipe": name, setting: _another(setting, value)})


def _another(setting: str, value: object) -> object:
    """Another value of a setting of a recipe, which its network can have."""
    others = {
        "p": 61, "act_fn": "gelu", "operation": "subtract", "prompt": "x y op", "norm": "pre", "positions": "learned",
        "biases": "mlp", "betas": (0.5, 0.5), "joined": "concatenation" if value == "sum" else "sum",
        "inputs": "embedded" if value == "one-hot" else "one-hot",
    }  # fmt: skip
    if setting in others:
        return others[setting]
    assert isinstance(value, int | float)
    return (2 * value or 1) if isinstance(value, int) else value / 2


def test_nanda2023_is_the_study() -> None:
    """The bundled run was trained with these settings."""
    assert {**vars(ModelConfig.standard()), **vars(TrainingConfig())}.items() >= RECIPES["nanda2023"].settings.items()
    assert settings_of_new_run({"recipe": "nanda2023"})[0] == ModelConfig.standard()


def test_the_architectures_of_the_others() -> None:
    found = {name: settings_of_new_run({"recipe": name})[0] for name in RECIPES}
    pizza, power = found["zhong2023"], found["power2022"]
    assert isinstance(pizza, ModelConfig)
    assert (pizza.prompt.describe(59), pizza.d_vocab, pizza.d_vocab_out) == ("x y", 59, 59)
    assert isinstance(power, TransformerConfig)
    assert (power.norms, power.norm_order, power.position_kind) == (("ln1", "ln2"), "post", "sinusoidal")
    assert (power.positions, power.d_vocab, power.causal) == (("x", "op", "y", "="), 99, True)
    assert found["gromov2023"] == MlpConfig(97, (500,), 97, 97, joined="concatenation", act_fn="quadratic")
    assert found["liu2022"] == MlpConfig(53, (256,), 53, 53, joined="sum", d_embed=256)


def test_a_recipe_of_another_architecture_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="--recipe power2022 trains --arch transformer; leave out the recipe or"):
        settings_of_new_run({"recipe": "power2022", "arch": "mlp"})
    assert settings_of_new_run({"recipe": "gromov2023", "arch": "mlp"})[0].p == 97


def test_the_readme_has_each_recipe_with_its_source() -> None:
    rows = [line for line in README.read_text().splitlines() if line.startswith("| `")]
    for name, recipe in RECIPES.items():
        (row,) = (row for row in rows if row.startswith(f"| `{name}` |"))
        number = recipe.source.partition("arXiv:")[2][:10]
        assert f"https://arxiv.org/abs/{number}" in row
        p, epochs = recipe.settings["p"], recipe.settings.get("epochs")
        assert f"p = {p}" in row
        assert epochs is None or f"{epochs:,} epochs" in row
