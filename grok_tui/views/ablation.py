"""The ablation view: ablate parts of the network, and compare loss and logits with the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.metrics.ablation_spec import Ablation
from grok_tui.render.cells import Drawing, Line, Span, above, beside, fit
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.fit_text import fit_text
from grok_tui.render.operation_signs import result_of_pair
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TablePlot
from grok_tui.render.table import Column, Table, Value
from grok_tui.render.truncation import truncate_with_note
from grok_tui.session.ablation_selection import ablation_json, ablation_text
from grok_tui.views.shared.ablation_parts import (
    NEURON_COLUMNS,
    PART_COLUMNS,
    Part,
    draw_parts,
    query_parts,
)
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.replacement_losses import (
    Replacement,
    draw_replacements,
    query_replacements,
    replacement_rows,
)
from grok_tui.views.view import ABLATION_KEYS, HEAD_KEYS, NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.ablation_evaluator import AblationResult, Evaluation
    from grok_tui.session.selection import Selection

_GAP = 2
_MIN_CHART = (40, 7)  # columns and lines
_MIN_TABLES = 5  # lines of parts and metrics under the losses by replacement
_MIN_NAME, _MAX_NAME = 10, 18  # columns of a metric's name
_NUMBER_COLUMNS = 9  # of each number with its gap


@dataclass(frozen=True, eq=False)
class AblationAnswer:
    epoch: int
    ablation: Ablation
    task: str  # such as `3 + 4`
    parts: tuple[Part, ...]
    result: AblationResult
    replacements: tuple[Replacement, ...]  # the losses by what replaces the ablated parts; empty if nothing is ablated


def query(explorer: Explorer, selection: Selection) -> AblationAnswer:
    epoch, reference_epoch, ablation = selection.epoch, selection.reference_epoch, selection.ablation
    result = explorer.ablate(epoch, reference_epoch, ablation, selection.x, selection.y)
    clusters = explorer.clusters(epoch, reference_epoch)
    task = result_of_pair(explorer.run.config.operation, selection.x, selection.y)
    replacements = query_replacements(explorer, selection, result.ablated.scores.loss)
    parts = query_parts(clusters, explorer.run.config, selection)
    return AblationAnswer(epoch, ablation, task, parts, result, replacements)


def title(answer: AblationAnswer) -> str:
    return f"ablation · epoch {answer.epoch:,}"


def draw(answer: AblationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The ablated parts in words; the losses by replacement; parts beside metrics; the pair's logits where they fit."""
    head = _head(answer, width, palette, most=2 if height > 8 else 1)
    losses = draw_replacements(answer.replacements, answer.result.original.scores.loss, width, palette)
    in_metrics = losses is None or height - head.height - losses.height - 1 < _MIN_TABLES
    if losses is not None and not in_metrics:
        head = above(head, losses, Drawing.of_lines([""], width))
    room = max(height - head.height, 1)
    least_beside = PART_COLUMNS + 1 + _MIN_NAME + 2 * _NUMBER_COLUMNS
    if width < least_beside:
        metrics = _metrics(answer, width, room, palette, in_metrics)
        left = room - metrics.height - 1
        below = [draw_parts(answer.parts, width, left, palette)] if left >= 3 else []
        return fit(above(head, above(metrics, *below, gap=1)), width, height)
    wide = width >= least_beside + NEURON_COLUMNS + _NUMBER_COLUMNS + _GAP
    parts_width = PART_COLUMNS + NEURON_COLUMNS * wide
    parts = draw_parts(answer.parts, parts_width, room, palette)
    gap = _GAP if wide else 1
    tables = beside(parts, _metrics(answer, width - parts_width - gap, room, palette, in_metrics), gap=gap)
    left = room - tables.height - 1
    if width < _MIN_CHART[0] or left < _MIN_CHART[1]:
        return fit(above(head, tables), width, height)
    return fit(above(head, above(tables, _chart(answer, width, left, palette), gap=1)), width, height)


def _head(answer: AblationAnswer, width: int, palette: Palette, most: int) -> Drawing:
    """The ablated parts by name; only their number where the names do not fit."""
    words = ablation_text(ablation_json(answer.ablation)).split(" · ")
    if len(words[0]) > width:
        words[0] = f"{sum(part.state == 'out' for part in answer.parts)} parts ablated"
    if answer.result.rerun:
        words.append("network rerun from the neurons on")
    return flow(words, width, palette, most)


def _metrics(answer: AblationAnswer, width: int, height: int, palette: Palette, losses: bool) -> Drawing:
    """Each metric's name, its original value, its value after ablation and the change, as columns allow.

    Without `losses` the losses, which are by replacement above, are left out.
    """
    columns = min(max((width - _MIN_NAME) // _NUMBER_COLUMNS, 1), 3)
    name_width = min(max(width - columns * _NUMBER_COLUMNS, 0), _MAX_NAME)

    def row(name: str, values: Sequence[str]) -> str:
        chosen = values[1:2] if columns == 1 else values[:columns]
        return f"{_fitted(name, name_width):<{name_width}}" + "".join(f"{value:>{_NUMBER_COLUMNS}}" for value in chosen)

    lines: list[Line] = [
        (Span(row("", ("original", "ablated", "change")), palette.style(palette.muted, bold=True)),),
        *(
            (Span(palette.text(row(name, values)), palette.style(palette.foreground)),)
            for name, values in _metric_rows(answer)
            if losses or not name.startswith("loss")
        ),
    ]
    drawn = truncate_with_note(Drawing.of_lines(lines, width), width, min(len(lines), height), palette)
    texts = tuple((name, *values) for name, values in _metric_rows(answer) if losses or not name.startswith("loss"))
    return drawn.showing(TablePlot(Table(tuple(map(Column, ("metric", "original", "ablated", "change"))), texts)))


def _fitted(name: str, width: int) -> str:
    """A metric's name, shortened if necessary so that numbers are never cut."""
    if len(name) > width:
        name = name.replace("accuracy", "acc.").replace(" + ", "+").replace(" - ", "-").partition(" of ")[0]
    return fit_text(name, width)


def _metric_rows(answer: AblationAnswer) -> list[tuple[str, tuple[str, str, str]]]:
    """The metrics as text: name, then original, ablated and change."""
    result = answer.result
    formats = {"loss": (".2e", "+.1e"), "accuracy": (".4f", "+.4f")}
    rows = []
    for metric, of, original, ablated in _scores(result):
        spec, delta = formats[metric]
        change = _formatted(_change(original, ablated), delta)
        rows.append((f"{metric} {of}", (_formatted(original, spec), _formatted(ablated, spec), change)))
    rows.append((f"{answer.task} =", (str(result.original.prediction), str(result.ablated.prediction), "")))
    for (name, original, ablated), (spec, delta) in zip(
        _right_answer(result), ((".2f", "+.2f"), ("d", "+d"), (".2f", "+.2f")), strict=True
    ):
        label = f"{name} of {result.ablated.answer}"
        change = _formatted(ablated - original, delta)
        rows.append((label, (_formatted(original, spec), _formatted(ablated, spec), change)))
    return rows


def _scores(result: AblationResult) -> list[tuple[str, str, float | None, float | None]]:
    """Loss and accuracy over all, train and test pairs: metric, pairs, original, ablated."""
    original, ablated = result.original.scores, result.ablated.scores
    return [
        (metric, of, getattr(getattr(original, metric), of), getattr(getattr(ablated, metric), of))
        for metric in ("loss", "accuracy")
        for of in ("all", "train", "test")
    ]


def _right_answer(result: AblationResult) -> list[tuple[str, float, float]]:
    """The right answer's logit, rank and margin: metric, original, ablated."""
    original, ablated = result.original, result.ablated
    return [
        ("logit", original.answer_logit, ablated.answer_logit),
        ("rank", original.rank, ablated.rank),
        ("margin", original.margin, ablated.margin),
    ]


def _change(original: float | None, ablated: float | None) -> float | None:
    return None if original is None or ablated is None else ablated - original


def _formatted(value: float | None, spec: str) -> str:
    return "–" if value is None else format(value, spec)


def _chart(answer: AblationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The pair's logits over all answers, original and ablated."""

    def series(name: str, evaluation: Evaluation, colour: int, kind: Literal["line", "points"]) -> Series:
        by_token = np.argsort(evaluation.order.array)
        z = evaluation.order.array[by_token].astype(np.float64)
        return Series(name, z, evaluation.logits[by_token], colour=colour, kind=kind)

    result = answer.result
    lines = [series("original", result.original, 0, "line")]
    if result.ablated is not result.original:
        lines.append(series("ablated", result.ablated, 1, "points"))
    chart = line_chart(lines, width, height, palette, x_label="z", y_label="logit")
    return chart.with_cursor(result.ablated.answer, palette, str(result.ablated.answer))


def table(answer: AblationAnswer) -> Table:
    """Columns `figure`, `of`, `state` (of a part: in, out or terms), `whole` (original), `now` (ablated), `change`.

    `in` is intact, `out` ablated, `terms` reduced to its 9 Fourier terms. Rows: `part`, by name; `loss` and
    `accuracy` of all, train, test; then of the pair (`3 + 4`) the network's answer (`says`), the right answer's
    `logit`, `rank` (1: the largest) and `margin`, and the `logits` of each z. Logits are minus their mean over z;
    change is now - whole. After the accuracies, with parts ablated: `loss_zero`, `loss_mean`, `loss_interventions` (and
    `loss_preset` of another preset), state `on` for the ablation on show, else `off`.
    """
    result = answer.result
    pair = answer.task
    rows: list[tuple[Value, ...]] = [("part", part.name, part.state, None, None, None) for part in answer.parts]
    rows += [(metric, of, None, whole, now, _change(whole, now)) for metric, of, whole, now in _scores(result)]
    for figure, of, state, now in replacement_rows(answer.replacements):
        whole = getattr(result.original.scores.loss, of)
        rows.append((figure, of, state, whole, now, _change(whole, now)))
    rows.append(("says", pair, None, result.original.prediction, result.ablated.prediction, None))
    rows += [(metric, pair, None, whole, now, now - whole) for metric, whole, now in _right_answer(result)]
    logits = sorted(
        zip(result.original.order.tokens, result.original.logits.tolist(), result.ablated.logits.tolist(), strict=True)
    )
    rows += [("logits", str(z), None, whole, now, now - whole) for z, whole, now in logits]
    numbers = (Column("whole", format=".4g"), Column("now", format=".4g"), Column("change", format="+.3g"))
    return Table((Column("figure"), Column("of"), Column("state"), *numbers), tuple(rows), keys=2)


VIEW = View(
    name="ablation",
    about=About(
        shows=(
            "Loss and logits with parts of the network ablated. Left: the parts and their state; the marked ones are "
            "those that the keys act on, the selected neuron's cluster and the selected head. Right: loss and "
            "accuracy, and for the selected pair the answer: original (as trained), ablated, and the change. Above, "
            "with parts ablated and where there is room: the loss by what replaces them, `on` the one on show. Below, "
            "where there is room: the pair's logits."
        ),
        definition=(
            "An ablation removes, of a cluster or the rest, the activations of its neurons (after the nonlinearity); "
            "of a head, what it adds to the residual stream (its value bias too; b_O stays); of the direct path, what "
            "the residual stream after attention writes to the logits around the MLP. Zero ablation puts zero in its "
            "place, mean ablation its mean over all pairs ({ablate.fill}). Presets ({ablate.preset}) put the mean:\n"
            "  key-frequencies: each cluster on the 9 Fourier terms of its frequency (`terms`), the rest unfiltered, "
            "no direct path; -no-rest: without the rest too\n"
            "  sum-directions: logits on cos w_k(x±y) and sin w_k(x±y) of the key frequencies (trig loss)\n"
            "Rank (1 the largest) and margin are those of the right answer; logits are minus their mean over z. `in` "
            "is intact, `out` ablated, `whole` original, `now` ablated. Where the logits are not linear in the "
            "activations, the network is rerun from them on, with its direct path and without bias correction."
        ),
        reading=(
            "Clusters are those of the original network, whatever is ablated. Before grokking all neurons are in the "
            "rest: without it no MLP is left. After it, zero-ablating one cluster raises the loss by orders of "
            "magnitude, and yet under mean ablation most answers stay right, as the other frequencies still point to "
            "them; zero ablation removes the part's constant too, and can do much more harm. At the end of the "
            "bundled run the direct path matters little, a head a lot, the rest a lot under zero ablation and hardly "
            "under mean ablation. With preset key-frequencies and a cluster ablated (`as interventions`) the "
            "numbers are those of `interventions`. All other views show the original network."
        ),
    ),
    keys=(*ABLATION_KEYS, *NEURON_KEYS, *HEAD_KEYS, "pair.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    shows_ablation=True,
)
