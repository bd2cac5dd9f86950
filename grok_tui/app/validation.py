"""Checks of the settings that need Textual. Import after `configure_textual`: Textual reads its environment once."""

from __future__ import annotations

from pathlib import Path

from textual.theme import BUILTIN_THEMES

from engine.errors import GrokError
from grok_tui.session.settings import Settings, check_keys


def validate_names(settings: Settings, path: Path) -> None:
    """Check the theme and the keys; `path` is the file that sets them.

    Raises:
        GrokError: an unknown theme or action, an invalid key, or a key with two actions.
    """
    theme_is_dark(settings.theme, path)
    check_keys(settings.keys, path)


def theme_is_dark(name: str, path: Path) -> bool:
    """Whether a theme of Textual has a dark background; `path` is the file that sets it.

    Raises:
        GrokError: there is no such theme.
    """
    if name not in BUILTIN_THEMES:
        raise GrokError(
            f"Unknown theme {name!r}; pass --theme or set it in {path}; valid themes: {', '.join(BUILTIN_THEMES)}."
        )
    return BUILTIN_THEMES[name].dark
