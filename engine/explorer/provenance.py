"""Where a figure comes from, as every report and export gives it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.networks.split import Split
from engine.runs.run import Run
from engine.runs.run_json import config_to_json


def report_config(run: Run) -> Mapping[str, object]:
    """The config as every export gives it."""
    described = config_to_json(run.config)
    shown = ("p", "d_model", "n_heads", "d_head", "d_mlp", "act_fn", "prompt", "operation")
    return {name: described[name] for name in shown}


def describe_split(split: Split | None) -> dict[str, object] | None:
    """Where the split is from, as every export gives it."""
    return None if split is None else {"source": split.source, "seed": split.seed, "n_train": split.n_train}
