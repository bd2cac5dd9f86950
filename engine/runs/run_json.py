"""What `run.json` says of a model, its training and its split; exports and caches write configs the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from engine.networks.config import InvalidConfig, ModelConfig, Prompt, SaveSchedule, TrainingConfig
from engine.networks.split import Split, random_seed_split, randperm_split

# What reading settings raises where a file does not say them as they are written here.
INVALID_SETTINGS = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError, InvalidConfig)


def config_to_json(config: ModelConfig) -> dict[str, object]:
    """The config as `run.json` and every export write it."""
    return {**asdict(config), "prompt": config.prompt.describe(config.p)}


def config_from_json(described: Mapping[str, Any]) -> ModelConfig:
    fields = dict(described)
    for name in ("p", "d_model", "n_heads", "d_head", "d_mlp", "d_vocab", "d_vocab_out"):
        if type(fields[name]) is not int:
            raise InvalidConfig(f"{name} is a whole number; found {fields[name]!r}.")
    return ModelConfig(**{**fields, "prompt": Prompt.parse(fields["prompt"], fields["p"])})


def training_to_json(training: TrainingConfig) -> dict[str, object]:
    return {**asdict(training), "save_every": str(training.save_every)}


def training_from_json(described: Mapping[str, Any]) -> TrainingConfig:
    fields = dict(described)
    return TrainingConfig(
        **{**fields, "betas": tuple(fields["betas"]), "save_every": SaveSchedule.parse(fields["save_every"])}
    )


def split_to_json(split: Split) -> dict[str, object]:
    """A split made by a recipe is written as the recipe, any other as its indices x * p + y."""
    described: dict[str, object] = {"source": split.source, "seed": split.seed, "n_train": split.n_train}
    if split.source in ("random.seed", "torch.randperm"):
        return described
    return {**described, "source": "file", "train_indices": np.flatnonzero(split.train).tolist()}


def split_from_json(described: Mapping[str, Any], p: int) -> Split:
    recipe = {"random.seed": random_seed_split, "torch.randperm": randperm_split}.get(described["source"])
    n_train = described["n_train"] if recipe is not None else len(set(described["train_indices"]))
    if not 0 < n_train < p * p:
        raise ValueError(f"a split of {p * p} pairs has between 1 and {p * p - 1} to train on, found {n_train}.")
    if recipe is not None:
        if type(described["seed"]) is not int or not 0 <= described["seed"] < 2**63:
            raise ValueError(f"a seed is a whole number from 0, found {described['seed']!r}.")
        return Split(recipe(p, described["seed"], described["n_train"]), "file", described["seed"])
    train = np.zeros(p * p, dtype=np.bool_)
    for index in described["train_indices"]:
        if type(index) is not int or not 0 <= index < p * p:
            raise ValueError(f"a pair is x * p + y, found {index!r}.")
    train[described["train_indices"]] = True
    return Split(train.reshape(p, p), "file", None)
