"""Model config, training settings and split as JSON, in `run.json`, in exports and in caches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from math import isfinite
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from engine.networks.config import InvalidConfig, ModelConfig, Prompt, require
from engine.networks.mlp_config import MlpConfig
from engine.networks.network_config import NetworkConfig
from engine.networks.split import Split, SplitSource, random_seed_split, randperm_split
from engine.networks.trainable_config import MAX_PARTS, Arch, TrainableConfig, arch_of
from engine.networks.training_config import SaveSchedule, TrainingConfig
from engine.networks.transformer_config import TransformerConfig

# Raised when settings are missing or invalid.
INVALID_SETTINGS = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError, InvalidConfig)

_KINDS: Mapping[Arch, type[TransformerConfig | MlpConfig]] = {"transformer": TransformerConfig, "mlp": MlpConfig}

# Read once: it evaluates annotations, and reading a run evaluates nothing.
_HINTS = {arch: get_type_hints(kind) for arch, kind in _KINDS.items()}

# Settings that are written only where they differ from these, so that the files of the study's runs stay the same.
_OMITTED = {"recipe": None, "packed": None, "biases": "mlp", "loss": "cross-entropy", "optimizer": "adamw"}

_GENERATORS = {"random.seed": random_seed_split, "torch.randperm": randperm_split}


def config_to_json(config: NetworkConfig) -> dict[str, object]:
    """The config as `run.json` writes it; `table` only where there is one.

    `arch` and `architecture` say what it is if it is not the study's one-layer transformer without norms.

    Raises:
        NeedsWeights: nothing records the config.
    """
    values, p = {**vars(config)}, config.p
    if isinstance(prompt := values.get("prompt"), Prompt):
        values["prompt"] = prompt.describe(p)
    if isinstance(config, TransformerConfig | MlpConfig):
        values["arch"] = arch_of(config)
    if not isinstance(config, ModelConfig):
        values["architecture"] = config.description
    return {name: value for name, value in values.items() if name != "table" or value is not None}


def config_from_json(recorded: Mapping[str, Any]) -> TrainableConfig:
    """The config that `config_to_json` wrote, by its `arch`; without one, that of a one-layer transformer.

    Raises:
        KeyError, TypeError, ValueError, InvalidConfig: a setting is missing, or has another type or range.
    """
    if "arch" in recorded:
        return _general_from_json(recorded)
    values = dict(recorded)
    for name in ("p", "d_model", "n_heads", "d_head", "d_mlp", "d_vocab", "d_vocab_out"):
        _require_int(name, values[name])
    table = None if values.get("table") is None else tuple(values["table"])
    return ModelConfig(**{**values, "prompt": Prompt.parse(values["prompt"], values["p"]), "table": table})


def _general_from_json(recorded: Mapping[str, Any]) -> TransformerConfig | MlpConfig:
    values = {name: value for name, value in recorded.items() if name not in ("arch", "architecture")}
    kind = _KINDS.get(recorded["arch"])
    if kind is None:
        raise InvalidConfig(f"arch must be one of {', '.join(_KINDS)}; found {recorded['arch']!r}.")
    _require_int("p", values["p"])
    if "prompt" in values:
        values["prompt"] = Prompt.parse(values["prompt"], values["p"])
        require(values["prompt"].n_ctx <= MAX_PARTS, f"A prompt has at most {MAX_PARTS} tokens.")
    hints = _HINTS[recorded["arch"]]
    for field in fields(kind):
        if field.name not in values:
            if field.default is MISSING:
                raise KeyError(field.name)
            continue
        if isinstance(values[field.name], list):
            values[field.name] = tuple(values[field.name])
        if not _has_type(values[field.name], hints[field.name]):
            raise InvalidConfig(f"{field.name} has the invalid value {values[field.name]!r}.")
    for name in ("n_layers", "hidden"):  # before a tensor is expected for each
        count = values.get(name, 1) if name == "n_layers" else len(values.get(name, ()))
        require(count <= MAX_PARTS, f"{name} must be at most {MAX_PARTS} layers; found {count}.")
    return kind(**values)


def _require_int(name: str, value: object) -> None:
    if type(value) is not int:
        raise InvalidConfig(f"{name} must be a whole number; found {value!r}.")


def _has_type(value: object, hint: Any) -> bool:
    """Whether a value of a config has the type of its field; a whole number is a number too."""
    kind, arguments = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return any(_has_type(value, each) for each in arguments)
    if kind is Literal:
        return isinstance(value, str) and value in arguments
    if kind is tuple:  # of any length
        return isinstance(value, tuple) and all(_has_type(each, arguments[0]) for each in value)
    if hint is float:
        return isinstance(value, int | float) and type(value) is not bool and isfinite(value)
    return type(value) is hint


def training_to_json(training: TrainingConfig) -> dict[str, object]:
    """The training settings as `run.json` writes them; those in `_OMITTED` only where they differ."""
    values = {**asdict(training), "save_every": str(training.save_every)}
    return {name: value for name, value in values.items() if name not in _OMITTED or value != _OMITTED[name]}


def training_from_json(recorded: Mapping[str, Any]) -> TrainingConfig:
    fields = dict(recorded)
    return TrainingConfig(
        **{**fields, "betas": tuple(fields["betas"]), "save_every": SaveSchedule.parse(fields["save_every"])}
    )


def split_to_json(split: Split) -> dict[str, object]:
    """A split drawn from a seed is written as generator, seed and size, any other as its indices x * p + y."""
    if split.source in _GENERATORS:
        return recipe_to_json(split.source, split.seed, split.n_train)
    return {**recipe_to_json("file", split.seed, split.n_train), "train_indices": np.flatnonzero(split.train).tolist()}


def recipe_to_json(source: SplitSource, seed: int | None, n_train: int) -> dict[str, object]:
    """A split that is drawn from a seed, without drawing it."""
    return {"source": source, "seed": seed, "n_train": n_train}


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
