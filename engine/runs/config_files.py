"""Settings in files beside the checkpoints: `config.json`, `hparams.yaml`, `config_7.json` beside `model_7.pt`.

They are read as recorded; `engine.state_dicts` interprets them. A file that cannot be parsed is skipped with a warning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun
from engine.runs.config_file_names import find_config_files
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.recorded_config import config_in
from engine.runs.torch_format.checkpoint_file import read_bytes
from engine.runs.yaml_settings import parse_yaml

_MAX_JSON_BYTES = 4 << 20
_EXPECTED = "expected a text file of settings"


@dataclass(frozen=True)
class ConfigFiles:
    """The merged settings of the files beside a run, the paths of these files, and warnings about others."""

    settings: Mapping[str, object] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def config_files_beside(path: Path) -> ConfigFiles:
    """The settings beside a checkpoint file, or in a folder of checkpoints; the nearest file wins.

    The order: a file with the checkpoint's own name or id, usual names in its folder, usual names one folder above
    `RUN/checkpoints` and `RUN/checkpoint-500`.
    """
    settings: dict[str, object] = {}
    paths: list[str] = []
    warnings: list[str] = []
    for file in find_config_files(path):
        try:
            found = _read(file, signature_of(Path(file)))
        except (OSError, UnreadableRun) as error:
            reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
            warnings.append(f"{file} was skipped: {reason.removeprefix(f'{file} ').removesuffix('.')}.")
            continue
        settings = {**found, **settings}
        paths.append(file)
    return ConfigFiles(settings, tuple(paths), tuple(warnings))


@lru_cache(maxsize=64)  # a growing folder is opened at every refresh
def _read(file: str, signature: FileSignature) -> Mapping[str, Any]:
    """The settings in a file.

    Raises:
        UnreadableRun: it is too large or cannot be parsed.
    """
    path = Path(file)
    content = _parse_json(path) if path.suffix == ".json" else parse_yaml(path)
    if not isinstance(content, dict):
        raise UnreadableRun(f"{path} contains a {type(content).__name__}, expected named settings.")
    return _values_of_wandb(config_in({"config": content}))


def _parse_json(path: Path) -> object:
    try:
        return json.loads(read_bytes(path, _EXPECTED, _MAX_JSON_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableRun(f"{path} is not valid JSON ({error}).") from error


def _values_of_wandb(settings: dict[str, Any]) -> dict[str, Any]:
    """The values in Weights & Biases's `config.yaml`, where each setting is a table with its value."""
    tables = {name: table for name, table in settings.items() if isinstance(table, dict) and "value" in table}
    rest = settings.keys() - tables.keys()
    if tables and rest <= {"wandb_version", "_wandb"}:
        return {name: table["value"] for name, table in tables.items() if name != "_wandb"}
    return settings
