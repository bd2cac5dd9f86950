"""One input: the network's logits, the logit formula, and what contributes to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.maps.scale import Scale
from grok_tui.render.operation_signs import result_of_pair
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, Value, draw_table
from grok_tui.views.shared.comparison_scales import Scaled
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import About, ComparisonMethods, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.pair import PairReading
    from grok_tui.session.selection import Selection

_TABLE_COLUMNS = 34  # of the tables beside the chart


@dataclass(frozen=True, eq=False)
class PairAnswer(Scaled):
    epoch: int
    task: str  # such as `3 + 4`
    reading: PairReading
    positions: tuple[str, ...]  # the token at each position of the prompt
    cluster: dict[int, int]  # of the top neurons: the key frequency of their cluster, 0 for the rest
    no_formula: str | None  # why the formula does not apply


def query(explorer: Explorer, selection: Selection) -> PairAnswer:
    from engine.metrics.logit_formula import logit_formula
    from engine.metrics.neuron_clusters import membership
    from engine.metrics.pair import read_pair

    epoch, config = selection.epoch, explorer.run.config
    keys, summary = explorer.keys(selection.reference_epoch), explorer.summary(epoch)
    fitted = {} if summary.logit_sums is None else logit_formula(summary.logit_sums, keys)[0]
    reading = read_pair(explorer.network_of_all_tokens(epoch), fitted, selection.x, selection.y)
    member_of = membership(summary.neurons, keys)
    cluster = {neuron: int(member_of[neuron]) for neuron, _, _ in reading.top_neurons or ()}
    task = result_of_pair(config.operation, selection.x, selection.y)
    no_formula = explorer.config.task.no_sum_directions
    if explorer.order.index_of(reading.answer) is None:
        no_formula = f"no formula: {reading.answer} has no logarithm"
    return PairAnswer(epoch, task, reading, config.positions, cluster, no_formula)


def title(answer: PairAnswer) -> str:
    return f"{answer.task} · epoch {answer.epoch:,}"


def draw(answer: PairAnswer, width: int, height: int, palette: Palette) -> Drawing:
    lines = 1 if height < 12 else 3
    room = max(height - flow(_facts(answer), width, palette, lines).height, 1)
    tables: list[Drawing] = []
    if width >= 2 * _TABLE_COLUMNS + 10 and room >= 12:
        tables = _tables_in_column(answer, _TABLE_COLUMNS, room, palette)
        chart = _chart(answer, width - _TABLE_COLUMNS - 2, room, palette)
        body = beside(chart, above(*tables, gap=1), gap=2)
    elif room >= 16:
        rows = min(max(room - 19, 7), 17)
        tables = _tables_in_row(answer, width, rows, palette)
        body = above(_chart(answer, width, room - rows - 1, palette), beside(*tables, gap=2), gap=1)
    elif width >= 2 * _TABLE_COLUMNS:
        tables = _tables_in_row(answer, width // 2, room, palette)
        right = beside(*tables, gap=2)
        body = beside(_chart(answer, width - right.width - 2, room, palette), right, gap=2)
    else:
        body = _chart(answer, width, room, palette)
    head = flow([*_facts(answer), *_omitted(len(_tables(answer)) - len(tables))], width, palette, lines)
    return fit(above(head, body), width, height)


def _omitted(count: int) -> list[str]:
    """A note on tables that do not fit."""
    return [f"{count} more table{'s' * (count > 1)} in a larger pane"] if count else []


def _facts(answer: PairAnswer) -> list[str]:
    reading = answer.reading
    p = len(reading.logits)
    verdict = "right" if reading.winner == reading.answer else f"wrong: {reading.answer} is right"
    facts = [
        f"{answer.task} = {reading.answer} (mod {p})",
        f"network predicts {reading.winner}, {verdict}",
        f"margin {reading.margin:.3g}",
    ]
    if reading.parts:
        facts.append(f"formula predicts {reading.formula_winner}")
    return facts if answer.no_formula is None else [*facts, answer.no_formula]


def _chart(answer: PairAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Logits and formula one below the other on equal axes; in a low chart the formula as points over the logits."""
    reading = answer.reading
    z = np.arange(len(reading.logits), dtype=np.float64)
    logits = Series("logits", z, reading.logits, colour=0)
    formula = Series("formula", z, reading.formula, colour=1, kind="points")
    low, high = answer.limits("reading") or _range(answer)
    pad = 0.04 * max(high - low, 1e-9)
    limits = low - pad, high + pad

    def chart(series: list[Series], rows: int) -> Drawing:
        drawn = line_chart(series, width, rows, palette, x_label="z", y_label="logit", y_range=limits)
        return drawn.with_cursor(reading.answer, palette, str(reading.answer))

    if not reading.parts:
        return chart([logits], height)
    if height < 18:
        return chart([logits, formula], height)
    return above(chart([logits], height - height // 2), chart([replace(formula, kind="line")], height // 2))


def _range(*answers: PairAnswer) -> tuple[float, float]:
    values = np.concatenate([part for answer in answers for part in (answer.reading.logits, answer.reading.formula)])
    return float(np.nanmin(values)), float(np.nanmax(values))


def _align(a: PairAnswer, b: PairAnswer) -> tuple[PairAnswer, PairAnswer]:
    scales = {"reading": Scale(*_range(a, b), False)}
    return replace(a, scales=scales), replace(b, scales=scales)


def _parts(answer: PairAnswer) -> Table:
    """Each frequency's part of the right answer's logit, by the formula."""
    reading = answer.reading
    rows = tuple((str(k), float(part[reading.answer])) for k, part in reading.parts.items())
    total = ("all", float(reading.formula[reading.answer]))
    model = ("model", float(reading.logits[reading.answer]))
    return Table((Column("freq"), Column("part", format=".2f")), (*rows, total, model) if rows else (model,))


def _tables(answer: PairAnswer) -> list[tuple[Table, int]]:
    """The tables beside the chart and their widths; without those that the network has no part for."""
    tables = [(_parts(answer), 12)]
    if answer.reading.attention is not None:
        tables.append((_attention(answer, answer.reading.attention), 4 + 6 * len(answer.positions)))
    if answer.reading.top_neurons is not None:
        tables.append((_neurons(answer, answer.reading.top_neurons), 26))
    return tables


def _attention(answer: PairAnswer, pattern: NDArray[np.float64]) -> Table:
    columns = (Column("head"), *(Column(f"to {name}", format=".2f") for name in answer.positions))
    rows: list[tuple[Value, ...]] = [(str(head), *row) for head, row in enumerate(pattern.tolist())]
    return Table(columns, tuple(rows))


def _neurons(answer: PairAnswer, top_neurons: tuple[tuple[int, float, float], ...]) -> Table:
    """The neurons with the largest part of the right answer's logit."""
    columns = (Column("neuron"), Column("freq"), Column("vote", format=".2f"), Column("act.", format=".2f"))
    rows = (
        (str(neuron), str(answer.cluster[neuron] or "rest"), vote, activation)
        for neuron, activation, vote in top_neurons
    )
    return Table(columns, tuple(rows))


def _tables_in_column(answer: PairAnswer, width: int, height: int, palette: Palette) -> list[Drawing]:
    """The tables for one column, as much of the last one as fits."""
    drawings, left = [], height
    for content, _ in _tables(answer):
        rows = min(len(content.rows) + 1, left)
        if rows >= 3:
            drawings.append(draw_table(content, width, rows, palette))
            left -= rows + 1
    return drawings


def _tables_in_row(answer: PairAnswer, width: int, height: int, palette: Palette) -> list[Drawing]:
    """The tables for one row, as many as fit; neurons without their activations if necessary."""
    tables = _tables(answer)
    if answer.reading.top_neurons is not None and sum(columns + 2 for _, columns in tables) - 2 > width:
        neurons, _ = tables[-1]
        tables[-1] = Table(neurons.columns[:3], tuple(row[:3] for row in neurons.rows)), 18
    drawings, left = [], width
    for content, columns in tables:
        if columns <= left:
            drawings.append(draw_table(content, columns, min(len(content.rows) + 1, height), palette))
            left -= columns + 2
    return drawings


def table(answer: PairAnswer) -> Table:
    reading = answer.reading
    parts = reading.parts
    columns = [Column("z", format="d"), Column("logit", format=".3f"), Column("formula", format=".3f")]
    columns += [Column(f"part_{k}", format=".3f") for k in parts]
    formula = reading.formula.tolist() if parts else [nan] * len(reading.logits)
    values = zip(reading.logits.tolist(), formula, *(part.tolist() for part in parts.values()), strict=True)
    rows = tuple((z, logit, *map(none_if_nan, parts)) for z, (logit, *parts) in enumerate(values))
    return Table(tuple(columns), rows)


VIEW = View(
    name="pair",
    about=About(
        shows=(
            "One input x, y: the network's answer, the formula's answer, and what contributes to them. The chart has "
            "the logits over the answers z and the formula, on one scale; the vertical line is the right answer. "
            "Tables, as far as there is room: each frequency's part of the answer's logit, attention by head, and "
            "the neurons with the largest votes."
        ),
        definition=(
            "Logits are those of all answers, minus their mean over z. The formula:\n"
            "  sum over key frequencies k of c_k cos w_k(x ± y - z)\n"
            "with w_k = 2 pi k / p and c_k fitted by least squares to the logits of all pairs.\n"
            "  part of k: c_k, since at the answer every cosine is 1; all: their sum; model: the network's logit "
            "there\n"
            "  margin: the largest logit over the next (`ablation` has the right answer's over the best other, below "
            "0 where the network is wrong)\n"
            "  vote: activation × (weight on the answer - mean weight on all z); those listed are largest, of either "
            "sign"
        ),
        reading=(
            "Before grokking the logits are ragged and, for test pairs, the largest is elsewhere; for train pairs it "
            "is right by memory, and the formula has little to do with it. After grokking there is one peak at the "
            "right answer, and logits and formula have the same hills and valleys. The formula can be right long "
            "before the network is: memorisation then drowns it out. Try y + 1 for y: the formula moves along by one "
            "z."
        ),
    ),
    keys=("pair.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(align=_align),
)
