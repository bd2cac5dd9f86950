"""A figure of a drawing's plots below its title, with a caption, as the bytes of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from grok_tui.export.figures.body import Frame, draw_body
from grok_tui.export.figures.layout import arrange
from grok_tui.export.figures.options import FigureFormat, FigureStyle, NoFigure
from grok_tui.export.figures.reflow import reflowed
from grok_tui.export.figures.shared_scales import with_shared_scales
from grok_tui.export.figures.sizes import EstimatedSizes
from grok_tui.export.figures.style import Ink
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.cell_text import clean
from grok_tui.render.cells import Drawing
from grok_tui.render.palette import choose_palette
from grok_tui.render.plots import TextPlot

_POINTS_PER_CM = 72 / 2.54
_DPI = 300  # of a png


def draw_figure(drawing: Drawing, title: str, caption: Sequence[str], style: FigureStyle) -> Figure:
    """The plots of a drawing as a figure, without a caption if the style has none.

    Raises:
        NoFigure: the drawing has only text.
    """
    if all(isinstance(placed.plot, TextPlot) for placed in drawing.plots):
        raise NoFigure(
            "there is only text in this view, and nothing to plot; pass --format svg-screen for its look on a terminal."
        )
    ink = Ink(choose_palette(style.dark), style.font_size)
    width = style.width_cm * _POINTS_PER_CM
    pad = 0.3 * ink.font_size
    heads = ink.wrapped(typeset(title), width * 0.96, bold=True)
    notes = [line for text in caption for line in ink.wrapped(text, width * 0.96, small=True)] if style.caption else []
    top, bottom = (len(heads) + 0.6) * 1.3 * ink.font_size, (len(notes) + 0.8 * bool(notes)) * 1.35 * ink.small + pad
    sizes = EstimatedSizes(ink, 2 * width / max(drawing.width, 1))
    root = with_shared_scales(reflowed(arrange(drawing.plots), width, sizes.fits))
    with rc_context(ink.settings()):
        figure = Figure(figsize=(width / 72, width / 72))
        height = draw_body(figure, root, sizes, ink, Frame(width, pad, top, bottom))
        figure.text(
            pad / width, 1 - pad / height, "\n".join(heads), va="top", fontweight="bold", parse_math=False,
            in_layout=False,
        )  # fmt: skip
        figure.text(
            pad / width, pad / height, "\n".join(notes), va="bottom", fontsize=ink.small, color=ink.palette.muted,
            parse_math=False, in_layout=False, linespacing=1.25,
        )  # fmt: skip
    return figure


def render_figure(
    drawing: Drawing,
    title: str,
    caption: Sequence[str],
    provenance: Mapping[str, Any],
    form: FigureFormat,
    style: FigureStyle,
    *,
    dpi: int = _DPI,
) -> bytes:
    """The figure as a file, with its provenance in the metadata. The same numbers give the same bytes."""
    title = clean(title)
    figure = draw_figure(drawing, title, [clean(line) for line in caption], style)
    out = BytesIO()
    ink = Ink(choose_palette(style.dark), style.font_size)
    with rc_context(ink.settings()):
        figure.savefig(out, format=form, dpi=dpi, metadata=_metadata(form, title, caption, provenance))
    return out.getvalue()


def _metadata(
    form: FigureFormat, title: str, caption: Sequence[str], provenance: Mapping[str, Any]
) -> dict[str, str | None]:
    """Title, caption and, as JSON, the whole provenance, under the names of the format; no date."""
    program = f"grok-tui {provenance.get('version', '')}".strip()
    text, data = " · ".join(caption), json.dumps(provenance, default=str)
    if form == "pdf":
        return {"Title": title, "Subject": text, "Keywords": data, "Creator": program, "CreationDate": None}
    if form == "svg":
        return {"Title": title, "Description": text, "Identifier": data, "Creator": program, "Date": None}
    return {"Title": title, "Description": text, "Provenance": data, "Software": program}
