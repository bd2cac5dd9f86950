"""Fewer ticks on axes whose numbers would touch."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

_FEWEST = 1  # intervals between ticks


def thin_ticks(figure: Figure, font_size: float) -> None:
    """Give the axes of a figure that has been laid out fewer ticks until their numbers are apart."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            for count in range(len(axis.get_majorticklocs()) - 1, _FEWEST - 1, -1):
                locator = axis.get_major_locator()
                if not _collide(axis, 0.4 * font_size * figure.dpi / 72):
                    break
                if isinstance(locator, MaxNLocator):
                    locator.set_params(nbins=count)
                elif isinstance(locator, LogLocator):
                    locator.set_params(numticks=count)


def _collide(axis: Axis, gap: float) -> bool:
    """Whether two neighbouring numbers are closer than a gap in pixels."""
    boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_visible() and label.get_text()]
    across = isinstance(axis, XAxis)
    spans = sorted((box.x0, box.x1) if across else (box.y0, box.y1) for box in boxes)
    space = gap if across else 0.0
    return any(after[0] - before[1] < space for before, after in pairwise(spans))
