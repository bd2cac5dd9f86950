"""The user's settings: `config.toml` in the configuration directory, as a validated model."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import evolve, field, fields_dict, frozen
from attrs.validators import and_, deep_mapping, in_, instance_of, min_len

from engine.errors import GrokError
from grok_tui.session.key_names import is_key, key_name
from grok_tui.session.keymap import KEYS, OLD_KEY_IDS, SCREENS, TABLE_KEYS, Key, configured_keys
from grok_tui.session.user_folders import user_folder
from grok_tui.session.workspaces import WORKSPACE_ALIASES, WORKSPACES

Device = Literal["auto", "cpu", "cuda", "mps"]
Colours = Literal["auto", "truecolor", "256", "16", "none"]
PaletteName = Literal["auto", "dark", "light"]
Graphics = Literal["auto", "kitty", "sixel", "none"]
MarkersWanted = Literal["auto", "braille", "quadrant", "half", "ascii"]

_CHOICES: Mapping[str, Sequence[str]] = {
    "device": get_args(Device),
    "palette": get_args(PaletteName),
    "colours": get_args(Colours),
    "markers": get_args(MarkersWanted),
    "graphics": get_args(Graphics),
    "workspace": [*(workspace.name for workspace in WORKSPACES), *WORKSPACE_ALIASES],
}
# What an error offers for each setting.
_VALID: Mapping[str, str] = {
    "theme": 'the name of a theme, such as "nord"',
    "compact": "true, false",
    "ascii": "true, false",
    "keys": 'action ids with their keys, such as "epoch.next" = "n" or "l,right"',
    **{name: ", ".join(map(repr, choices)) for name, choices in _CHOICES.items()},
    "workspace": ", ".join(repr(workspace.name) for workspace in WORKSPACES),
}


@frozen
class Settings:
    """Settings of the explorer. Command-line options override them."""

    theme: str = field(default="textual-dark", validator=instance_of(str))
    """A Textual theme."""

    device: Device = field(default="auto", validator=in_(_CHOICES["device"]))
    """Where the engine computes; `auto` takes CUDA if available, else the CPU."""

    palette: PaletteName = field(default="auto", validator=in_(_CHOICES["palette"]))
    """The colours of the figures; `auto` follows the theme."""

    colours: Colours = field(default="auto", validator=in_(_CHOICES["colours"]))
    """How many colours to use; `auto` asks the terminal."""

    compact: bool = field(default=False, validator=instance_of(bool))
    """For slow connections: 16 colours and coarser maps."""

    ascii: bool = field(default=False, validator=instance_of(bool))
    """Draw with ASCII only."""

    markers: MarkersWanted = field(default="auto", validator=in_(_CHOICES["markers"]))
    """The glyphs that curves are drawn with; `ascii` above also covers titles, tables and frames."""

    graphics: Graphics = field(default="auto", validator=in_(_CHOICES["graphics"]))
    """How maps are drawn in full resolution: `auto` asks the terminal; `none` draws half-blocks everywhere."""

    workspace: str = field(default="overview", validator=in_(_CHOICES["workspace"]))
    """The workspace to start in."""

    keys: Mapping[str, str] = field(
        factory=dict, validator=deep_mapping(instance_of(str), and_(instance_of(str), min_len(1)))
    )
    """Comma-separated keys by action id."""


def settings_path() -> Path:
    """The path of `config.toml`."""
    return user_folder("config") / "config.toml"


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults if there is no such file, or no access to its folder.

    `validate_names` checks the theme and the keys.

    Raises:
        GrokError: the file is not valid TOML, or has an unknown setting or an invalid value.
    """
    values = settings_in_file(path)
    for name, value in values.items():
        _check(path, name, value)
    if "keys" in values:
        values["keys"] = {OLD_KEY_IDS.get(key_id, key_id): keys for key_id, keys in values["keys"].items()}
    return Settings(**values)


def settings_in_file(path: Path) -> dict[str, Any]:
    """The values that a file sets, unchecked; none if there is no such file, or no access to its folder.

    Raises:
        GrokError: the file is not valid TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if isinstance(error, OSError) and not os.path.exists(path):  # noqa: PTH110 - Path.exists needs access
            return {}
        raise GrokError(f"{path}: cannot be read ({error}).") from error


def with_overrides(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """The settings with those that the command line overrides; an option of None overrides nothing."""
    return evolve(settings, **{name: value for name, value in options.items() if value is not None})


def check_keys(keys: Mapping[str, str], path: Path) -> None:
    """Check the action ids and the keys of `[keys]`, as set in the file at `path`.

    Raises:
        GrokError: an unknown action, an invalid key, or a key with two actions.
    """
    known = [key.id for key in (*KEYS, *TABLE_KEYS)]
    if unknown := [key_id for key_id in keys if key_id not in known]:
        raise GrokError(f"{path}: unknown action {unknown[0]!r}; valid actions: {', '.join(known)}.")
    for screen in SCREENS:
        _check_screen(screen, keys, path)


def _check_screen(screen: Iterable[Key], keys: Mapping[str, str], path: Path) -> None:
    """Check the keys of one screen; other screens may use them for other actions."""
    action_of: dict[str, str] = {}
    for key in configured_keys(keys, screen):
        for written in key.keys:
            name = key_name(written)
            if (letter := re.fullmatch(r"shift\+([a-z])", name)) is not None:
                raise GrokError(
                    f"{path}: {key.id} = {written!r} never arrives from a terminal; write {letter[1].upper()!r}."
                )
            if not is_key(name):
                raise GrokError(
                    f"{path}: {key.id} = {written!r} is not a key; valid keys are like n, ctrl+n, shift+right or f5."
                )
            if name in action_of:
                raise GrokError(f"{path}: the key {written!r} is bound to both {action_of[name]} and {key.id}.")
            action_of[name] = key.id


def _check(path: Path, name: str, value: Any) -> None:
    known = fields_dict(Settings)
    if name not in known:
        raise GrokError(f"{path}: unknown setting {name!r}; valid settings: {', '.join(known)}.")
    try:
        Settings(**{name: value})
    except (TypeError, ValueError) as error:
        raise GrokError(f"{path}: {name} = {value!r} is invalid; valid: {_VALID[name]}.") from error
