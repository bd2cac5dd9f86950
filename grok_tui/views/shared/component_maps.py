"""Maps over the 2-D Fourier components, with the key frequencies on the axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Readout, format_value
from grok_tui.views.shared.figure_labels import in_figure


def draw_component_map(
    values: NDArray[np.float64],
    keys: Sequence[int],
    width: int,
    height: int,
    palette: Palette,
    *,
    scale: Scale | None = None,
    legend: bool = True,
    axes_named: bool = True,
) -> Drawing:
    """Draw values [component_x, component_y], x across and y down, component 0 at the top left.

    The axes are labelled with the key frequencies k, at `cos k` and `sin k`; without key frequencies, with the
    numbers of the components.
    """
    names = [(2 * k - 1, str(k)) for k in keys] or None
    of = "frequency" if names else "component"
    drawing = heatmap(
        values.T,
        width,
        height,
        palette,
        scale=scale,
        y_label=f"{of} of x across, of y down" if axes_named else "",  # one label for both axes saves a line
        names=names,
        legend=legend,
        read=component_reader(values),
    )
    return in_figure(drawing, x_label=f"{of} of x", y_label=f"{of} of y", unit="mean square")


@lru_cache(maxsize=8)
def component_names(p: int) -> tuple[str, ...]:
    """The names of the p components: `const`, `cos 1`, `sin 1`, ..."""
    from engine.networks.fourier import component_name

    return tuple(component_name(component) for component in range(p))


def component_reader(values: NDArray[np.float64]) -> Callable[[int, int], Readout]:
    """Readouts for values [component_x, component_y] on a map with x across and y down."""

    def read(row: int, column: int) -> Readout:
        in_x, in_y = component_names(len(values))[column], component_names(len(values))[row]
        return Readout(f"{in_x} in x, {in_y} in y: {format_value(values[column, row])}")

    return read
