"""Whether figures are drawn for a dark or a light background."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from grok_tui.cli import option_groups
from grok_tui.session.settings import Settings, settings_path

FigureTheme = Annotated[
    Literal["light", "dark"] | None,
    Parameter(
        name="--theme",
        help="the background of ansi and svg-screen, by default that of palette or theme in config.toml, else dark; of "
        "png, pdf and svg, by default light",
        group=option_groups.OUTPUT,
    ),
]
_DARK = {"textual-dark": True, "textual-light": False}  # the others need Textual


def is_dark(settings: Settings, theme: Literal["light", "dark"] | None) -> bool:
    """Whether the background is dark: by the option, else by the palette, else by the theme of the settings.

    Raises:
        GrokError: the settings name an unknown theme.
    """
    if theme is not None:
        return theme == "dark"
    if settings.palette != "auto":
        return settings.palette == "dark"
    if settings.theme in _DARK:
        return _DARK[settings.theme]
    from grok_tui.app.validation import theme_is_dark

    return theme_is_dark(settings.theme, settings_path())
