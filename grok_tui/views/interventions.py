"""The loss when parts of the activations or of the logits are kept or removed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing, Line, Span, Style, above, beside, fit
from grok_tui.render.palette import Palette
from grok_tui.render.plots import RatioPlot
from grok_tui.render.table import THREE_DIGITS, Column, Table, Value, draw_table, table_width
from grok_tui.render.target import Target, cluster_target
from grok_tui.session.selection import cluster_of
from grok_tui.views.view import CLUSTER_KEYS, About, ComparisonMethods, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_MIN_BARS = 14  # columns below which bars are omitted
_MIN_NAMES, _MIN_RATIO = 50, 36  # columns below which names are shortened, ratios omitted
_MIN_FILTERED_RATIO = 56  # columns below which the ratios to `key frequency only` are omitted


@dataclass(frozen=True)
class Intervention:
    name: str
    loss: float | None  # over all pairs; None if it needs key frequencies and there are none
    ratio: float | None  # to the original loss
    filtered_ratio: float | None = None  # of a row that starts from `key frequency only`: to the loss of that
    target: Target | None = None  # what its row selects: the cluster that it removes


@dataclass(frozen=True)
class InterventionsAnswer:
    epoch: int
    interventions: tuple[Intervention, ...]  # the original first
    selected: int  # index of the intervention that removes the selected neuron's cluster
    rerun: bool = False  # whether the network was rerun from the neurons on, as its tail is not linear
    against: InterventionsAnswer | None = None  # of another run, or of another epoch of this run
    names: tuple[str, str] = ("", "")  # of this answer and of `against`


def query(explorer: Explorer, selection: Selection) -> InterventionsAnswer:
    from engine.metrics.trig_loss import trig_loss

    epoch = selection.epoch
    summary = explorer.summary(epoch)
    clusters = explorer.clusters(epoch, selection.reference_epoch)
    filtered = explorer.interventions(epoch, selection.reference_epoch)
    keys = explorer.keys(selection.reference_epoch)
    original = summary.losses_in_order.loss.all
    losses = {
        "original": original,
        "key frequency only": filtered.key_frequency_only_with_rest,
        "key frequency only, no rest": filtered.key_frequency_only_without_rest,
        "sum directions only": trig_loss(explorer.logit_sums(epoch), keys, None).all if keys else None,
    }
    first = len(losses)
    targets: dict[str, Target] = {}
    for frequency, loss in filtered.without_cluster.items():
        name = f"without {'the rest' if frequency is None else f'cluster {frequency}'}"
        losses[name], targets[name] = loss, cluster_target(frequency)
    filtered_loss = filtered.key_frequency_only_with_rest
    interventions = (
        Intervention(
            name,
            loss,
            _ratio(loss, original),
            _ratio(loss, filtered_loss if _filtered(name) else None),
            targets.get(name),
        )
        for name, loss in losses.items()
    )
    selected = first + cluster_of(clusters, selection.neuron)
    return InterventionsAnswer(epoch, tuple(interventions), selected, filtered.rerun)


def _filtered(name: str) -> bool:
    """Whether an intervention keeps the clusters' key frequencies, or some of them."""
    return name.startswith(("key frequency only", "without"))


def _ratio(loss: float | None, to: float | None) -> float | None:
    return loss / to if loss is not None and to else None


def title(answer: InterventionsAnswer) -> str:
    rerun = " · network rerun from the neurons on" if answer.rerun else ""
    return f"loss under interventions · epoch {answer.epoch:,}{rerun}"


def draw(answer: InterventionsAnswer, width: int, height: int, palette: Palette) -> Drawing:
    if answer.against is not None:
        return _draw_both(answer, answer.against, width, height, palette)
    full = _columns(answer, width, short=False)
    names, columns, text_width = full if width >= full[2] + _MIN_BARS else _columns(answer, width, short=True)
    if width < _MIN_FILTERED_RATIO:
        names = [_shortened(i.name) if width < _MIN_NAMES else i.name for i in answer.interventions]
        columns = columns[: 2 if width < _MIN_RATIO else 3]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (name, i.loss, i.ratio, i.filtered_ratio)[: len(columns)]
        for name, i in zip(names, answer.interventions, strict=True)
    )
    room = width - text_width if width - text_width >= _MIN_BARS else 0
    numbers = draw_table(
        Table(columns, rows),
        width - room,
        height,
        palette,
        selected=answer.selected,
        scroll_to_selected=not room,
        targets=[i.target for i in answer.interventions],
    )
    if not room:
        return fit(numbers, width, height)
    complete = len(rows) < height
    shown = len(rows) if complete else max(height - 2, 0)
    bars = Drawing.of_lines(_bars(answer, room - 1, palette)[: shown + 1], room - 1)
    short = [_shortened(i.name) for i in answer.interventions]
    bars = bars.showing(RatioPlot(short, [i.ratio for i in answer.interventions], "loss over the original's"))
    if complete:
        numbers = fit(numbers, numbers.width, shown + 1)
    body = beside(numbers, bars)
    body = replace(body, areas=tuple(area._replace(width=width) for area in body.areas))  # a bar is part of its row
    return fit(above(body, _note(width, palette)) if complete else body, width, height)


def _columns(answer: InterventionsAnswer, width: int, short: bool) -> tuple[list[str], tuple[Column, ...], int]:
    """The names of the interventions, the columns, and the width of both; `short` shortens names and titles."""
    names = [_shortened(i.name) if short else i.name for i in answer.interventions]
    filtered = "× key only" if short else "× key frequency only"
    columns = (
        Column("intervention"),
        Column("loss", format=".3e" if width >= 24 else ".1e"),
        Column("× original", format=THREE_DIGITS),
        Column(filtered, format=THREE_DIGITS),
    )
    return names, columns, 2 + max(map(len, (*names, columns[0].name))) + 2 + 9 + 2 + 10 + 2 + len(filtered) + 1


def _draw_both(a: InterventionsAnswer, b: InterventionsAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Both losses of each intervention and their ratio; of two epochs of one run the earlier loss is first."""
    earlier_first = a.names[0] != "A" and b.epoch < a.epoch
    first, other, names = (b, a, a.names[::-1]) if earlier_first else (a, b, a.names)
    sides = [{each.name: each for each in side.interventions} for side in (first, other)]
    rows = list({**sides[0], **sides[1]})
    losses = [[side[name].loss if name in side else None for name in rows] for side in sides]
    ratios = [_ratio(right, left) for left, right in zip(*losses, strict=True)]

    def table(short: bool) -> Table:
        texts = [_shortened(name) if short else name for name in rows]
        titles = names if short else [f"loss, {name}" for name in names]
        values = (Column("loss", format=".2e", title=title) for title in titles)
        columns = (Column("intervention"), *values, Column("ratio", format=THREE_DIGITS))
        return Table(columns, tuple(zip(texts, *losses, ratios, strict=True)))

    marked = a.interventions[a.selected].name
    shown = table(short=table_width(table(short=False)) + 2 > width)
    targets = [next(side[name].target for side in sides if name in side) for name in rows]
    return draw_table(shown, width, height, palette, selected=rows.index(marked), targets=targets)


def _overlay(a: InterventionsAnswer, b: InterventionsAnswer, names: tuple[str, str]) -> InterventionsAnswer:
    return replace(a, against=b, names=names)


def _shortened(name: str) -> str:
    for long, short in (
        ("without cluster", "no"),
        ("without the rest", "no rest"),
        ("frequency ", ""),
        ("directions ", ""),
    ):
        name = name.replace(long, short)
    return name


def _bars(answer: InterventionsAnswer, width: int, palette: Palette) -> list[Line]:
    """A header with the ends of the log scale, then one bar per ratio: left if the loss fell, else right."""
    logs = [math.log10(i.ratio) if i.ratio else 0.0 for i in answer.interventions]
    low, high = min(math.floor(min(logs)), -1), max(math.ceil(max(logs)), 1)
    origin = round(-low / (high - low) * (width - 1))
    muted = palette.style(palette.muted)
    left, right = f"×1e{low}", f"×1e{high}"
    head = f"{left}{right.rjust(width - len(left))}"
    if len(left) < origin < width - len(right) - 4:
        head = f"{head[:origin]}×1{head[origin + 2 :]}"
    lines: list[Line] = [(Span(palette.fit(head, width), muted),)]
    for value in logs:
        length = min(round(abs(value) / (high - low) * (width - 1)), origin if value < 0 else width - 1 - origin)
        before = origin - length if value < 0 else origin
        bar = Span(("#" if palette.ascii else "▄") * length, _ink(value, palette))
        axis = Span(palette.text("│"), muted)
        blank = Span(" " * before)
        lines.append((blank, bar, axis) if value < 0 else (blank, axis, bar))
    return lines


def _ink(value: float, palette: Palette) -> Style:
    return palette.style(palette.series[2] if value < 0 else palette.warning)


def _note(width: int, palette: Palette) -> Drawing:
    """The legend of the bars, in one line if it fits."""
    first, second = "bars: loss over the original's, log scale", "left of the line the loss fell, right of it it rose"
    notes = [f"{first}; {second}"] if len(first) + len(second) + 2 <= width else [first, second]
    return Drawing.of_lines(["", *(palette.fit(note, width) for note in notes)], width, palette.style(palette.muted))


def table(answer: InterventionsAnswer) -> Table:
    columns = (
        Column("intervention"),
        Column("loss", format=".3e"),
        Column("ratio_to_original", format=THREE_DIGITS),
        Column("ratio_to_key_frequency_only", format=THREE_DIGITS),
    )
    return Table(columns, tuple((i.name, i.loss, i.ratio, i.filtered_ratio) for i in answer.interventions))


VIEW = View(
    name="interventions",
    about=About(
        shows=(
            "What happens to the loss when parts are kept or removed. One row per intervention: the loss over all "
            "pairs, and its ratio to the original's, as a bar on a log scale where there is room: to the left of the "
            "line the loss fell, to the right it rose. Rows that keep key frequencies also have the ratio to the loss "
            "of `key frequency only` (key only). The marked row removes the selected neuron's cluster."
        ),
        definition=(
            "Losses are mean cross-entropies over all p^2 pairs; in each case the mean over the pairs of what was "
            "removed is added back (bias correction).\n"
            "  key frequency only: each cluster's activations on the 9 Fourier terms of its frequency (constant, cos "
            "and sin of w_k x and w_k y, products), times W_out W_U, plus the rest unfiltered, or no rest; not the "
            "path around the MLP\n"
            "  without cluster k: that sum without k's part\n"
            "  sum directions only: the logits on cos w_k(x±y) and sin w_k(x±y) of the key frequencies; the trig loss"
        ),
        reading=(
            "If the loss falls, what was removed was noise; if it rises, the network uses what was removed. After "
            "grokking key frequencies only and sum directions only are better than the original, and without any one "
            "cluster the loss rises a hundredfold and more. Compare `without` rows with `key frequency only`, their "
            "starting point, not with the original: in that comparison the loss rises without the rest, too, but by "
            "little. Before grokking clusters are empty: their rows are equal and carry no information."
        ),
    ),
    keys=(*CLUSTER_KEYS, "neuron.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(overlay=_overlay),
)
