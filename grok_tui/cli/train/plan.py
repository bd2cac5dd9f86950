"""The plan that `grok-tui train` prints before it starts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from engine.networks.config import ModelConfig
from engine.training.recipes import RECIPES
from grok_tui.cli.network_text import describe_network
from grok_tui.render.operation_signs import result

if TYPE_CHECKING:
    from engine import TrainingConfig, TrainingPlan
    from engine.networks.trainable_config import TrainableConfig

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_plan(
    planned: TrainingPlan, config: TrainableConfig, training: TrainingConfig, run: Path, device: str
) -> str:
    """Model, data, training, checkpoints and disk, a line each; warns if the disk has too little space."""
    early = "" if training.stop_when is None else f", stops once the test loss is below {training.stop_when:g}"
    recipe = "" if training.recipe is None else f"; recipe {training.recipe}"
    packed = "" if training.packed is None else f"; packed before, as one of {training.packed} runs"
    rows = [
        (
            "model",
            f"({result(config.operation)}) mod {config.p}, {_network(config, training)}: "
            f"{planned.n_parameters:,} parameters",
        ),
        ("data", f"{planned.n_train:,} pairs to train on, {planned.n_test:,} to test"),
        (
            "training",
            f"{training.epochs:,} epochs, seed {training.seed}, lr {training.lr:g}, "
            f"weight decay {training.weight_decay:g}{_objective(training)}, on {device} in {training.dtype}{early}"
            f"{recipe}{packed}",
        ),
        (
            "checkpoints",
            f"{len(planned.checkpoints):,} in {training.checkpoint_dtype}, {size(planned.checkpoint_bytes)} each; "
            f"schedule {training.save_every}",
        ),
        ("disk", _disk(planned.disk_bytes, run)),
    ]
    rows += [] if training.recipe is None else _recipe(training.recipe)
    return "\n".join(f"{name:<12} {text}" for name, text in rows)


def _objective(training: TrainingConfig) -> str:
    """The loss and the optimiser, where they are not the study's."""
    loss = "" if training.loss == "cross-entropy" else f", loss {training.loss}"
    return loss + ("" if training.optimizer == "adamw" else f", optimizer {training.optimizer}")


def _recipe(name: str) -> list[tuple[str, str]]:
    """The source of a recipe and what differs from it."""
    recipe = {str(known): recipe for known, recipe in RECIPES.items()}.get(name)
    if recipe is None:  # of another version
        return []
    return [("recipe", f"{name}: {recipe.source}"), *([("differs", recipe.differs)] if recipe.differs else [])]


def _network(config: TrainableConfig, training: TrainingConfig) -> str:
    if not isinstance(config, ModelConfig):
        return f"{describe_network(config)}, biases {training.biases}"
    others = {
        "prompt": ("x y =", config.prompt.describe(config.p)),
        "attn_coeff": ("1", f"{config.attn_coeff:g}"),
        "biases": ("mlp", training.biases),
    }
    changed = (f", {name} {value}" for name, (default, value) in others.items() if value != default)
    heads = f"{config.n_heads} heads of {config.d_head}"
    return f"d_model {config.d_model}, {heads}, d_mlp {config.d_mlp}, {config.act_fn}{''.join(changed)}"


def _disk(needed: int, run: Path) -> str:
    existing = next(folder for folder in (run, *run.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    used = sum(file.stat().st_size for file in run.rglob("*") if file.is_file()) if run.is_dir() else 0
    too_little = needed - used > free
    return f"about {size(needed)} in {run}; {size(free)} free" + (": NOT ENOUGH" if too_little else "")


def size(count: int) -> str:
    """A number of bytes with a unit, such as `907 kB`; at most three digits."""
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or amount >= 100 else f"{amount:.2g} {_UNITS[unit]}"
