"""The options of figures for a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Parameter

from engine import WrongUsage
from grok_tui.cli import option_groups
from grok_tui.export.figures.options import FIGURE_FORMATS, FigureFormat, FigureStyle, require_matplotlib


@Parameter(name="*", group=option_groups.OUTPUT)
@dataclass(frozen=True)
class FigureStyleOptions:
    """Width, font size and caption of a png, pdf or svg."""

    width_cm: Annotated[float | None, Parameter(help="of a png, pdf or svg; default: 16")] = None
    font_size: Annotated[float | None, Parameter(help="of a png, pdf or svg, in points; default: 8")] = None
    no_caption: Annotated[bool, Parameter(help="no provenance below a png, pdf or svg; its metadata keep it")] = False

    def style(self, theme: Literal["light", "dark"] | None) -> FigureStyle:
        """The style; light unless the theme is dark.

        Raises:
            WrongUsage: a number is out of range.
        """
        default = FigureStyle()
        return FigureStyle(
            dark=theme == "dark",
            width_cm=default.width_cm if self.width_cm is None else self.width_cm,
            font_size=default.font_size if self.font_size is None else self.font_size,
            caption=not self.no_caption,
        )


DEFAULT_FIGURE_STYLE = FigureStyleOptions()


def figure_format(form: str, options: FigureStyleOptions) -> FigureFormat | None:
    """The format if it is one of figures, else None.

    Raises:
        WrongUsage: options of figures with another format.
        NoFigure: matplotlib is not installed.
    """
    found = next((name for name in FIGURE_FORMATS if name == form), None)
    if found is None and options != DEFAULT_FIGURE_STYLE:
        raise WrongUsage(
            "--width-cm, --font-size and --no-caption are of png, pdf and svg; "
            f"found the format {form}, pass --format png, pdf or svg."
        )
    if found is not None:
        require_matplotlib(found)
    return found
