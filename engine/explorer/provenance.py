"""Provenance: what an answer depends on, as every report and export states it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch

from engine import __version__
from engine.absent import none_unless_finite
from engine.networks.config import ModelConfig, Task
from engine.networks.module_config import ModuleConfig
from engine.networks.split import Split
from engine.networks.token_order import TokenOrder
from engine.networks.trainable_config import TrainableConfig
from engine.runs.run import Run
from engine.state_dicts.model_reading import settings_in


def describe_answer(
    run: Run,
    split: Split | None,
    keys: Sequence[int],
    *,
    epoch: int | None,
    reference_epoch: int,
    dtype: torch.dtype,
    device: torch.device,
    order: TokenOrder | None,
) -> dict[str, object]:
    """Run, epoch, config, the settings that were inferred or assumed, split, key frequencies, dtype and so on.

    `token_order` describes an order that is not the natural one; `no_sum_directions` says why metrics are absent;
    `tail` says how interventions and ablations are computed where it is not linear. All three are left out where they
    do not apply; `order` is None for a run without weights.
    """
    optional: dict[str, object] = {}
    if run.has_weights and "W_logit" not in run.config.parts:
        known = "not known to be linear" if isinstance(run.config, ModuleConfig) else "not linear"
        optional["tail"] = f"{known}: interventions and ablations rerun it from the neurons on"
    if order is not None and not order.natural:
        optional["token_order"] = {"logarithm_base": order.tokens[1], "tokens": order.q}
    elif order is not None and run.config.task.no_sum_directions is not None:
        optional["no_sum_directions"] = run.config.task.no_sum_directions
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
        **optional,
    }


def describe_reading(run: Run) -> dict[str, object]:
    """The config, and which of its settings were inferred or assumed.

    `other_settings` has the values of those that the config does not report; it is left out without any.
    """
    config = report_config(run)
    names = [name for name in (*run.inferred, *run.assumed) if name not in (config or {})]
    other = {} if run.reading is None or not names else {"other_settings": settings_in(run.reading, names)}
    return {"config": config, "inferred": list(run.inferred), "assumed": list(run.assumed), **other}


def report_config(run: Run) -> Mapping[str, object] | None:
    """The fields of the config that every export includes; None for a run without weights."""
    if not run.has_weights:
        return None
    config = run.config
    reported = config.reported()
    if not isinstance(config, ModelConfig):
        reported = {**reported, "architecture": config.description}
    return reported if config.table is None else {**reported, "table_sha256": _table_digest(config.task)}


def describe_settings(run: Run) -> dict[str, object] | None:
    """All settings of a native run, those of the network and those of its training; None for any other run."""
    config = report_config(run) if run.container == "native" else None
    if config is None or not isinstance(run.config, TrainableConfig):
        return None
    vocabulary = {"d_vocab": run.config.d_vocab, "d_vocab_out": run.config.d_vocab_out}
    return {"model": {**config, **vocabulary}, "training": _json_value(run.training)}


def _json_value(value: object) -> object:
    """A value of `run.json` as every JSON reader accepts it: None for NaN and the infinities."""
    if isinstance(value, Mapping):
        return {name: _json_value(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_json_value(inner) for inner in value]
    return none_unless_finite(value) if isinstance(value, float) else value


@lru_cache(maxsize=4)
def _table_digest(task: Task) -> str:
    """The first digits of the SHA-256 of a table's answers, row by row, separated by spaces."""
    return hashlib.sha256(" ".join(map(str, task.table or ())).encode()).hexdigest()[:12]


def describe_split(split: Split | None) -> dict[str, object] | None:
    """Source, seed and size of the split, as every export includes them; None without a split."""
    return None if split is None else {"source": split.source, "seed": split.seed, "n_train": split.n_train}
