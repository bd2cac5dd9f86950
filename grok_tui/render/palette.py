"""What a drawing may use: colours and glyphs, by what the terminal can show and the person wants to see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from grok_tui.render.ascii_fallback import to_ascii
from grok_tui.render.cells import Style
from grok_tui.render.ramps import (
    DARK_RAMPS,
    DARK_SERIES,
    DARK_SERIES_16,
    LIGHT_RAMPS,
    LIGHT_SERIES,
    LIGHT_SERIES_16,
    Colours,
)

Markers = Literal["braille", "quadrant", "half", "ascii"]


@dataclass(frozen=True)
class Palette:
    """What a drawing may use; colours are "#rrggbb"."""

    name: str
    dark: bool
    colours: Colours  # "none": no colour carries meaning, shade glyphs and markers do
    markers: Markers  # the finest glyphs there are; "ascii": nothing but ASCII
    whole_cells: bool  # a map shows one value a cell, where it could show two
    foreground: str
    background: str
    muted: str
    accent: str
    warning: str
    series: tuple[str, ...]  # colour-blind safe line colours
    sequential: tuple[str, ...]  # steps of magnitude, the low end close to the background
    diverging: tuple[str, ...]  # an odd number of steps around zero, the middle close to the background

    @property
    def colour(self) -> bool:
        return self.colours != "none"

    @property
    def ascii(self) -> bool:
        return self.markers == "ascii"

    @property
    def rows_per_cell(self) -> int:
        """Values of a map in one cell, one above the other."""
        return 2 if self.colour and not self.ascii and not self.whole_cells else 1

    def style(self, fg: str | None = None, bg: str | None = None, *, bold: bool = False) -> Style:
        """A style of these colours; without colour only boldness is left."""
        return Style(fg, bg, bold) if self.colour else Style(bold=bold)

    def text(self, text: str) -> str:
        """`text` in the glyphs this palette allows."""
        return to_ascii(text) if self.ascii else text

    def shades(self, diverging: bool) -> tuple[str, ...]:
        """One glyph a level, from the scale's low end to its high end, where colour is not to be used."""
        if self.ascii:
            return tuple("O=- .+#") if diverging else tuple(" .:-=+*#%@")
        return tuple("#≡=- ░▒▓█") if diverging else tuple(" ░▒▓█")

    def series_markers(self) -> tuple[str, ...]:
        """How the first, second, ... series of a chart is drawn: in dots of the finest kind, or in a glyph."""
        if self.ascii:
            return ("*", "+", "o", "x", "#", "%", "@", "=")
        return (self.markers,) if self.colour else (self.markers, "•", "+", "×", "o", "#", "%", "@")


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Perceived brightness, 0 black to 1 white."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


DARK = Palette(
    name="dark",
    dark=True,
    colours="truecolor",
    markers="braille",
    whole_cells=False,
    foreground="#d5dae1",
    background="#11151a",
    muted="#8a94a1",
    accent="#f0b429",
    warning="#ff7f66",
    series=DARK_SERIES,
    sequential=DARK_RAMPS["truecolor"].sequential,
    diverging=DARK_RAMPS["truecolor"].diverging,
)
LIGHT = replace(
    DARK,
    name="light",
    dark=False,
    foreground="#22272e",
    background="#fbfaf6",
    muted="#68707b",
    accent="#8a5a00",
    warning="#b3261e",
    series=LIGHT_SERIES,
    sequential=LIGHT_RAMPS["truecolor"].sequential,
    diverging=LIGHT_RAMPS["truecolor"].diverging,
)
# Without colour: black on white where a picture of it is made.
MONO = replace(
    LIGHT,
    name="mono",
    colours="none",
    foreground="#000000",
    background="#ffffff",
    muted="#000000",
    accent="#000000",
    warning="#000000",
    series=("#000000",) * 8,
)
ASCII = replace(MONO, name="ascii", markers="ascii")


def choose_palette(
    dark: bool = True, colours: Colours = "truecolor", *, markers: Markers = "braille", compact: bool = False
) -> Palette:
    """The palette for a background, a terminal's colours and glyphs, and what the person wants.

    `markers` "ascii" is for fonts and lines that carry nothing else, with or without colour. `compact` is for slow
    lines: 16 colours and one value a cell.
    """
    if colours == "none":
        return replace(MONO, dark=dark, name="ascii" if markers == "ascii" else "mono", markers=markers)
    depth: Colours = "16" if compact else colours
    base, ramps = (DARK, DARK_RAMPS) if dark else (LIGHT, LIGHT_RAMPS)
    chosen = replace(
        base,
        colours=depth,
        markers=markers,
        whole_cells=compact,
        sequential=ramps[depth].sequential,
        diverging=ramps[depth].diverging,
    )
    if depth != "16":
        return chosen
    return replace(
        chosen,
        foreground="#ffffff" if dark else "#000000",
        background="#000000" if dark else "#ffffff",
        muted="#c8c8c8" if dark else "#6a6a6a",
        accent="#ffff2a" if dark else "#bc00bc",
        warning="#ff2a2a" if dark else "#bc0000",
        series=DARK_SERIES_16 if dark else LIGHT_SERIES_16,
    )
