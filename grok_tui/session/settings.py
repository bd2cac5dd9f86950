"""What a person set once and for all: `config.toml` in the user's configuration directory."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from platformdirs import user_config_path

from grok_tui.session.keymap import KEYS
from grok_tui.session.workspaces import WORKSPACES

Device = Literal["auto", "cpu", "cuda", "mps"]
Colours = Literal["auto", "truecolor", "256", "16", "none"]
PaletteName = Literal["auto", "dark", "light"]
MarkersWanted = Literal["auto", "braille", "quadrant", "half", "ascii"]

_CHOICES: dict[str, tuple[object, ...]] = {
    "device": get_args(Device),
    "colours": get_args(Colours),
    "palette": get_args(PaletteName),
    "workspace": tuple(workspace.name for workspace in WORKSPACES),
    "compact": (True, False),
    "ascii": (True, False),
    "markers": get_args(MarkersWanted),
}


@dataclass(frozen=True)
class Settings:
    """How the explorer looks and listens, where the command line does not say otherwise.

    `palette` is that of the figures; `auto` follows the theme. `keys` gives an action, by its id, other keys.
    """

    theme: str = "textual-dark"
    device: Device = "auto"
    palette: PaletteName = "auto"
    colours: Colours = "auto"
    compact: bool = False
    ascii: bool = False
    markers: MarkersWanted = "auto"  # what curves are drawn in; `ascii` is about all else, too
    workspace: str = "overview"
    keys: Mapping[str, str] = field(default_factory=dict)


def settings_path() -> Path:
    """Where the settings are looked for."""
    return user_config_path("grok-tui") / "config.toml"


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults where there is none. The names in it are for `validate_names` to check.

    Raises:
        GrokError: it is not TOML, or sets what there is not.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refusal(path, f"it cannot be read ({error})") from error
    for name, value in told.items():
        _check(path, name, value)
    return Settings(**told)


def with_overrides(settings: Settings, told: Mapping[str, Any]) -> Settings:
    """The settings with what the command line tells; None leaves one as it is."""
    return replace(settings, **{name: value for name, value in told.items() if value is not None})


def validate_names(settings: Settings, path: Path) -> None:
    """Check the theme and the keys, the latter as set in the file at `path`.

    Apart from reading them: it imports Textual, which looks but once at what `configure_textual` of the looks tells it.

    Raises:
        GrokError: there is no such theme, action or key, or a key has two actions.
    """
    from textual.theme import BUILTIN_THEMES

    from engine.errors import GrokError

    if settings.theme not in BUILTIN_THEMES:
        sentence = f"there is no theme {settings.theme!r}; there are {', '.join(BUILTIN_THEMES)}"
        if settings.theme == read_settings(path).theme:
            raise _refusal(path, sentence)
        raise GrokError(f"{sentence[0].upper()}{sentence[1:]}.")
    _check_keys(path, settings.keys)


def _check(path: Path, name: str, value: Any) -> None:
    if name not in Settings.__dataclass_fields__:
        raise _refusal(path, f"there is no setting {name!r}; there are {', '.join(Settings.__dataclass_fields__)}")
    if name == "keys":
        if not isinstance(value, dict) or not all(isinstance(keys, str) and keys for keys in value.values()):
            raise _refusal(path, '[keys] gives an action\'s id its keys, such as "epoch.next" = "n" or "l,right"')
    elif name == "theme":
        if not isinstance(value, str):
            raise _refusal(path, f"theme = {value!r} is no name of a theme")
    elif value not in _CHOICES[name] or isinstance(value, bool) != isinstance(_CHOICES[name][0], bool):
        choices = ", ".join(
            str(choice).lower() if isinstance(choice, bool) else repr(choice) for choice in _CHOICES[name]
        )
        raise _refusal(path, f"{name} = {value!r} is none of {choices}")


def _check_keys(path: Path, value: Mapping[str, str]) -> None:
    known = {key.id: key for key in KEYS}
    if missing := [name for name in value if name not in known]:
        raise _refusal(path, f"there is no action {missing[0]!r}; there are {', '.join(known)}")
    taken: dict[str, str] = {}
    for key in KEYS:
        for one in value[key.id].split(",") if key.id in value else key.keys:
            name = key_name(one.strip())
            if (letter := re.fullmatch(r"shift\+([a-z])", name)) is not None:
                raise _refusal(path, f"{key.id} = {one.strip()!r} is never sent; write {letter[1].upper()!r}")
            if not _is_key(name):
                raise _refusal(
                    path, f"{key.id} = {one.strip()!r} is no key; keys are such as n, ctrl+n, shift+right, f5"
                )
            if name in taken:
                raise _refusal(path, f"the key {one.strip()!r} is both {taken[name]} and {key.id}")
            taken[name] = key.id


def _is_key(name: str) -> bool:
    """Whether a name is one that Textual gives to a key, with any of its modifiers before it."""
    from textual.keys import Keys, _character_to_key

    *modifiers, last = name.split("+")
    named = {key.value.rpartition("+")[2] for key in Keys} | {_character_to_key(chr(code)) for code in range(33, 127)}
    return set(modifiers) <= {"ctrl", "shift", "alt", "super", "meta"} and (len(last) == 1 or last in named)


def key_name(key: str) -> str:
    """A key as Textual names it: `]` is right_square_bracket."""
    from textual.keys import _character_to_key

    return _character_to_key(key) if len(key) == 1 else key


def _refusal(path: Path, what: str) -> Exception:
    from engine.errors import GrokError  # not before: the engine brings torch, and the first paint does not wait

    return GrokError(f"{path}: {what}.")
