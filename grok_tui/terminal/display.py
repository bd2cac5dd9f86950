"""Choose colours and glyphs from the settings, the theme and the abilities of the terminal."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from grok_tui.session.settings import with_overrides

if TYPE_CHECKING:
    from pathlib import Path

    from grok_tui.render.palette import Markers, Palette
    from grok_tui.render.ramps import ColourDepth
    from grok_tui.session.settings import Settings
    from grok_tui.terminal.replies import Features
    from grok_tui.terminal.terminal_images import TerminalGraphics

# rich's names of the colour depths.
_DEPTH = {"truecolor": "truecolor", "256": "256", "16": "standard"}
_COLOURS: dict[str | None, ColourDepth] = {"standard": "16", "windows": "16", "256": "256", "truecolor": "truecolor"}
_TRUE_COLOUR = ("truecolor", "24bit")  # in COLORTERM
# Textual waits up to one frame before it paints. A higher rate shortens the wait; it does not paint more often.
_FRAMES_PER_SECOND = "120"


def configure_textual(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the environment variables that limit Textual's colours and its delay before it paints.

    Call this before the first import of Textual, which reads them once.
    """
    environment.setdefault("TEXTUAL_FPS", _FRAMES_PER_SECOND)
    colours = "16" if settings.compact and settings.colours != "none" else settings.colours
    if colours == "none":
        environment["NO_COLOR"] = "1"
    elif colours != "auto":
        environment["TEXTUAL_COLOR_SYSTEM"] = _DEPTH[colours]


def asks_for_colours(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to ask the terminal for true colour: it does not say in COLORTERM, which SSH drops."""
    if settings.colours != "auto" or settings.compact or environment.get("NO_COLOR"):
        return False
    return environment.get("COLORTERM", "").lower() not in _TRUE_COLOUR


def allow_true_colour(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have Textual use true colour, which the terminal has answered for. Call this before an app is made."""
    environment["COLORTERM"] = _TRUE_COLOUR[0]


def asks_for_graphics(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to ask the terminal for graphics: the settings allow images."""
    if settings.graphics == "none" or settings.colours in ("16", "none") or settings.compact:
        return False
    return not environment.get("NO_COLOR") and display_markers(settings) != "ascii"


def choose_graphics(
    settings: Settings, features: Features, environment: Mapping[str, str] = os.environ
) -> TerminalGraphics:
    """How maps are drawn as images: as set, else as the terminal has answered.

    Sixel images are as large as their pixels: they need the size of a cell. In a multiplexer they are not used unless
    set, because its own Sixel does not say what the terminal outside can show.
    """
    if not asks_for_graphics(settings, environment):
        return "none"
    from grok_tui.terminal.kitty_graphics import shows_placeholders

    if settings.graphics == "kitty":
        return "kitty"
    if settings.graphics == "auto" and features.kitty and shows_placeholders(features.name):
        return "kitty"
    in_multiplexer = any(environment.get(name) for name in ("TMUX", "STY"))
    answered = features.sixel and not in_multiplexer
    if features.cell_pixels is not None and (answered or settings.graphics == "sixel"):
        return "sixel"
    return "none"


def limit_colours(settings: Settings, has_colours: bool | None) -> Settings:
    """The settings, without colours if the terminal has none and the settings leave their number open."""
    if settings.colours == "auto" and has_colours is False:
        return with_overrides(settings, {"colours": "none"})
    return settings


def display_palette(settings: Settings, dark_theme: bool, color_system: str | None) -> Palette:
    """The palette of the drawings. `color_system` is the colour depth that rich detected."""
    dark = dark_theme if settings.palette == "auto" else settings.palette == "dark"
    colours = settings.colours
    if os.environ.get("NO_COLOR") or colours == "none":
        colours = "none"
    elif colours == "auto":
        colours = _COLOURS.get(color_system, "truecolor")
    from grok_tui.render.palette import choose_palette

    return choose_palette(dark, colours, markers=display_markers(settings), compact=settings.compact)


def output_markers(settings: Settings, output: Path | None) -> Markers:
    """The markers of printed output. A file is UTF-8, so it does not depend on the terminal."""
    return display_markers(settings) if output is None else display_markers(settings, {}, "utf-8")


def display_markers(
    settings: Settings, environment: Mapping[str, str] = os.environ, encoding: str | None = None
) -> Markers:
    """The markers of the settings; for "auto", the finest that the font can show.

    They are ASCII, whatever the settings, if the encoding (default: stdout's) is not UTF-8.
    """
    encoding = encoding or getattr(sys.__stdout__, "encoding", None) or "utf-8"
    if settings.ascii or codecs.lookup(encoding).name != "utf-8":
        return "ascii"
    if settings.markers != "auto":
        return settings.markers
    # The font of the Linux console has no braille.
    return "half" if environment.get("TERM") == "linux" else "braille"
