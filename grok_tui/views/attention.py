"""Attention from the position that is read, by head: mean, standard deviation and range over all inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Span, above, fit, merge_spans
from grok_tui.render.palette import Palette
from grok_tui.render.plots import IntervalPlot
from grok_tui.render.readout import Readout, ReadoutArea
from grok_tui.render.table import Column, Table, Value, draw_table
from grok_tui.render.target import Target
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import HEAD_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AttentionAnswer:
    epoch: int
    head: int  # the selected head
    tokens: tuple[str, ...]  # by position
    read: str  # the position that attention is from
    mean: _Array  # [head, position], over all p^2 inputs
    deviation: _Array  # [head, position]: standard deviation over inputs
    low: _Array  # [head, position]
    high: _Array  # [head, position]


def query(explorer: Explorer, selection: Selection) -> AttentionAnswer:
    from engine.metrics.circuits import attention_spread

    config = explorer.run.config
    spread = attention_spread(explorer.network(selection.epoch))
    return AttentionAnswer(
        selection.epoch,
        selection.head,
        config.positions,
        config.read_position,
        *(part.cpu().numpy() for part in (spread.mean, spread.deviation, spread.low, spread.high)),
    )


def title(answer: AttentionAnswer) -> str:
    return f"attention from {answer.read} · epoch {answer.epoch:,}"


def draw(answer: AttentionAnswer, width: int, height: int, palette: Palette) -> Drawing:
    n_heads, n_positions = answer.mean.shape
    columns = "  mean  ±dev.   low–high"
    left = max(map(len, answer.tokens)) + 10
    track = width - left - len(columns) - 1
    lines_needed = n_heads * n_positions + 2
    if track < 16 or height < lines_needed:
        return _narrow(answer, width, height, palette)
    gap = int(height >= lines_needed + n_heads)
    ink, muted = palette.style(palette.foreground), palette.style(palette.muted)
    legends = ("● mean  ━ ±1 standard deviation  ─ range over all inputs", "● mean  ━ ±1 dev.  ─ range", "")
    legend = palette.text(next(text for text in legends if len(text) < track))
    lines: list[Line] = [(Span(" " * left + legend.ljust(track), muted), Span(palette.text(columns), muted))]
    for head in range(n_heads):
        chosen = palette.style(palette.accent, bold=True) if head == answer.head else ink
        mark = "▸" if head == answer.head else " "
        for position, token in enumerate(answer.tokens):
            name = palette.text(f"{mark} head {head}") if position == 0 else ""
            low, high = (float(part[head, position]) for part in (answer.low, answer.high))
            mean, deviation = float(answer.mean[head, position]), float(answer.deviation[head, position])
            colour = palette.series[position % len(palette.series)]
            strip = _strip(mean, deviation, low, high, track, colour, palette)
            numbers = palette.text(f" {mean:5.3f} ±{deviation:5.3f}  {low:.2f}–{high:.2f}")
            lines.append(
                merge_spans(
                    [
                        Span(name.ljust(left - len(token) - 1), chosen),
                        Span(f"{token} ", ink),
                        *strip,
                        Span(numbers, ink),
                    ]
                )
            )
        if gap and head < n_heads - 1:
            lines.append(())
    ticks = _ticks(track)
    lines.append((Span(" " * left + ticks + "  attention", muted),))
    drawing = Drawing.of_lines(lines, width).showing(_plot(answer))

    def read(column: int, row: int) -> Readout | None:
        head, position = divmod(row, n_positions + gap)
        if position == n_positions:
            return None
        mean, deviation = float(answer.mean[head, position]), float(answer.deviation[head, position])
        text = f"head {head} to {answer.tokens[position]}: {mean:.3f} ±{deviation:.3f}"
        return Readout(text, Target(head=head))

    area = ReadoutArea(0, 1, width, len(lines) - 2, read, rows=True)
    return fit(replace(drawing, areas=(area,)), width, height)


def _plot(answer: AttentionAnswer) -> IntervalPlot:
    """A row for each head and position."""
    n_heads, n_positions = answer.mean.shape
    mean, deviation, low, high = (part.ravel() for part in (answer.mean, answer.deviation, answer.low, answer.high))
    return IntervalPlot(
        [f"head {head} to {token}" for head in range(n_heads) for token in answer.tokens],
        mean,
        (np.maximum(mean - deviation, low), np.minimum(mean + deviation, high)),
        (low, high),
        list(range(n_positions)) * n_heads,
        "attention: mean, ±1 standard deviation, range over all inputs",
    )


def _strip(
    mean: float, deviation: float, low: float, high: float, track: int, colour: str, palette: Palette
) -> list[Span]:
    """A strip from 0 to 1: the range as a thin line, one deviation as a thick one, the mean as a dot."""

    def at(value: float) -> int:
        return round(min(max(value, 0.0), 1.0) * (track - 1))

    glyphs = [palette.text("·") if i in (0, track - 1) else " " for i in range(track)]
    glyphs[at(low) : at(high) + 1] = palette.text("─") * (at(high) + 1 - at(low))
    thick = slice(max(at(mean - deviation), at(low)), min(at(mean + deviation), at(high)) + 1)
    glyphs[thick] = ("=" if palette.ascii else "━") * (thick.stop - thick.start)
    glyphs[at(mean)] = "o" if palette.ascii else "●"
    return [Span("".join(glyphs), palette.style(colour))]


def _ticks(track: int) -> str:
    """Labels 0, 0.5 and 1 below the strips."""
    half = (track - 1) // 2
    return "0".ljust(half - 1) + "0.5".ljust(track - half) + "1"


def _narrow(answer: AttentionAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """A table of heads by positions: mean ± deviation, or means alone where columns are few."""
    long = 8 + len(answer.tokens) * 15 <= width
    head = flow(["mean ± deviation over all inputs" if long else "mean over all inputs"], width, palette)
    roomy = width >= 12 + 6 * len(answer.tokens)
    columns = (Column("head" if roomy else "h"), *(Column(f"to {token}" if long else token) for token in answer.tokens))
    rows = []
    for index, (means, spreads) in enumerate(zip(answer.mean.tolist(), answer.deviation.tolist(), strict=True)):
        cells = (f"{m:.3f} ±{s:.3f}" if long else f"{m:.2f}" for m, s in zip(means, spreads, strict=True))
        rows.append((str(index), *cells))
    body = draw_table(
        Table(columns, tuple(rows)),
        width,
        max(height - 1, 1),
        palette,
        selected=answer.head if roomy else None,
        targets=[Target(head=head) for head in range(len(rows))],
    )
    return fit(above(head, body), width, height)


def table(answer: AttentionAnswer) -> Table:
    columns = (
        Column("head"),
        Column("position"),
        Column("token"),
        *(Column(name, format=".4f") for name in ("mean", "deviation", "low", "high")),
    )
    rows: list[tuple[Value, ...]] = []
    for head, position in np.ndindex(answer.mean.shape):
        numbers = (float(part[head, position]) for part in (answer.mean, answer.deviation, answer.low, answer.high))
        rows.append((head, position, answer.tokens[position], *numbers))
    return Table(columns, tuple(rows), keys=3)


VIEW = View(
    name="attention",
    about=About(
        shows=(
            "The attention from the position that is read (usually the last) to each position, by head. One strip per "
            "head and position, from 0 to 1: the dot is the mean over all inputs, the thick line one standard "
            "deviation to either side, the "
            "thin line the range. The numbers on the right are the same values; the selected head is marked. A small "
            "pane has a table of numbers instead."
        ),
        definition=(
            "For each input (x, y) and head:\n"
            "  attention = softmax over positions of q · k / sqrt(d_head)\n"
            "with q the query of the position that is read and k the key of each position, positions and biases "
            "included. "
            "The values of a head add up to 1 for every input. Mean, standard deviation, minimum and maximum are "
            "over all p^2 inputs."
        ),
        reading=(
            "At epoch 0 all positions get the same attention, one third each if there are three. Soon next to "
            "nothing goes to `=`, which carries no information. Before grokking a head may prefer x or y; after it "
            "the mean is one half on each, since x + y = y + x needs no preference. The spread shows what the mean "
            "hides: for one pair a head attends to x, for another to y (see `attention-map`). The study's figure has "
            "the mean alone, where this cannot be seen."
        ),
    ),
    needs=("attention",),
    keys=(*HEAD_KEYS, "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
