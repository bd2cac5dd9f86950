"""Model config, training settings and split as JSON, in `run.json`, in exports and in caches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from engine.networks.config import InvalidConfig, ModelConfig, Prompt
from engine.networks.network_config import NetworkConfig
from engine.networks.split import Split, random_seed_split, randperm_split
from engine.networks.training_config import SaveSchedule, TrainingConfig

# Raised when settings are missing or invalid.
INVALID_SETTINGS = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError, InvalidConfig)

_GENERATORS = {"random.seed": random_seed_split, "torch.randperm": randperm_split}


def config_to_json(config: NetworkConfig) -> dict[str, object]:
    """The config as `run.json` writes it; `table` and `architecture` only where they are not the defaults.

    Raises:
        NeedsWeights: nothing records the config.
    """
    values, p = {**vars(config)}, config.p
    if isinstance(prompt := values.get("prompt"), Prompt):
        values["prompt"] = prompt.describe(p)
    if not isinstance(config, ModelConfig):
        values["architecture"] = config.description
    return {name: value for name, value in values.items() if name != "table" or value is not None}


def config_from_json(recorded: Mapping[str, Any]) -> ModelConfig:
    fields = dict(recorded)
    for name in ("p", "d_model", "n_heads", "d_head", "d_mlp", "d_vocab", "d_vocab_out"):
        if type(fields[name]) is not int:
            raise InvalidConfig(f"{name} must be a whole number; found {fields[name]!r}.")
    table = None if fields.get("table") is None else tuple(fields["table"])
    return ModelConfig(**{**fields, "prompt": Prompt.parse(fields["prompt"], fields["p"]), "table": table})


def training_to_json(training: TrainingConfig) -> dict[str, object]:
    """The training settings as `run.json` writes them; `recipe` and `packed` only where they have a value."""
    values = {**asdict(training), "save_every": str(training.save_every)}
    return {name: value for name, value in values.items() if name not in ("recipe", "packed") or value is not None}


def training_from_json(recorded: Mapping[str, Any]) -> TrainingConfig:
    fields = dict(recorded)
    return TrainingConfig(
        **{**fields, "betas": tuple(fields["betas"]), "save_every": SaveSchedule.parse(fields["save_every"])}
    )


def split_to_json(split: Split) -> dict[str, object]:
    """A split drawn from a seed is written as generator, seed and size, any other as its indices x * p + y."""
    recipe: dict[str, object] = {"source": split.source, "seed": split.seed, "n_train": split.n_train}
    if split.source in _GENERATORS:
        return recipe
    return {**recipe, "source": "file", "train_indices": np.flatnonzero(split.train).tolist()}


def split_from_json(recorded: Mapping[str, Any], p: int) -> Split:
    generator = _GENERATORS.get(recorded["source"])
    n_train = recorded["n_train"] if generator is not None else len(set(recorded["train_indices"]))
    if not 0 < n_train < p * p:
        raise ValueError(f"n_train must be between 1 and {p * p - 1}; found {n_train}.")
    if generator is not None:
        if type(recorded["seed"]) is not int or not 0 <= recorded["seed"] < 2**63:
            raise ValueError(f"the seed must be a whole number from 0; found {recorded['seed']!r}.")
        return Split(generator(p, recorded["seed"], recorded["n_train"]), "file", recorded["seed"])
    train = np.zeros(p * p, dtype=np.bool_)
    for index in recorded["train_indices"]:
        if type(index) is not int or not 0 <= index < p * p:
            raise ValueError(f"a train index is x * p + y; found {index!r}.")
    train[recorded["train_indices"]] = True
    return Split(train.reshape(p, p), "file", None)
