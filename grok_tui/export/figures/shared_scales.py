"""One colour scale for maps side by side that have the same, beside the last of them."""

from __future__ import annotations

from dataclasses import replace

from grok_tui.export.figures.layout import Group, Part
from grok_tui.render.maps.scale import Scale
from grok_tui.render.plots import MapPlot, PlacedPlot


def with_shared_scales(part: Part) -> Part:
    """The part without the colour scales that the last map of a row has as well.

    A row with maps of several scales keeps them all, so that each has its own beside it.
    """
    if isinstance(part, PlacedPlot):
        return part
    parts = tuple(map(with_shared_scales, part.parts))
    if part.direction == "across":
        scales = {number: scale for number, inner in enumerate(parts) if (scale := _scale(inner)) is not None}
        if len(scales) > 1 and len(set(scales.values())) == 1:
            last = max(scales)
            parts = tuple(inner if number == last else _without_scale(inner) for number, inner in enumerate(parts))
    return Group(parts, part.direction)


def _scale(part: Part) -> Scale | None:
    return part.plot.scale if isinstance(part, PlacedPlot) and isinstance(part.plot, MapPlot) else None


def _without_scale(part: Part) -> Part:
    if isinstance(part, PlacedPlot) and isinstance(part.plot, MapPlot):
        return part._replace(plot=replace(part.plot, legend=False))
    return part
