"""The norms of the Fourier components of the embedding over epochs: when each frequency appears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit, put
from grok_tui.render.frequency_colours import frequency_style
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import MapLayout, layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.plots import MapPlot
from grok_tui.render.readout import Readout, format_value
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.component_maps import component_names
from grok_tui.views.shared.epoch_charts import heading
from grok_tui.views.shared.epoch_curves import run_metrics_so_far
from grok_tui.views.shared.epoch_strips import (
    EpochMarks,
    by_marked_epochs,
    column_of,
    column_readout,
    pointers,
    resample_to_columns,
    with_epoch_cursor,
)
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_X_LABEL, _Y_LABEL = "epoch", "k"


@dataclass(frozen=True, eq=False)
class ComponentNorms:
    """The squared norm of each component of the embedding over the measured epochs."""

    run_metrics: RunMetricsSnapshot
    epochs: NDArray[np.float64]  # [epoch]
    squared: NDArray[np.float64]  # [component, epoch]


@dataclass(frozen=True, eq=False)
class EmbeddingHistoryAnswer(EpochMarks):
    keys: tuple[int, ...]
    norms: ComponentNorms


def query(explorer: Explorer, selection: Selection) -> EmbeddingHistoryAnswer:
    run_metrics = run_metrics_so_far(explorer, selection, "embedding-history")
    norms = _norms(run_metrics, explorer.config.p)
    return EmbeddingHistoryAnswer(selection.epoch, explorer.keys(selection.reference_epoch), norms)


@lru_cache(maxsize=8)
def _norms(run_metrics: RunMetricsSnapshot, p: int) -> ComponentNorms:
    squared = np.array([metrics.report["embedding_norms"] for metrics in run_metrics.metrics], dtype=np.float64)
    return ComponentNorms(run_metrics, np.array(run_metrics.epochs, dtype=np.float64), squared.reshape(-1, p).T)


def title(answer: EmbeddingHistoryAnswer) -> str:
    return f"embedding norms by frequency over epochs · epoch {answer.epoch:,}"


def draw(answer: EmbeddingHistoryAnswer, width: int, height: int, palette: Palette) -> Drawing:
    norms = answer.norms
    facts = [
        "norm of W_E on each Fourier component",
        f"◂ key: {', '.join(map(str, answer.keys)) or 'none'}",
    ]
    top = heading(norms.run_metrics, width, height, palette, [palette.text(fact) for fact in facts])
    if not len(norms.epochs):
        return fit(top, width, height)
    body, plot = _map(norms, width, max(height - top.height - 1, 1), palette)
    for k in answer.keys:
        column, row = plot.left + plot.columns, plot.cell_of(2 * k - 1, 0)[1]
        body = put(body, column, row, palette.text("◂"), frequency_style(k, answer.keys, palette))
    body = body.showing(_plot(answer, palette))
    columns = [column_of(epoch, norms.epochs, plot.columns) for epoch in answer.marked_epochs]
    above_map = pointers([None if c is None else plot.left + c for c in columns], width, answer.marked_epochs, palette)
    return fit(above(top, above_map, body), width, height)


def _plot(answer: EmbeddingHistoryAnswer, palette: Palette) -> MapPlot:
    """All checkpoints, each at its epoch, with the key frequencies on the axis."""
    shown = np.sqrt(answer.norms.squared)
    return MapPlot(
        shown,
        Scale.of(shown, diverging=False, unit="norm"),
        _X_LABEL,
        "frequency k" if answer.keys else "component",
        x=answer.norms.epochs,
        y_names=[(2 * k - 1, str(k)) for k in answer.keys] or None,
        y_styles=[frequency_style(k, answer.keys, palette) for k in answer.keys],
        cursors=tuple(map(float, answer.marked_epochs)),
    )


@lru_cache(maxsize=8)  # an epoch step moves the pointer, not the map
def _map(norms: ComponentNorms, width: int, height: int, palette: Palette) -> tuple[Drawing, MapLayout]:
    shown = np.sqrt(norms.squared)
    p, scale = len(shown), Scale.of(shown, diverging=False)
    frequencies = (0.0, (p - 1) / 2)  # component 2k is sin k
    space = layout_map((p, 10**6), width, height, palette, scale=scale, y_label=_Y_LABEL, y_range=frequencies)
    by_column = resample_to_columns(shown, norms.epochs, max(space.columns, 1))
    plot = layout_map(
        (p, by_column.shape[1]), width, height, palette, scale=scale, y_label=_Y_LABEL, y_range=frequencies
    )
    ends = (float(norms.epochs[0]), float(norms.epochs[-1]))
    drawing = heatmap(
        by_column,
        width,
        height,
        palette,
        scale=scale,
        x_label=_X_LABEL,
        y_label=_Y_LABEL,
        x_range=ends,
        y_range=frequencies,
        read=_reader(norms, by_column),
    )

    def text_at(index: int, row: int) -> str:
        """The largest component of one checkpoint in a row of the map."""
        rows, _ = plot.block(0, row)
        component = rows.start + int(shown[rows, index].argmax())
        of_several = f" (largest of {rows.stop - rows.start})" if rows.stop - rows.start > 1 else ""
        return f"{component_names(p)[component]}: {format_value(shown[component, index])}{of_several}"

    return replace(drawing, areas=tuple(with_epoch_cursor(area, norms.epochs, text_at) for area in drawing.areas)), plot


def _reader(norms: ComponentNorms, by_column: NDArray[np.float64]) -> Callable[[int, int], Readout]:
    """Readouts of the values on the map. [component, column]"""

    def read(row: int, column: int) -> Readout:
        text = f"{component_names(len(by_column))[row]}: {format_value(by_column[row, column])}"
        return column_readout(column, norms.epochs, by_column.shape[1], text)

    return read


def table(answer: EmbeddingHistoryAnswer) -> Table:
    from engine.networks.fourier import component_name

    norms = answer.norms
    p = len(norms.squared)
    names = [component_name(component) for component in range(p)]
    rows = tuple(
        (int(epoch), component, names[component], value)
        for epoch, values in zip(norms.epochs, norms.squared.T.tolist(), strict=True)
        for component, value in enumerate(values)
    )
    columns = (Column("epoch", format=",d"), Column("component"), Column("name"), Column("norm_squared", format=".4g"))
    return Table(columns, rows, keys=3)


VIEW = View(
    name="embedding-history",
    about=About(
        shows=(
            "The Fourier components of the embedding over the epochs, in one map. Epochs across on a linear axis, each "
            "column the nearest checkpoint; components down, named by frequency k; the colour is the norm. The pointer "
            "above marks the epoch shown; marks on the right are the key frequencies."
        ),
        definition=(
            "With B the orthonormal real Fourier basis over the p tokens (0 the constant, 2k-1 cos w_k, 2k sin w_k):\n"
            "  colour = ||(B W_E)_i||, the table has its square\n"
            "The study's own plot over training multiplies by B transposed, which is not the transform; its other "
            "plot, at the last epoch, is right and agrees with this one."
        ),
        reading=(
            "At the left edge all components are alike. The key frequencies brighten long before the test loss falls; "
            "some others brighten too, and fade again. In the cleanup all but the key ones go dark. Two bright lines "
            "side by side are cos and sin of one frequency. In a small pane each cell shows its largest value; "
            "{crosshair} names the component and the epochs under it."
        ),
    ),
    needs=("W_E",),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=by_marked_epochs(lambda answer: answer.norms.run_metrics),
)
