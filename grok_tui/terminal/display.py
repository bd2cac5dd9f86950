"""How figures look on a terminal, from the settings, the theme and what the terminal can show."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from grok_tui.render.palette import Markers, Palette, choose_palette

if TYPE_CHECKING:
    from pathlib import Path

    from grok_tui.render.ramps import Colours
    from grok_tui.session.settings import Settings

# rich's names for how many colours a terminal has.
_DEPTH = {"truecolor": "truecolor", "256": "256", "16": "standard"}
_COLOURS: dict[str | None, Colours] = {"standard": "16", "windows": "16", "256": "256", "truecolor": "truecolor"}
# Textual waits up to a frame before it paints; nothing is painted more often for that.
_FRAMES = "120"


def configure_textual(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> None:
    """Have Textual paint soon, in no more colours than are wanted. Before it is imported: it looks only once."""
    environment.setdefault("TEXTUAL_FPS", _FRAMES)
    colours = "16" if settings.compact and settings.colours != "none" else settings.colours
    if colours == "none":
        environment["NO_COLOR"] = "1"
    elif colours != "auto":
        environment["TEXTUAL_COLOR_SYSTEM"] = _DEPTH[colours]


def display_palette(settings: Settings, dark_theme: bool, color_system: str | None) -> Palette:
    """The palette of the figures; `color_system` is what rich found the terminal to have."""
    dark = dark_theme if settings.palette == "auto" else settings.palette == "dark"
    colours = settings.colours
    if os.environ.get("NO_COLOR") or colours == "none":
        colours = "none"
    elif colours == "auto":
        colours = _COLOURS.get(color_system, "truecolor")
    return choose_palette(dark, colours, markers=display_markers(settings), compact=settings.compact)


def output_markers(settings: Settings, output: Path | None) -> Markers:
    """The glyphs of what is printed; a file is written in UTF-8, whatever the terminal can show."""
    return display_markers(settings) if output is None else display_markers(settings, {}, "utf-8")


def display_markers(
    settings: Settings, environment: Mapping[str, str] = os.environ, encoding: str | None = None
) -> Markers:
    """The finest glyphs to draw in: as set, else what the terminal's encoding (stdout's) and its font can show."""
    if settings.ascii:
        return "ascii"
    if settings.markers != "auto":
        return settings.markers
    encoding = encoding or getattr(sys.__stdout__, "encoding", None) or "utf-8"
    if codecs.lookup(encoding).name != "utf-8":
        return "ascii"
    # The kernel's own console has no braille.
    return "half" if environment.get("TERM") == "linux" else "braille"
