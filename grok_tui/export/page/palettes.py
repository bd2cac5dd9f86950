"""The light and the dark palette as JSON."""

from __future__ import annotations

from grok_tui.export.page.arrays import Json
from grok_tui.render.palette import choose_palette


def palettes_json() -> Json:
    """The colours of both themes, by the names that the page's style and script use."""
    return {name: _palette_json(dark) for name, dark in (("light", False), ("dark", True))}


def _palette_json(dark: bool) -> Json:
    palette = choose_palette(dark)
    return {
        "background": palette.background if dark else "#ffffff",
        "foreground": palette.foreground,
        "muted": palette.muted,
        "accent": palette.accent,
        "warning": palette.warning,
        "series": palette.series,
        "sequential": palette.sequential,
        "diverging": palette.diverging,
    }
