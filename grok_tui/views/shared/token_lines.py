"""Functions of one token as lines, in natural order or in that which makes a wave of one frequency a single cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.chart import Chart, Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.render.ticks import format_tick
from grok_tui.views.shared.comparison_scales import by_numbers, difference
from grok_tui.views.shared.stacked_panels import panel_rows, stacked
from grok_tui.views.shared.token_maps import order_note, token_order
from grok_tui.views.view import ComparisonMethods

if TYPE_CHECKING:
    from engine.metrics.circuits import Tuning


@dataclass(frozen=True, eq=False)
class TokenLine:
    """A line over the tokens 0 .. p-1, and what it is tuned to."""

    name: str  # "head 0"
    values: NDArray[np.float64]  # [token], in natural order
    frequency: int | None  # its strongest one; None where it is constant
    share: float | None  # of that frequency, of all; None also of a difference of lines
    against: TokenLine | None = None  # another line to compare it with, drawn dimmer

    @property
    def described(self) -> str:
        """`head 0 · freq 35 (98%)`."""
        if self.frequency is None:
            return f"{self.name} · constant"
        return self.name if self.share is None else f"{self.name} · freq {self.frequency} ({self.share:.0%})"

    def minus(self, other: TokenLine) -> TokenLine:
        """The line of the differences; tuned to nothing, but as fine as this one."""
        return TokenLine(self.name, difference(self.values, other.values), self.frequency, None)


def token_lines(
    names: Sequence[str], over_tokens: NDArray[np.float64], tuned: Sequence[Tuning]
) -> tuple[TokenLine, ...]:
    """One line a column. [token, line]"""
    columns = np.ascontiguousarray(over_tokens.T)
    return tuple(
        TokenLine(name, values, one.frequency, one.share)
        for name, values, one in zip(names, columns, tuned, strict=True)
    )


def by_lines(name: str) -> ComparisonMethods[Any]:
    """Compare answers by the lines in a field: b's lines are in the same chart, dimmer, if p is the same."""

    def overlay(a: Any, b: Any, names: tuple[str, str]) -> Any:
        pairs = list(zip(getattr(a, name), getattr(b, name), strict=False))
        if any(len(one.values) != len(other.values) for one, other in pairs):
            return None
        lines = [replace(one, against=replace(other, name=names[1])) for one, other in pairs]
        return replace(a, **{name: (*lines, *getattr(a, name)[len(lines) :])})

    return replace(by_numbers(name), overlay=overlay)


def draw_token_lines(
    lines: Sequence[TokenLine],
    width: int,
    height: int,
    palette: Palette,
    *,
    unwrapped_by: int | None,
    y_label: str,
    token: str = "input token",
    chosen: int | None = None,
    limits: tuple[float, float] | None = None,
) -> Drawing:
    """The lines over their tokens, and below them a line on the order of the tokens.

    Unwrapped they are smooth and lie in one chart; in natural order they would hide each other, so that each has a
    panel, all on one scale, where there is room; else the chart is `chosen`'s, or all of them where there is none.
    """
    p, room = len(lines[0].values), max(height - 1, 1)
    order = np.arange(p) if unwrapped_by is None else token_order(p, unwrapped_by)
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
        series = _series([(lines[i], text, i) for i, text in zip(shown, texts, strict=True)], order, token)
        x_label = token if unwrapped_by is None else f"{token} in unwrapped order"
        return line_chart(series, width, rows, palette, x_label=x_label, y_label=label, y_range=span)

    rows = panel_rows(len(lines), width, room) if unwrapped_by is None and len(lines) > 1 else None
    if rows is not None:
        scale = f"{y_label}, scale {format_tick(low)} to {format_tick(high)}"
        panels = [chart([i], rows + 2, scale if i == 0 else "") for i in range(len(lines))]
        body, columns = stacked([panel.drawing for panel in panels], rows, width), panels[0].columns
    else:
        alone = unwrapped_by is None and chosen is not None
        made = chart([chosen] if alone and chosen is not None else range(len(lines)), room, y_label)
        body, columns = made.drawing, made.columns
    finest = max((line.frequency for line in lines if line.frequency is not None), default=None)
    # A cell of braille has two columns of dots, so that this many tokens can still be told apart.
    note = order_note(p, p if 2 * columns >= p else columns, width, finest, unwrapped_by)
    return fit(above(body, Drawing.of_lines([palette.text(note)], width, palette.style(palette.muted))), width, height)


def _ends(lines: Sequence[TokenLine]) -> tuple[float, float]:
    """The lowest and the highest value, those of the lines to compare with included."""
    values = [line.values for line in lines] + [line.against.values for line in lines if line.against is not None]
    together = np.concatenate(values)
    return float(together.min()), float(together.max())


def _series(chosen: Sequence[tuple[TokenLine, str, int]], order: NDArray[np.int64], token: str) -> list[Series]:
    """The lines of these names and colours, over those to compare them with, of which one name is enough."""
    place, labels = np.arange(len(order), dtype=np.float64), [f"{token} {index}" for index in order.tolist()]
    others = [(line.against, colour) for line, _, colour in chosen if line.against is not None]
    names = [line.described if len(others) == 1 else line.name for line, _ in others[:1]] + [""] * len(others)
    return [
        *(Series(text, place, line.values[order], colour, labels=labels) for line, text, colour in chosen),
        *(
            Series(n, place, o.values[order], c, labels=labels, dim=True)
            for (o, c), n in zip(others, names, strict=False)
        ),
    ]


def token_line_table(lines: Sequence[TokenLine], token: str = "token") -> Table:
    """A row a token, a column a line, tokens in natural order."""
    columns = (Column(token), *(Column(line.name.replace(" ", "_").lower(), format=".4g") for line in lines))
    values = zip(*(line.values.tolist() for line in lines), strict=True)
    return Table(columns, tuple((index, *row) for index, row in enumerate(values)))
