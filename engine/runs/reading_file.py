"""`grok-tui.toml` beside a run: settings of the model and names of tensors, as their options would give them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun
from engine.networks.config import ACT_FNS, NORMS, READ_AT, InvalidConfig
from engine.runs.answer_table import parse_operation
from engine.runs.torch_format.checkpoint_file import read_bytes
from engine.state_dicts.model_reading import ModelOverrides
from engine.state_dicts.read_weights import IGNORE

FILE_NAME = "grok-tui.toml"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "p": (int,),
    "prompt": (str,),
    "operation": (str,),
    "act_fn": (str,),
    "n_heads": (int,),
    "attn_coeff": (int, float),
    "norm": (str,),
    "read_at": (str,),
    "layer": (int,),
}
_MAX_BYTES = 1 << 20


def with_reading_file(overrides: ModelOverrides, folder: Path) -> ModelOverrides:
    """The overrides, with those of the folder's `grok-tui.toml` where they leave something open.

    Raises:
        UnreadableRun: the file is not valid TOML.
        InvalidConfig: it has an unknown key, or a value of the wrong type.
    """
    file = folder / FILE_NAME
    if not file.is_file() or overrides.reading is not None:
        return overrides
    settings, names = _read(file)
    left_open: dict[str, Any] = {name: value for name, value in settings.items() if getattr(overrides, name) is None}
    if overrides.operation is not None:
        left_open.pop("table", None)  # it belongs to the operation of the file
    explicit = {role for role, _ in overrides.names} - {IGNORE}
    added = tuple((role, name) for role, name in names if role not in explicit)
    return replace(overrides, **left_open, names=(*added, *overrides.names))


def _read(file: Path) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The settings, and the names of tensors by role."""
    try:
        content = tomllib.loads(read_bytes(file, f"{FILE_NAME} is a text file", _MAX_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableRun(f"{file} is not valid TOML ({error}).") from error
    names = _names(content.pop("names", {}), file)
    for name, value in content.items():
        if name not in _TYPES:
            raise InvalidConfig(f"{file} has an unknown key {name!r}; known: names, {', '.join(_TYPES)}.")
        if type(value) not in _TYPES[name]:
            expected = "a number" if int in _TYPES[name] else "text"
            raise InvalidConfig(f"{file}: {name} must be {expected}; found {value!r}.")
    if content.get("act_fn", ACT_FNS[0]) not in ACT_FNS:
        raise InvalidConfig(f"{file}: act_fn must be one of {', '.join(ACT_FNS)}; found {content['act_fn']!r}.")
    for name, values in (("norm", NORMS), ("read_at", READ_AT)):
        if content.get(name, values[0]) not in values:
            raise InvalidConfig(f"{file}: {name} must be one of {', '.join(values)}; found {content[name]!r}.")
    if "operation" in content:
        content["operation"], content["table"] = parse_operation(_beside(file, content["operation"]))
    return content, names


def _names(table: object, file: Path) -> list[tuple[str, str]]:
    """Names by role; several tensors may be ignored.

    Raises:
        InvalidConfig: not a table of texts.
    """
    listed = dict(table) if isinstance(table, dict) else {}
    ignored = listed.pop(IGNORE, [])
    pairs = [*listed.items(), *((IGNORE, name) for name in (ignored if isinstance(ignored, list) else [ignored]))]
    if not isinstance(table, dict) or not all(isinstance(name, str) for _, name in pairs):
        raise InvalidConfig(
            f'{file}: names must be a table such as [names] W_E = "my.embedding", with ignore = ["my.buffer"].'
        )
    return pairs


def _beside(file: Path, operation: str) -> str:
    """The operation, with the file of `table:FILE` relative to the folder of `grok-tui.toml`."""
    prefix, colon, name = operation.partition(":")
    return f"{prefix}:{file.parent / name}" if prefix == "table" and colon else operation
