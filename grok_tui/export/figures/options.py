"""The settings of a figure, and whether figures can be drawn here. Imports no matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, get_args

from engine.errors import GrokError, WrongUsage

FigureFormat = Literal["png", "pdf", "svg"]
FIGURE_FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)
LAYOUT = (120, 40)  # columns and rows of cells that decide which parts a figure has, and their proportions
_WIDTHS, _FONT_SIZES = (4.0, 60.0), (4.0, 30.0)


@dataclass(frozen=True)
class FigureStyle:
    """How a figure looks: its background, width and font size, and whether it has a caption."""

    dark: bool = False
    width_cm: float = 16.0
    font_size: float = 8.0  # points
    caption: bool = True

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            WrongUsage: a number is out of range.
        """
        for option, value, (low, high) in (
            ("--width-cm", self.width_cm, _WIDTHS),
            ("--font-size", self.font_size, _FONT_SIZES),
        ):
            if not low <= value <= high:
                raise WrongUsage(f"{option} is between {low:g} and {high:g}; found {value:g}.")


class NoFigure(GrokError):
    """A figure cannot be drawn."""


def require_matplotlib(form: str) -> None:
    """Check that figures can be drawn.

    Raises:
        NoFigure: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise NoFigure(
            f"A figure as {form} needs matplotlib, which is not installed; run pip install 'grok-tui[figures]', "
            "or pass --format svg-screen for a picture of the terminal."
        )
