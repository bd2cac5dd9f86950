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
    if settings.theme not in BUILTIN_THEMES:
        raise GrokError(
            f"Unknown theme {settings.theme!r}; pass --theme or set it in {path}; "
            f"valid themes: {', '.join(BUILTIN_THEMES)}."
        )
    check_keys(settings.keys, path)
