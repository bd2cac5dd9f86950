"""The options of a training by name, as on the command line and in `sweep.json`, and the settings that they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from engine.networks.config import InvalidConfig
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import SaveSchedule, TrainingConfig
from engine.runs.answer_table import parse_operation, table_size
from engine.training.model_options import ModelOptions, require_applicable
from engine.training.recipes import RECIPES

# An option as it is typed: `operation` and `save_every` are text, `stop_when` is 0 for never.
Option = int | float | str | tuple[float, ...]

_MODEL_SETTINGS = tuple(get_type_hints(ModelOptions))
_HINTS = {**get_type_hints(ModelOptions), **get_type_hints(TrainingConfig)}
OPTION_NAMES = tuple(name for name in _HINTS if name not in ("table", "packed"))  # typed by the user
_EXPECTED = {int: "a whole number", float: "a number", tuple: "numbers separated by blanks", str: "text"}


def parse_option(name: str, text: str) -> Option:
    """The value of an option from its text, of the type that the setting has.

    >>> parse_option("seed", "3"), parse_option("lr", "1e-3"), parse_option("betas", "0.9 0.98")
    (3, 0.001, (0.9, 0.98))

    Raises:
        InvalidConfig: the text is not of this type.
    """
    parsers: Mapping[type, Callable[[str], Option]] = {int: int, float: float, tuple: _floats, str: str}
    kind = option_type(name)
    try:
        return parsers[kind](text)
    except ValueError:
        raise InvalidConfig(f"{name} must be {_EXPECTED[kind]}; found {text!r}.") from None


def option_type(name: str) -> type:
    """The type of an option: int, float, tuple (of floats) or str.

    >>> option_type("epochs"), option_type("stop_when"), option_type("betas"), option_type("save_every")
    (<class 'int'>, <class 'float'>, <class 'tuple'>, <class 'str'>)
    """
    hint = _HINTS[name]
    if get_origin(hint) is tuple:
        return tuple
    return next((kind for kind in (int, float) if kind in (hint, *get_args(hint))), str)


def _floats(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split()))


def explicit_settings(options: Mapping[str, Option]) -> dict[str, Any]:
    """The settings that are passed as options, by their names in `run.json`.

    Raises:
        InvalidConfig: the operation is unknown, its table cannot be read, or the schedule is invalid.
    """
    values: dict[str, Any] = dict(options)
    if "operation" in values:
        values["operation"], values["table"] = parse_operation(values["operation"])
    if "save_every" in values:
        values["save_every"] = SaveSchedule.parse(values["save_every"])
    if values.get("stop_when") == 0:
        values["stop_when"] = None
    return values


def settings_of_new_run(options: Mapping[str, Option]) -> tuple[TrainableConfig, TrainingConfig]:
    """Explicit settings, else those of the recipe, else the defaults.

    Raises:
        InvalidConfig: a setting is out of range or does not apply, or the operation or the recipe is unknown.
    """
    explicit = explicit_settings(options)
    recipe = _recipe_settings(explicit.get("recipe"))
    values = {**recipe, **explicit}
    if recipe and values.get("arch", "transformer") != (trained := recipe.get("arch", "transformer")):
        raise InvalidConfig(
            f"--recipe {explicit['recipe']} trains --arch {trained}; leave out the recipe or --arch {values['arch']}."
        )
    if explicit.get("table") is not None and "p" not in explicit:
        values["p"] = table_size(explicit["table"])
    model = {name: values.pop(name) for name in _MODEL_SETTINGS if name in values}
    chosen = ModelOptions(**model)
    require_applicable(explicit, chosen)
    return chosen.config(), TrainingConfig(**values)


def _recipe_settings(name: str | None) -> Mapping[str, object]:
    if name is None:
        return {}
    recipe = {str(known): recipe for known, recipe in RECIPES.items()}.get(name)
    if recipe is None:
        raise InvalidConfig(f"recipe must be one of {', '.join(RECIPES)}; found {name!r}.")
    return recipe.settings
