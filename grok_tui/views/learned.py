"""When each pair was learned: a map over (x, y), and the share of train and test pairs learned by each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.chart import Axes, Series, line_chart
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import AxesChoice, heading
from grok_tui.views.shared.epoch_curves import phase_bands, run_metrics_so_far
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_maps import draw_token_map
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEAST_WIDTH = 36  # of a map or the chart
_TWO_MAPS = 56  # the least width of each of two maps
_LABELS = ("all pairs", "test pairs, train pairs left out")


@dataclass(frozen=True, eq=False)
class LearnedAnswer:
    epoch: int
    run_metrics: RunMetricsSnapshot
    learned: NDArray[np.float64]  # [x, y] in token order: epoch; NaN where a pair is not learned
    train: NDArray[np.bool_] | None  # [x, y] in token order
    frequency: int | None  # the first key frequency: that of unwrapped maps
    axis: TokenAxis
    axes: AxesChoice


def query(explorer: Explorer, selection: Selection) -> LearnedAnswer:
    run_metrics = run_metrics_so_far(explorer, selection, "learned")
    keys = explorer.keys(selection.reference_epoch)
    frequency = next(iter(keys), None)
    tokens, split = explorer.order.array, explorer.split
    in_order = np.ix_(tokens, tokens)
    learned = _learned(run_metrics)
    p = explorer.run.config.p
    return LearnedAnswer(
        selection.epoch,
        run_metrics,
        (np.full((p, p), np.nan) if learned is None else learned)[in_order],
        None if split is None else split.train[in_order],
        frequency,
        TokenAxis.of(explorer, selection, frequency),
        AxesChoice.of(selection),
    )


@lru_cache(maxsize=4)
def _learned(run_metrics: RunMetricsSnapshot) -> NDArray[np.float64] | None:
    from engine.explorer.learned_pairs import learned_at

    return learned_at(run_metrics)


def title(answer: LearnedAnswer) -> str:
    return f"when each pair was learned · epoch {answer.epoch:,}"


def draw(answer: LearnedAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = heading(answer.run_metrics, width, height, palette, _facts(answer))
    room = max(height - head.height, 1)
    grids = [answer.learned]
    if answer.train is not None:
        grids.append(np.where(answer.train, np.nan, answer.learned))
    if width < 2 * _LEAST_WIDTH + 2:
        chart = room // 3 if room >= 16 else 0
        parts = [_map(answer, 0, grids[0], width, room - chart, palette)]
        parts += [_chart(answer, width, chart, palette)] if chart else []
        return fit(above(head, *parts), width, height)
    chart = (width - 2) // 3
    if (width - chart - 4) // 2 < _TWO_MAPS:  # a coarser map shows only the last pairs that were learned
        grids = grids[:1]
    each = (width - chart) // len(grids) - 2
    maps = [_map(answer, index, grid, each, room, palette) for index, grid in enumerate(grids)]
    return fit(above(head, beside(*maps, _chart(answer, chart, room, palette), gap=2)), width, height)


def _facts(answer: LearnedAnswer) -> list[str]:
    facts = []
    for name, pairs in _groups(answer):
        learned = pairs[~np.isnan(pairs)]
        by_now = (learned <= answer.epoch).mean() * len(learned) / len(pairs) if len(learned) else 0.0
        middle = f", half of the learned by {np.median(learned):,.0f}" if len(learned) else ""
        facts.append(f"{name}: {by_now:.1%} learned by now, {len(learned) / len(pairs):.1%} in all{middle}")
    return facts


def _groups(answer: LearnedAnswer) -> Sequence[tuple[str, NDArray[np.float64]]]:
    if answer.train is None:
        return [("all pairs", answer.learned.ravel())]
    groups = (("train", answer.learned[answer.train]), ("test", answer.learned[~answer.train]))
    return [(name, pairs) for name, pairs in groups if len(pairs)]


def _map(
    answer: LearnedAnswer, index: int, grid: NDArray[np.float64], width: int, height: int, palette: Palette
) -> Drawing:
    epochs = answer.run_metrics.epochs
    last = np.nanmax(answer.learned) if not np.isnan(answer.learned).all() else 0.0  # nothing is learned later
    scale = Scale(float(epochs[0]), float(max(last, epochs[0])), False, "epoch") if epochs else None
    label = Drawing.of_lines([palette.fit(_LABELS[index], width)], width, palette.style(palette.foreground))
    body = draw_token_map(
        grid, answer.axis, width, max(height - 1, 1), palette, frequency=answer.frequency, scale=scale
    )
    return above(label, body)


def _chart(answer: LearnedAnswer, width: int, height: int, palette: Palette) -> Drawing:
    epochs = np.array(answer.run_metrics.epochs, dtype=np.float64)
    series = []
    for colour, (name, pairs) in enumerate(_groups(answer)):
        share = np.array([(pairs <= epoch).mean() for epoch in epochs])  # NaN is never less
        series.append(Series(name, epochs, share, colour))
    return line_chart(
        series,
        width,
        height,
        palette,
        x_label="epoch",
        y_label="share learned",
        axes=answer.axes.override(Axes()),
        y_range=(0.0, 1.0),
        bands=phase_bands(answer.run_metrics),
    ).with_cursor(answer.epoch, palette)


def table(answer: LearnedAnswer) -> Table:
    columns = (Column("x"), Column("y"), Column("train"), Column("learned_at", format=",.0f"))
    order = np.argsort(answer.axis.tokens)
    tokens, learned = answer.axis.tokens[order].tolist(), answer.learned[np.ix_(order, order)]
    train = None if answer.train is None else answer.train[np.ix_(order, order)]
    rows = tuple(
        (x, y, None if train is None else bool(train[i, j]), none_if_nan(learned[i, j]))
        for i, x in enumerate(tokens)
        for j, y in enumerate(tokens)
    )
    return Table(columns, rows, keys=2)


VIEW = View(
    name="learned",
    about=About(
        shows=(
            "At which epoch each pair was learned. First map: x across, y down, the colour from the first epoch to "
            "that of the last pair; empty where a pair is not learned. Second map: the same without the train pairs. "
            "Chart: the share of train and of test pairs that are learned by each epoch."
        ),
        definition=(
            "learned at = the first checkpoint from which at least 3 checkpoints in a row have the largest logit at "
            "the right answer. A guess is right once in p checkpoints, three in a row once in p³. A pair that is right "
            "from one of the last two checkpoints on counts as not learned. Only checkpoints are seen: between two of "
            "them the epoch is the later one. Unwrapped order ({map.unwrap}) sorts both axes by k × token mod p, k the "
            "first key frequency."
        ),
        reading=(
            "The train pairs are learned first, nearly at once: on the first map they are the dark points. Test pairs "
            "follow together at grokking, on the second map; if some follow later, look for their pattern in unwrapped "
            "order: pairs whose x and y are opposite on a circle, x - y near p/2 in that order, are the last of a "
            "pizza (see `algorithm`). A pair that is learned may be lost again later."
        ),
    ),
    keys=("epoch.reference", "map.unwrap", *AXIS_KEYS, "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
)
