"""Provenance: what an answer depends on, as every report and export states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from engine import __version__
from engine.networks.split import Split
from engine.runs.run import Run
from engine.runs.run_json import config_to_json


def describe_answer(
    run: Run,
    split: Split | None,
    keys: Sequence[int],
    *,
    epoch: int | None,
    reference_epoch: int,
    dtype: torch.dtype,
    device: torch.device,
) -> dict[str, object]:
    """Run, epoch, config, the settings that were inferred or assumed, split, key frequencies, dtype and so on."""
    return {
        "run": run.name,
        "epoch": epoch,
        **describe_reading(run),
        "split": describe_split(split),
        "reference_epoch": reference_epoch,
        "key_frequencies": list(keys),
        "dtype": str(dtype).removeprefix("torch."),
        "device": device.type,
        "version": __version__,
    }


def describe_reading(run: Run) -> dict[str, object]:
    """The config, and which of its settings were inferred or assumed."""
    return {"config": report_config(run), "inferred": list(run.inferred), "assumed": list(run.assumed)}


def report_config(run: Run) -> Mapping[str, object] | None:
    """The fields of the config that every export includes; None for a run without weights."""
    if not run.has_weights:
        return None
    config = config_to_json(run.config)
    names = ("p", "d_model", "n_heads", "d_head", "d_mlp", "act_fn", "prompt", "operation", "attn_coeff")
    return {name: config[name] for name in names}


def describe_split(split: Split | None) -> dict[str, object] | None:
    """Source, seed and size of the split, as every export includes them; None without a split."""
    return None if split is None else {"source": split.source, "seed": split.seed, "n_train": split.n_train}
