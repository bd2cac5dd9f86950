"""Attention of the last position, head by head: its mean over all inputs, and how far it strays from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Span, above, fit, merge_spans
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, Value, draw_table
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import HEAD_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Attention:
    epoch: int
    head: int  # the selected one
    tokens: tuple[str, ...]  # what stands at each position
    mean: _Array  # [head, position], over all p^2 inputs
    deviation: _Array  # [head, position]: standard deviation over inputs
    low: _Array  # [head, position]
    high: _Array  # [head, position]


def query(explorer: Explorer, selection: Selection) -> Attention:
    from engine.metrics.circuits import attention_spread

    config = explorer.run.config
    found = attention_spread(explorer.folded(selection.epoch))
    return Attention(
        selection.epoch,
        selection.head,
        tuple(config.prompt.describe(config.p).split()),
        *(part.cpu().numpy() for part in (found.mean, found.deviation, found.low, found.high)),
    )


def title(answer: Attention) -> str:
    return f"attention from {answer.tokens[-1]} · epoch {answer.epoch:,}"


def draw(answer: Attention, width: int, height: int, palette: Palette) -> Drawing:
    n_heads, n_positions = answer.mean.shape
    figures = "  mean  ±dev.   low–high"
    left = max(map(len, answer.tokens)) + 10
    track = width - left - len(figures) - 1
    lines_needed = n_heads * n_positions + 2
    if track < 16 or height < lines_needed:
        return _narrow(answer, width, height, palette)
    gap = int(height >= lines_needed + n_heads)
    ink, muted = palette.style(palette.foreground), palette.style(palette.muted)
    keys = ("● mean  ━ ±1 standard deviation  ─ range over all inputs", "● mean  ━ ±1 dev.  ─ range", "")
    key = palette.text(next(text for text in keys if len(text) < track))
    lines: list[Line] = [(Span(" " * left + key.ljust(track), muted), Span(palette.text(figures), muted))]
    for head in range(n_heads):
        chosen = palette.style(palette.accent, bold=True) if head == answer.head else ink
        mark = "▸" if head == answer.head else " "
        for position, token in enumerate(answer.tokens):
            name = palette.text(f"{mark} head {head}") if position == 0 else ""
            low, high = (float(part[head, position]) for part in (answer.low, answer.high))
            mean, spread = float(answer.mean[head, position]), float(answer.deviation[head, position])
            colour = palette.series[position % len(palette.series)]
            strip = _strip(mean, spread, low, high, track, colour, palette)
            numbers = palette.text(f" {mean:5.3f} ±{spread:5.3f}  {low:.2f}–{high:.2f}")
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
    return fit(Drawing.of_lines(lines, width), width, height)


def _strip(
    mean: float, spread: float, low: float, high: float, track: int, colour: str, palette: Palette
) -> list[Span]:
    """0 to 1 across: the range thin, one deviation thick, the mean a dot."""

    def at(value: float) -> int:
        return round(min(max(value, 0.0), 1.0) * (track - 1))

    glyphs = [palette.text("·") if i in (0, track - 1) else " " for i in range(track)]
    glyphs[at(low) : at(high) + 1] = palette.text("─") * (at(high) + 1 - at(low))
    thick = slice(max(at(mean - spread), at(low)), min(at(mean + spread), at(high)) + 1)
    glyphs[thick] = ("=" if palette.ascii else "━") * (thick.stop - thick.start)
    glyphs[at(mean)] = "o" if palette.ascii else "●"
    return [Span("".join(glyphs), palette.style(colour))]


def _ticks(track: int) -> str:
    """0, 0.5 and 1 below the strip."""
    half = (track - 1) // 2
    return "0".ljust(half - 1) + "0.5".ljust(track - half) + "1"


def _narrow(answer: Attention, width: int, height: int, palette: Palette) -> Drawing:
    """Heads by positions, mean ± deviation; the means alone where there is no room for more."""
    long = 8 + len(answer.tokens) * 15 <= width
    head = flow(["mean ± deviation over all inputs" if long else "mean over all inputs"], width, palette)
    roomy = width >= 12 + 6 * len(answer.tokens)
    columns = (Column("head" if roomy else "h"), *(Column(f"to {token}" if long else token) for token in answer.tokens))
    rows = []
    for index, (means, spreads) in enumerate(zip(answer.mean.tolist(), answer.deviation.tolist(), strict=True)):
        cells = (f"{m:.3f} ±{s:.3f}" if long else f"{m:.2f}" for m, s in zip(means, spreads, strict=True))
        rows.append((str(index), *cells))
    body = draw_table(
        Table(columns, tuple(rows)), width, max(height - 1, 1), palette, selected=answer.head if roomy else None
    )
    return fit(above(head, body), width, height)


def table(answer: Attention) -> Table:
    columns = (
        Column("head"),
        Column("position"),
        Column("token"),
        *(Column(name, format=".4f") for name in ("mean", "deviation", "low", "high")),
    )
    rows: list[tuple[Value, ...]] = []
    for head, position in np.ndindex(answer.mean.shape):
        figures = (float(part[head, position]) for part in (answer.mean, answer.deviation, answer.low, answer.high))
        rows.append((head, position, answer.tokens[position], *figures))
    return Table(columns, tuple(rows), keys=3)


VIEW = View(
    name="attention",
    about=About(
        shows=(
            "The attention that the last position pays to each position, head by head. One strip a head and position, "
            "from 0 to 1: the dot is the mean over all inputs, the thick part one standard deviation to either side, "
            "the thin part the range. The figures say the same; the selected head is marked. In a small pane there "
            "are figures alone."
        ),
        definition=(
            "For each input (x, y) and head:\n"
            "  attention = softmax over positions of q · k / sqrt(d_head)\n"
            "with q the last position's query and k each position's key, positions and biases included. A head's "
            "values add up to 1 for every input. Mean, standard deviation, lowest and highest are over all p^2 "
            "inputs."
        ),
        reading=(
            "At epoch 0 all positions get the same, one third each of three. Soon next to nothing goes to `=`, which "
            "has nothing to tell. Before grokking a head may prefer x or y; after it the mean is one half on each, "
            "for x + y = y + x asks for no preference. The spread says what that mean hides: for one pair a head "
            "looks at x, for another at y (see `attention-map`). In the study's figure, the mean alone, this cannot "
            "be seen."
        ),
    ),
    keys=(*HEAD_KEYS,),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
