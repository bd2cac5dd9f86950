"""What all parts of a figure share: palette, size of the text, and the estimated width of a text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.palette import Palette

_FONT = "DejaVu Sans"  # comes with matplotlib, so that a figure looks the same everywhere


@dataclass(frozen=True)
class Ink:
    """The palette and the font size, in points, of a figure."""

    palette: Palette
    font_size: float

    @property
    def small(self) -> float:
        """The size of secondary text."""
        return 0.85 * self.font_size

    @property
    def smallest(self) -> float:
        """The size of names inside a chart."""
        return 0.75 * self.font_size

    @property
    def background(self) -> str:
        """White paper, or the dark background of the palette."""
        return self.palette.background if self.palette.dark else "#ffffff"

    def series(self, index: int) -> str:
        """A series colour."""
        return self.palette.series[index % len(self.palette.series)]

    def colour_map(self, diverging: bool) -> LinearSegmentedColormap:
        """The colours of maps, without steps between those of the palette."""
        colours = self.palette.diverging if diverging else self.palette.sequential
        return LinearSegmentedColormap.from_list("grok-tui", colours)

    def width(self, text: str, size: float | None = None) -> float:
        """The width of a text in points, by default in the size of the main text."""
        return text_width(text) * (self.font_size if size is None else size)

    def wrapped(self, text: str, width: float, *, small: bool = False, bold: bool = False) -> list[str]:
        """The lines of a text in a width in points."""
        size = self.small if small else self.font_size
        lines: list[str] = []
        for word in text.split(" "):
            if lines and text_width(f"{lines[-1]} {word}", bold) * size <= width:
                lines[-1] = f"{lines[-1]} {word}"
            else:
                lines.append(word)
        return lines

    def broken(self, label: str, width: float) -> str:
        """The label of an axis, with its signs, in as many lines as a width in points requires."""
        return "\n".join(self.wrapped(typeset(label), width))

    def settings(self) -> dict[Any, Any]:
        """The settings of matplotlib that give the text, the frame and the ticks this style, by their names."""
        ink, muted = self.palette.foreground, self.palette.muted
        return {
            "font.family": "sans-serif",
            "font.sans-serif": [_FONT],
            "font.size": self.font_size,
            "axes.titlesize": self.font_size,
            "axes.labelsize": self.font_size,
            "xtick.labelsize": self.small,
            "ytick.labelsize": self.small,
            "legend.fontsize": self.small,
            "figure.facecolor": self.background,
            "savefig.facecolor": self.background,
            "axes.facecolor": self.background,
            "text.color": ink,
            "text.hinting": "none",  # else a png has wider texts than the layout allows for
            "axes.labelcolor": ink,
            "axes.edgecolor": muted,
            "xtick.color": muted,
            "ytick.color": muted,
            "xtick.labelcolor": ink,
            "ytick.labelcolor": ink,
            "axes.linewidth": 0.6,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.minor.width": 0.4,
            "ytick.minor.width": 0.4,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "xtick.minor.size": 1.5,
            "ytick.minor.size": 1.5,
            "lines.linewidth": 1.1,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.unicode_minus": True,
            "mathtext.default": "regular",
            "pdf.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "grok-tui",
        }


@lru_cache(maxsize=4096)
def text_width(text: str, bold: bool = False) -> float:
    """The width of a text in font sizes."""
    font = FontProperties(family=_FONT, size=100, weight="bold" if bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 100
