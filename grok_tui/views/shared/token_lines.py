"""Functions of one token as lines, in the order of a `TokenAxis`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.chart import Chart, Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.table import Column, Table
from grok_tui.render.ticks import format_tick
from grok_tui.views.shared.comparison_scales import by_numbers, difference
from grok_tui.views.shared.stacked_panels import panel_rows, stacked, with_hidden
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.view import ComparisonMethods

if TYPE_CHECKING:
    from engine.metrics.circuits import Tuning


@dataclass(frozen=True, eq=False)
class TokenLine:
    """A line over the tokens, and its strongest frequency."""

    name: str  # "head 0"
    values: NDArray[np.float64]  # [index], as `TokenAxis.tokens`
    frequency: int | None  # the strongest; None if the line is constant
    share: float | None  # of that frequency in the energy; None also for a difference of lines
    against: TokenLine | None = None  # a line to compare with, drawn dimmer

    @property
    def described(self) -> str:
        """The name with the frequency, as `head 0 · freq 35 (98%)`."""
        if self.frequency is None:
            return f"{self.name} · constant"
        return self.name if self.share is None else f"{self.name} · freq {self.frequency} ({self.share:.0%})"

    def minus(self, other: TokenLine) -> TokenLine:
        """The difference of two lines. It keeps this frequency, for the note on aliasing, but has no share."""
        return TokenLine(self.name, difference(self.values, other.values), self.frequency, None)


def token_lines(
    names: Sequence[str], over_tokens: NDArray[np.float64], tuned: Sequence[Tuning]
) -> tuple[TokenLine, ...]:
    """One line for each column of `over_tokens` [token, line]."""
    columns = np.ascontiguousarray(over_tokens.T)
    return tuple(
        TokenLine(name, values, tuning.frequency, tuning.share)
        for name, values, tuning in zip(names, columns, tuned, strict=True)
    )


def by_lines(name: str) -> ComparisonMethods[Any]:
    """Compare answers by the lines in a field: b's lines are in the same chart, dimmer, if p is the same."""

    def overlay(a: Any, b: Any, names: tuple[str, str]) -> Any:
        pairs = list(zip(getattr(a, name), getattr(b, name), strict=False))
        if any(len(line.values) != len(other.values) for line, other in pairs):
            return None
        lines = [replace(line, against=replace(other, name=names[1])) for line, other in pairs]
        return replace(a, **{name: (*lines, *getattr(a, name)[len(lines) :])})

    return replace(by_numbers(name), overlay=overlay)


def draw_token_lines(
    lines: Sequence[TokenLine],
    axis: TokenAxis,
    width: int,
    height: int,
    palette: Palette,
    *,
    y_label: str,
    token: str = "input token",
    chosen: int | None = None,
    limits: tuple[float, float] | None = None,
) -> Drawing:
    """Draw lines over tokens, and below them a note on the order of the tokens.

    In unwrapped order the lines are smooth and share one chart. In others they would hide each other: each has its own
    panel, all on one scale. If the panels do not fit, the chart shows the `chosen` line, and the note says how many
    more there are, or all lines if it is None.
    """
    p, room, unwrapped = len(lines[0].values), max(height - 1, 1), axis.order == "unwrapped"
    low, high = limits or _ends(lines)
    margin = (high - low) * 0.05
    span = (low - margin, high + margin) if margin > 0 else None

    def chart(shown: Sequence[int], rows: int, label: str) -> Chart:
        texts = [lines[index].described for index in shown]
        needed = sum(len(text) + 6 for text in texts)
        if len(label) + needed > width and len(y_label) + needed <= width:
            label = y_label
        elif len(label) + needed > width:
            texts = [lines[index].name for index in shown]
        series = _series([(lines[i], text, i) for i, text in zip(shown, texts, strict=True)], axis, token)
        x_label = axis.label(token)
        return line_chart(
            series, width, rows, palette, x_label=x_label, y_label=label, y_range=span, x_names=axis.names
        )

    rows = panel_rows(len(lines), width, room) if not unwrapped and len(lines) > 1 else None
    hidden = 0
    if rows is not None:
        scale = f"{y_label}, scale {format_tick(low)} to {format_tick(high)}"
        panels = [chart([i], rows + 2, scale if i == 0 else "") for i in range(len(lines))]
        body, columns = stacked([panel.drawing for panel in panels], rows, width), panels[0].columns
    else:
        shown = range(len(lines)) if unwrapped or chosen is None else [chosen]
        hidden = len(lines) - len(shown)
        single = chart(shown, room, y_label)
        body, columns = single.drawing, single.columns
    finest = max((line.frequency for line in lines if line.frequency is not None), default=None)
    # A braille cell has two columns of dots: it resolves two tokens.
    resolved = p if 2 * columns >= p else columns
    note = with_hidden(lambda cells: axis.note(resolved, cells, finest), hidden, width)
    line = Drawing.of_lines([palette.fit(note, width)], width, palette.style(palette.muted))
    if unwrapped:
        line = line.showing(TextPlot(axis.note(p, 1_000, finest)))
    return fit(above(body, line), width, height)


def _ends(lines: Sequence[TokenLine]) -> tuple[float, float]:
    """The lowest and the highest value, including the lines to compare with."""
    values = [line.values for line in lines] + [line.against.values for line in lines if line.against is not None]
    together = np.concatenate(values)
    return float(together.min()), float(together.max())


def _series(chosen: Sequence[tuple[TokenLine, str, int]], axis: TokenAxis, token: str) -> list[Series]:
    """The lines with these names and colours, then the lines to compare with, of which only the first has a name."""
    positions, order, labels = axis.coordinates, axis.indices, [f"{token} {shown}" for shown in axis.shown]
    others = [(line.against, colour) for line, _, colour in chosen if line.against is not None]
    names = [line.described if len(others) == 1 else line.name for line, _ in others[:1]] + [""] * len(others)
    return [
        *(Series(text, positions, line.values[order], colour, labels=labels) for line, text, colour in chosen),
        *(
            Series(name, positions, other.values[order], colour, labels=labels, dim=True)
            for (other, colour), name in zip(others, names, strict=False)
        ),
    ]


def token_line_table(lines: Sequence[TokenLine], axis: TokenAxis, token: str = "token") -> Table:
    """A row for each token, a column for each line, tokens in natural order."""
    columns = (Column(token), *(Column(line.name.replace(" ", "_").lower(), format=".4g") for line in lines))
    order = np.argsort(axis.tokens)
    values = zip(axis.tokens[order].tolist(), *(line.values[order].tolist() for line in lines), strict=True)
    return Table(columns, tuple(values))
