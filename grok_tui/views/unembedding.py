"""The unembedding: one dimension over the answers, its transform, and the transform of all dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, Value
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.component_bars import draw_component_bars
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_lines import TokenLine, draw_token_lines, token_line_table, token_lines
from grok_tui.views.view import DIMENSION_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_MIN_HEIGHT = 14  # lines below which only the row is drawn
_MIN_SIDE_BY_SIDE = 90  # columns for two bar charts side by side
_MIN_STACKED = 21  # lines for three charts in a column


@dataclass(frozen=True, eq=False)
class UnembeddingAnswer(Scaled):
    epoch: int
    dimension: int
    keys: tuple[int, ...]
    row: TokenLine  # over the answers z
    energy: NDArray[np.float64]  # [component] of the row, squared
    norms: NDArray[np.float64]  # [component] of all rows: squared norms
    axis: TokenAxis


def query(explorer: Explorer, selection: Selection) -> UnembeddingAnswer:
    from engine.metrics.circuits import tuning_of_lines
    from engine.metrics.norms import unembedding_norms
    from engine.networks.fourier import dft1

    dimension = selection.dimension
    explorer.check.dimension(dimension)
    W_U = explorer.unembedding(selection.epoch)
    row = W_U[dimension, :, None]
    (line,) = token_lines([f"dimension {dimension}"], row.double().cpu().numpy(), tuning_of_lines(row))
    return UnembeddingAnswer(
        selection.epoch,
        dimension,
        explorer.keys(selection.reference_epoch),
        line,
        dft1(row[:, 0].double()).square().cpu().numpy(),
        unembedding_norms(W_U).double().cpu().numpy(),
        TokenAxis.of(explorer, selection, line.frequency),
    )


def title(answer: UnembeddingAnswer) -> str:
    return f"unembedding dimension {answer.dimension} · epoch {answer.epoch:,}"


def draw(answer: UnembeddingAnswer, width: int, height: int, palette: Palette) -> Drawing:
    if height < _MIN_HEIGHT:
        return _line(answer, width, height, palette)
    if width >= _MIN_SIDE_BY_SIDE:
        rows = height // 2
        half = (width - 2) // 2
        bars = beside(_row_bars(answer, half, rows, palette), _norm_bars(answer, half, rows, palette), gap=2)
        return fit(above(_line(answer, width, height - rows, palette), bars), width, height)
    if height < _MIN_STACKED:
        rows = height // 2
        return above(_line(answer, width, height - rows, palette), _row_bars(answer, width, rows, palette))
    rows = height // 3
    line = _line(answer, width, height - 2 * rows, palette)
    return above(line, _row_bars(answer, width, rows, palette), _norm_bars(answer, width, rows, palette))


def _line(answer: UnembeddingAnswer, width: int, height: int, palette: Palette) -> Drawing:
    return draw_token_lines(
        [answer.row],
        answer.axis,
        width,
        height,
        palette,
        y_label="W_U, to logit z",
        token="z",
        limits=answer.limits("row"),
    )


def _row_bars(answer: UnembeddingAnswer, width: int, height: int, palette: Palette) -> Drawing:
    name = f"dimension {answer.dimension}, squared"
    limits = answer.limits("energy")
    return draw_component_bars([name], answer.energy[None], answer.keys, width, height, palette, limits=limits)


def _norm_bars(answer: UnembeddingAnswer, width: int, height: int, palette: Palette) -> Drawing:
    name, limits = "all of W_U, squared norm", answer.limits("norms")
    return draw_component_bars([name], answer.norms[None], answer.keys, width, height, palette, limits=limits)


def table(answer: UnembeddingAnswer) -> Table:
    from engine.networks.fourier import component_name

    columns = (*(Column(name) for name in ("quantity", "z", "component", "name")), Column("value", format=".4g"))
    rows: list[tuple[Value, ...]] = [
        ("row", z, None, None, value) for z, value in token_line_table([answer.row], answer.axis).rows
    ]
    for quantity, values in (("row_squared", answer.energy), ("squared_norm", answer.norms)):
        names = [component_name(component) for component in range(len(values))]
        rows.extend((quantity, None, i, names[i], value) for i, value in enumerate(values.tolist()))
    return Table(columns, tuple(rows), keys=4)


VIEW = View(
    name="unembedding",
    about=About(
        shows=(
            "What the unembedding writes: one dimension over the answers, and its transform. Above: the selected "
            "dimension's row of W_U, answers z across. Below left: that row by Fourier component, squared; below "
            "right: the same for all dimensions together; key frequencies highlighted. A small pane has fewer of "
            "these."
        ),
        definition=(
            "With u the row of W_U of dimension d over z = 0 to p-1 and B the orthonormal real Fourier basis over z:\n"
            "  row: u(z), what 1 in dimension d of the residual stream adds to the logit of z\n"
            "  dimension d, squared: (B u)_i^2 per component i\n"
            "  all of W_U: ||(B W_U^T)_i||^2, the sum of that over all dimensions\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p. Unwrapped order "
            "({map.unwrap}) sorts z by k × z mod p, k the row's strongest frequency."
        ),
        reading=(
            "At epoch 0 it is noise, and all components are alike. After grokking all of W_U is in the key "
            "frequencies, five pairs of bars of about one height in the study's run, cleaner than the embedding; a "
            "single dimension mixes several of them. This is the study's cos w_k z and sin w_k z: what turns cos and "
            "sin of w_k(x ± y) in the neurons into cos w_k(x ± y - z)."
        ),
    ),
    needs=("W_U",),
    keys=(*DIMENSION_KEYS, "map.unwrap", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("row", "energy", "norms"),
)
