"""`grok-tui config`: the settings and where each comes from, the action ids with their keys, and the paths."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import fields_dict
from cyclopts import Parameter

from engine import __version__
from grok_tui.cli import option_groups
from grok_tui.cli.options import DEFAULT_DISPLAY, DEVICE_HELP, DisplayOptions
from grok_tui.session.keymap import KEYS, TABLE_KEYS, Key, by_category, configured_keys
from grok_tui.session.saved_session import sessions_folder
from grok_tui.session.settings import (
    Device,
    Settings,
    check_keys,
    read_settings,
    settings_in_file,
    settings_path,
    with_overrides,
)
from grok_tui.session.user_folders import user_folder
from grok_tui.terminal.output_encoding import wants_ascii

Source = Literal["default", "config file", "environment", "option"]


def config(
    *,
    format: Annotated[Literal["text", "json"], Parameter(help="output format")] = "text",
    display: DisplayOptions = DEFAULT_DISPLAY,
    device: Annotated[Device | None, Parameter(help=DEVICE_HELP, group=option_groups.COMPUTATION)] = None,
) -> None:
    """Print the settings, the action ids with their keys, and the paths.

    Raises:
        GrokError: the config file is invalid.
    """
    path = settings_path()
    options = {**display.settings, "device": device}
    in_file = settings_in_file(path)
    settings = with_overrides(read_settings(path), options)
    check_keys(settings.keys, path)
    described = _settings(settings, in_file, options)
    keys = configured_keys(settings.keys, (*KEYS, *TABLE_KEYS))
    if format == "json":
        print(json.dumps(_json(described, keys, settings), indent=1))
        return
    lines = [
        "Settings",
        *_columns([(name, _written(value), source) for name, (value, source) in described.items()]),
        "",
        "Paths",
        *_columns([(name, text, "" if exists else "does not exist") for name, (text, exists) in _paths().items()]),
    ]
    for category, members in by_category(keys):
        rows = [(key.id, key.shown, f"{key.what}{_changed(key, settings)}") for key in members]
        lines += ["", f"Keys: {category}", *_columns(rows)]
    print("\n".join(lines))


def _settings(
    settings: Settings, in_file: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, tuple[Any, Source]]:
    """The settings but the keys, each with its value and where that comes from."""
    described: dict[str, tuple[Any, Source]] = {}
    for name in fields_dict(Settings):
        if name == "keys":
            continue
        source: Source = "config file" if name in in_file else "default"
        described[name] = (getattr(settings, name), "option" if options.get(name) is not None else source)
    if described["ascii"][1] != "option" and wants_ascii(os.environ):
        described["ascii"] = (True, "environment")
    if os.environ.get("NO_COLOR") and described["colours"][1] != "option":
        described["colours"] = ("none", "environment")
    return described


def _changed(key: Key, settings: Settings) -> str:
    return " (config file)" if key.id in settings.keys else ""


def _paths() -> dict[str, tuple[str, bool]]:
    """The paths of the program's files, and whether they exist."""
    paths = {"config_file": settings_path(), "cache": user_folder("cache"), "sessions": sessions_folder()}
    return {name: (str(path), os.path.exists(path)) for name, path in paths.items()}  # noqa: PTH110 - needs no access


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _columns(rows: list[tuple[str, str, str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {text}".rstrip() for name, value, text in rows]


def _json(described: Mapping[str, tuple[Any, Source]], keys: tuple[Key, ...], settings: Settings) -> dict[str, object]:
    return {
        "version": __version__,
        "settings": {name: {"value": value, "source": source} for name, (value, source) in described.items()},
        "paths": {name: {"path": path, "exists": exists} for name, (path, exists) in _paths().items()},
        "actions": [
            {
                "id": key.id,
                "category": key.category,
                "keys": list(key.keys),
                "action": key.what,
                "source": "config file" if key.id in settings.keys else "default",
            }
            for key in keys
        ],
    }
