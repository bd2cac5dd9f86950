"""Small networks of each architecture that can be trained, as options."""

from __future__ import annotations

from engine import TrainingConfig
from engine.networks.trainable_config import TrainableConfig
from engine.training.run_options import settings_of_new_run

_TRANSFORMER = {"p": 7, "d_model": 8, "n_heads": 2, "d_mlp": 12}
_SCHEDULE = {"epochs": 30, "save_every": "10", "test_every": 7, "frac_train": 0.5}

ARCHITECTURES: dict[str, dict[str, object]] = {
    "one-hot mlp": {"arch": "mlp", "p": 5, "d_mlp": 12},
    "quadratic sum mlp": {
        "arch": "mlp", "p": 7, "d_mlp": 9, "act_fn": "quadratic", "joined": "sum", "biases": "none",
    },
    "embedded mlp": {
        "arch": "mlp", "p": 7, "n_layers": 3, "d_mlp": 12, "inputs": "embedded", "d_model": 6, "biases": "all",
        "operation": "multiply",
    },
    "pre-norm": {**_TRANSFORMER, "norm": "pre", "operation": "x^2+xy+y^2"},
    "post-norm": {
        **_TRANSFORMER, "norm": "post", "n_layers": 2, "positions": "sinusoidal", "prompt": "x op y =",
        "biases": "none",
    },
    "rotary": {
        **_TRANSFORMER, "p": 11, "norm": "pre", "norm_kind": "rms", "n_layers": 2, "positions": "rotary",
        "read_at": "mean", "act_fn": "silu", "operation": "subtract", "biases": "all",
    },
    "two layers": {**_TRANSFORMER, "n_layers": 2},
    "pizza": {**_TRANSFORMER, "prompt": "x y", "attn_coeff": 0.25},
    "folded with silu": {**_TRANSFORMER, "act_fn": "silu"},
    "folded without biases": {**_TRANSFORMER, "biases": "none"},
}  # fmt: skip


def settings(name: str, **changes: object) -> tuple[TrainableConfig, TrainingConfig]:
    """The config of a network and a short training."""
    return settings_of_new_run({**ARCHITECTURES[name], **_SCHEDULE, **changes})  # type: ignore[arg-type]
