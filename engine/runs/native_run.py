"""The native run format: `run.json`, `losses.csv`, `checkpoints/epoch-000100.safetensors`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from engine.errors import GrokError, RunNotReady, UnreadableRun, UnsupportedModel
from engine.networks.config import ModelConfig
from engine.networks.network import NetworkWeights
from engine.networks.split import Split
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import Loss, TrainingConfig
from engine.runs.atomic_files import make_folder, write_atomically
from engine.runs.epoch_names import MAX_EPOCH
from engine.runs.folder_snapshot import file_path
from engine.runs.losses_csv import read_losses
from engine.runs.run import Checkpoint, RecordedLosses, Run, shorten_list
from engine.runs.run_json import (
    INVALID_SETTINGS,
    config_from_json,
    config_to_json,
    split_from_json,
    split_to_json,
    training_from_json,
    training_to_json,
)
from engine.runs.skipped_checkpoints import MAX_UNREADABLE, duplicate_warnings, none_readable, skip_warning
from engine.runs.torch_format.checkpoint_file import read_bytes, read_file
from engine.state_dicts.read_weights import read_weights

FORMAT = "grok-tui run"
# Version 2 has networks of other architectures, which version 1 cannot describe. Version 3 has a loss or an optimiser
# that earlier versions do not know: they would take its recorded losses for cross-entropy. All else is version 1.
FORMAT_VERSION, GENERAL_FORMAT_VERSION, TRAINING_FORMAT_VERSION = 1, 2, 3
_VERSIONS = (FORMAT_VERSION, GENERAL_FORMAT_VERSION, TRAINING_FORMAT_VERSION)
_CHECKPOINT = re.compile(r"epoch-(\d+)\.safetensors")
_MAX_JSON_BYTES = 64 << 20  # a split listed pair by pair takes a few megabytes


def write_run(
    path: Path,
    config: TrainableConfig,
    split: Split | Mapping[str, object] | None,
    training: TrainingConfig | Mapping[str, object] | None = None,
) -> None:
    """Create the folder of a run and its `run.json`; a split may be as `run.json` has it."""
    recorded = training_to_json(training) if isinstance(training, TrainingConfig) else dict(training or {})
    if isinstance(training, TrainingConfig) and not isinstance(config, ModelConfig):
        recorded["biases"] = training.biases
    content = {
        "format": FORMAT,
        "format_version": _format_version(config, recorded),
        "model": config_to_json(config),
        "training": recorded,
        "split": split_to_json(split) if isinstance(split, Split) else split,
    }
    make_folder(path / "checkpoints")
    _write_json(path / "run.json", content)


def _format_version(config: TrainableConfig, training: Mapping[str, object]) -> int:
    if training.get("loss") == "stablemax" or training.get("optimizer") == "orthogonal-grad":
        return TRAINING_FORMAT_VERSION
    return FORMAT_VERSION if isinstance(config, ModelConfig) else GENERAL_FORMAT_VERSION


def checkpoint_path(run: Path, epoch: int) -> Path:
    """The file of one epoch in a native run.

    >>> checkpoint_path(Path("run"), 100).as_posix()
    'run/checkpoints/epoch-000100.safetensors'
    """
    return run / "checkpoints" / f"epoch-{epoch:06d}.safetensors"


def write_checkpoint(path: Path, epoch: int, weights: NetworkWeights, dtype: torch.dtype) -> None:
    """Write the weights of one epoch, without biases that are zero."""
    tensors = {
        name: tensor.detach().to("cpu", dtype).contiguous()
        for name, tensor in weights.items()
        if not name.rpartition(".")[2].startswith("b") or bool(tensor.any())
    }
    write_atomically(checkpoint_path(path, epoch), save(tensors))


def recorded_settings(path: Path) -> tuple[TrainableConfig, TrainingConfig]:
    """The model and training settings recorded in `run.json`.

    Raises:
        UnreadableRun: they are missing or invalid.
    """
    recorded = _read_json(path / "run.json")
    try:
        return config_from_json(recorded["model"]), training_from_json(recorded["training"])
    except INVALID_SETTINGS as error:
        raise UnreadableRun(f"{path / 'run.json'} does not record valid training settings ({error}).") from error


def record_training(path: Path, changes: Mapping[str, object]) -> None:
    """Change training settings in `run.json`; nothing is written if all of them are recorded already."""
    recorded = _read_json(path / "run.json")
    training = recorded["training"]
    if any(training.get(name) != value for name, value in changes.items()):
        _write_json(path / "run.json", {**recorded, "training": {**training, **changes}})


def read_native(path: Path, losses: RecordedLosses | None = None) -> Run:
    """Open a native run: read run.json, the losses and the last checkpoint, and list the other checkpoints.

    `losses` are those read earlier, at a refresh.

    Raises:
        RunNotReady: there is no checkpoint.
        UnreadableRun: a file is damaged or invalid.
    """
    file = path / "run.json"
    recorded = _read_json(file)
    if recorded.get("format") != FORMAT:
        raise UnreadableRun(f'{file} is not the run.json of a grok-tui run: "format": "{FORMAT}" is missing.')
    if recorded.get("format_version") not in _VERSIONS:
        raise UnreadableRun(
            f"{file} has format version {recorded.get('format_version')!r}; "
            f"this version of grok-tui reads versions {FORMAT_VERSION} to {TRAINING_FORMAT_VERSION}."
        )
    try:
        config = config_from_json(recorded["model"])
        # Check p against a checkpoint before anything of size p^2 is allocated.
        checkpoints, unreadable, warnings = _checked_checkpoints(path / "checkpoints", config)
        split = None if recorded.get("split") is None else split_from_json(recorded["split"], config.p)
    except KeyError as error:
        raise UnreadableRun(f"{file} is invalid: {error} is missing.") from error
    except INVALID_SETTINGS as error:
        raise UnreadableRun(f"{file} is invalid: {error}") from error
    training = recorded.get("training")
    return Run(
        name=path.resolve().name,
        path=path,
        container="native",
        config=config,
        checkpoints=tuple(
            Checkpoint(epoch, partial(read_checkpoint, name, config), name)
            for epoch, name in sorted(checkpoints.items())
        ),
        losses=read_losses(path / "losses.csv", losses, _recorded_loss(training)),
        split=split,
        training=training if isinstance(training, dict) else {},
        warnings=(*warnings, *shorten_list(list(unreadable.values()))),
        unreadable=unreadable,
    )


def _recorded_loss(training: object) -> Loss:
    is_stablemax = isinstance(training, dict) and training.get("loss") == "stablemax"
    return "stablemax" if is_stablemax else "cross-entropy"


def _checked_checkpoints(folder: Path, config: TrainableConfig) -> tuple[dict[int, str], dict[str, str], list[str]]:
    """The checkpoints by epoch up to the last readable one, whose tensors must match the config.

    Also the warnings about unreadable files, by path, and about epochs that appear more than once.

    Raises:
        RunNotReady: there is no checkpoint.
        UnreadableRun: no checkpoint can be read.
    """
    files: dict[int, str] = {}
    duplicates: dict[int, str] = {}
    for file, match in _matching_files(folder):
        if (earlier := files.get(epoch := int(match[1]))) is not None:
            duplicates[epoch] = f"{earlier} was skipped, {file} is used."
        files[epoch] = file
    if not files:
        raise RunNotReady(f"{folder} contains no checkpoint; expected epoch-000000.safetensors and so on.")
    errors: dict[str, GrokError] = {}
    for epoch in sorted(files, reverse=True)[:MAX_UNREADABLE]:
        try:
            read_checkpoint(files[epoch], config)
        except (UnreadableRun, UnsupportedModel) as error:
            errors[files.pop(epoch)] = error
        else:
            unreadable = {file: skip_warning(error) for file, error in errors.items()}
            return files, unreadable, duplicate_warnings(duplicates)
    raise none_readable(list(errors.values()), folder)


def read_checkpoint(path: Path | str, config: TrainableConfig) -> NetworkWeights:
    """Read one `.safetensors` checkpoint, whose tensors have the names of the network's parameters.

    Raises:
        UnreadableRun: a damaged file, or tensors that do not match the config.
    """
    state = read_file(Path(path))
    if isinstance(config, ModelConfig):
        return read_weights(state, config, str(path))
    from engine.networks.named_weights import NamedWeights
    from engine.networks.parameters import network_shapes

    tensors = {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
    return NamedWeights.of(tensors, network_shapes(config), str(path))


def checkpoint_files(folder: Path) -> dict[int, Path]:
    """The files of a folder that have the name of a checkpoint, by epoch."""
    return {int(match[1]): Path(file) for file, match in _matching_files(folder)}


def _matching_files(folder: Path) -> list[tuple[str, re.Match[str]]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as listing:
        matches = [match for item in listing if (match := _CHECKPOINT.fullmatch(item.name))]
    matches.sort(key=lambda match: match.string)
    return [(file_path(folder, match.string), match) for match in matches if int(match[1]) < MAX_EPOCH]


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    write_atomically(path, f"{json.dumps(content, indent=2)}\n".encode())


def _read_json(path: Path) -> dict[str, Any]:
    text = read_bytes(path, "run.json must be a text file", _MAX_JSON_BYTES)
    try:
        content = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableRun(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(content, dict):
        raise UnreadableRun(f"{path} contains a {type(content).__name__}, expected an object.")
    return content
