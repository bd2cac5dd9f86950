"""The native run: `run.json`, `losses.csv`, `checkpoints/epoch-000100.safetensors`. Readable, appendable."""

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
from engine.networks.config import ModelConfig, TrainingConfig
from engine.networks.split import Split
from engine.networks.weights import BIASES, Weights
from engine.runs.atomic_files import make_folder, write_atomically
from engine.runs.checkpoint_series import MAX_UNREADABLE, left_out, none_readable, repeats
from engine.runs.folder_snapshot import file_path
from engine.runs.losses_csv import read_losses
from engine.runs.payload import MAX_EPOCH
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
from engine.runs.torch_format.checkpoint_file import read_bytes, read_file
from engine.state_dicts import read_weights

FORMAT = "grok-tui run"
FORMAT_VERSION = 1
_CHECKPOINT = re.compile(r"epoch-(\d+)\.safetensors")
_MOST_JSON = 64 << 20  # a split listed pair by pair takes some megabytes


def write_run(
    path: Path,
    config: ModelConfig,
    split: Split | None,
    training: TrainingConfig | Mapping[str, object] | None = None,
) -> None:
    """Make the folder of a run and its `run.json`."""
    recorded = training_to_json(training) if isinstance(training, TrainingConfig) else dict(training or {})
    text = json.dumps(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model": config_to_json(config),
            "training": recorded,
            "split": None if split is None else split_to_json(split),
        },
        indent=2,
    )
    make_folder(path / "checkpoints")
    write_atomically(path / "run.json", f"{text}\n".encode())


def write_checkpoint(path: Path, epoch: int, weights: Weights, dtype: torch.dtype) -> None:
    """Write the weights of one epoch; biases that are zero throughout are left out."""
    tensors = {
        name: tensor.detach().to("cpu", dtype).contiguous()
        for name, tensor in weights.items()
        if name not in BIASES or bool(tensor.any())
    }
    write_atomically(path / "checkpoints" / f"epoch-{epoch:06d}.safetensors", save(tensors))


def recorded_settings(path: Path) -> tuple[ModelConfig, TrainingConfig]:
    """The settings that `run.json` records.

    Raises:
        UnreadableRun: it does not record settings that this program trains with.
    """
    described = _read_json(path / "run.json")
    try:
        return config_from_json(described["model"]), training_from_json(described["training"])
    except INVALID_SETTINGS as error:
        raise UnreadableRun(f"{path / 'run.json'} does not record how the run was trained ({error}).") from error


def read_native(path: Path, losses: RecordedLosses | None = None) -> Run:
    """Open a native run: its JSON and losses are read, its checkpoints only listed.

    `losses` are those of an earlier reading, if there was one.

    Raises:
        RunNotReady: no checkpoint.
        UnreadableRun: a file that does not say what it should.
    """
    described = _read_json(path / "run.json")
    if described.get("format") != FORMAT:
        raise UnreadableRun(f'{path / "run.json"} is not the run.json of a run; it lacks "format": "{FORMAT}".')
    if described.get("format_version") != FORMAT_VERSION:
        raise UnreadableRun(
            f"{path / 'run.json'} has format version {described.get('format_version')!r}; "
            f"this program reads version {FORMAT_VERSION}."
        )
    try:
        config = config_from_json(described["model"])
        # Before anything p^2 long is made of a p that is only claimed.
        epochs, unreadable, warnings = _readable(path / "checkpoints", config)
        split = None if described.get("split") is None else split_from_json(described["split"], config.p)
    except KeyError as error:
        raise UnreadableRun(f"{path / 'run.json'} does not describe a run: it lacks {error}.") from error
    except INVALID_SETTINGS as error:
        raise UnreadableRun(f"{path / 'run.json'} does not describe a run: {error}") from error
    return Run(
        name=path.resolve().name,
        path=path,
        container="native",
        config=config,
        checkpoints=tuple(
            Checkpoint(epoch, partial(read_checkpoint, file, config), file) for epoch, file in sorted(epochs.items())
        ),
        losses=read_losses(path / "losses.csv", losses),
        split=split,
        training=training if isinstance(training := described.get("training"), dict) else {},
        warnings=(*warnings, *shorten_list(list(unreadable.values()))),
        left_out=unreadable,
    )


def _readable(folder: Path, config: ModelConfig) -> tuple[dict[int, str], dict[str, str], list[str]]:
    """The checkpoints by epoch, up to the last that can be read: the config is checked against it.

    Also what is said of those that cannot be read, and of epochs that are there more than once.

    Raises:
        RunNotReady: there is none.
        UnreadableRun: none can be read.
    """
    found: dict[int, str] = {}
    repeated: dict[int, str] = {}
    for file, match in _matching(folder):
        if (before := found.get(epoch := int(match[1]))) is not None:
            repeated[epoch] = f"{before} was left out, {file} is read."
        found[epoch] = file
    if not found:
        raise RunNotReady(f"{folder} holds no checkpoint; expected epoch-000000.safetensors and on.")
    errors: dict[str, GrokError] = {}
    for epoch in sorted(found, reverse=True)[:MAX_UNREADABLE]:
        try:
            read_checkpoint(found[epoch], config)
        except (UnreadableRun, UnsupportedModel) as error:
            errors[found.pop(epoch)] = error
        else:
            return found, {file: left_out(error) for file, error in errors.items()}, repeats(repeated)
    raise none_readable(list(errors.values()), folder)


def read_checkpoint(path: Path | str, config: ModelConfig) -> Weights:
    """Read one `.safetensors` checkpoint in TransformerLens names.

    Raises:
        UnreadableRun: not a whole safetensors file, or not this model's tensors.
    """
    return read_weights(read_file(Path(path)), config, str(path))


def checkpoint_files(folder: Path) -> dict[int, Path]:
    """The files of a folder that are named as checkpoints, by epoch."""
    return {int(match[1]): Path(file) for file, match in _matching(folder)}


def _matching(folder: Path) -> list[tuple[str, re.Match[str]]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as listing:
        matches = [match for item in listing if (match := _CHECKPOINT.fullmatch(item.name))]
    matches.sort(key=lambda match: match.string)
    return [(file_path(folder, match.string), match) for match in matches if int(match[1]) < MAX_EPOCH]


def _read_json(path: Path) -> dict[str, Any]:
    text = read_bytes(path, "the run.json of a run is a text file", _MOST_JSON)
    try:
        described = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableRun(f"{path} is not JSON ({error}).") from error
    if not isinstance(described, dict):
        raise UnreadableRun(f"{path} holds a {type(described).__name__}, expected an object.")
    return described
