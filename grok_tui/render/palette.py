"""Palettes: the colours and glyphs of a drawing, chosen by the terminal and the user's settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from grok_tui.render.ascii_fallback import to_ascii
from grok_tui.render.cells import Style
from grok_tui.render.fit_text import fit_text
from grok_tui.render.ramps import (
    DARK_RAMPS,
    DARK_SERIES,
    DARK_SERIES_16,
    LIGHT_RAMPS,
    LIGHT_SERIES,
    LIGHT_SERIES_16,
    ColourDepth,
)

Markers = Literal["braille", "quadrant", "half", "ascii"]


@dataclass(frozen=True)
class Palette:
    """The colours ("#rrggbb") and glyphs of a drawing."""

    name: str
    dark: bool
    colours: ColourDepth  # with "none", shade glyphs and markers distinguish values and series
    markers: Markers  # the finest glyphs of curves; with "ascii" all text is ASCII, too
    whole_cells: bool  # maps show one value per cell even if two are possible
    foreground: str
    background: str
    muted: str
    accent: str
    warning: str
    series: tuple[str, ...]  # colour-blind safe line colours; those of key frequencies last, see `frequency_colours`
    sequential: tuple[str, ...]  # steps of magnitude, from a colour close to the background
    diverging: tuple[str, ...]  # an odd number of steps around zero, the middle close to the background
    cell_pixels: tuple[int, int] | None = None  # the size of a cell if maps have images; None: maps have none
    image_rows: int = 1  # a value in an image is a multiple of so many pixels high, if it is higher

    @property
    def colour(self) -> bool:
        """Whether drawings have colours."""
        return self.colours != "none"

    @property
    def tints(self) -> bool:
        """Whether there are enough colours for faint backgrounds."""
        return self.colours in ("truecolor", "256")

    @property
    def ascii(self) -> bool:
        """Whether drawings contain only ASCII."""
        return self.markers == "ascii"

    @property
    def rows_per_cell(self) -> int:
        """Rows of a map in one row of cells: 2 if half-blocks can be drawn, else 1."""
        return 2 if self.colour and not self.ascii and not self.whole_cells else 1

    def style(self, fg: str | None = None, bg: str | None = None, *, bold: bool = False) -> Style:
        """A style with these colours; a palette without colour drops them."""
        return Style(fg, bg, bold) if self.colour else Style(bold=bold)

    def text(self, text: str) -> str:
        """`text` in the glyphs of this palette."""
        return to_ascii(text) if self.ascii else text

    def fit(self, text: str, width: int) -> str:
        """`text` in the glyphs of this palette, cut to `width` cells: see `fit_text`."""
        return self.text(fit_text(text, width))

    def shades(self, diverging: bool) -> tuple[str, ...]:
        """The glyphs of a map without colour, one per level, from the low end of the scale to the high end."""
        if self.ascii:
            return tuple("O=- .+#") if diverging else tuple(" .:-=+*#%@")
        return tuple("#≡=- ░▒▓█") if diverging else tuple(" ░▒▓█")

    def series_markers(self) -> tuple[str, ...]:
        """The markers of a chart's series in order: the finest dots, or one glyph per series. They repeat."""
        if self.ascii:
            return ("*", "+", "o", "x", "#", "%", "@", "=")
        return (self.markers,) if self.colour else (self.markers, "•", "+", "×", "o", "#", "%", "@")


def mix(first: str, second: str, share: float) -> str:
    """Mix two colours: `share` 0 is the first, 1 the second.

    >>> mix("#000000", "#ff8000", 0.5)
    '#804000'
    """
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
# Without colour; an exported image is black on white.
MONO = replace(
    LIGHT,
    name="mono",
    colours="none",
    foreground="#000000",
    background="#ffffff",
    muted="#000000",
    accent="#000000",
    warning="#000000",
    series=("#000000",) * len(LIGHT_SERIES),
)
ASCII = replace(MONO, name="ascii", markers="ascii")


def choose_palette(
    dark: bool = True, colours: ColourDepth = "truecolor", *, markers: Markers = "braille", compact: bool = False
) -> Palette:
    """The palette for a dark or light background, a number of colours, and the finest markers.

    With `markers="ascii"` all text is ASCII, with or without colour. `compact` is for slow connections: 16 colours and
    one value per cell.
    """
    if colours == "none":
        return replace(MONO, dark=dark, name="ascii" if markers == "ascii" else "mono", markers=markers)
    depth: ColourDepth = "16" if compact else colours
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
