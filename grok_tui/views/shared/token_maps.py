"""Maps over the tokens x and y, in natural or unwrapped order (see `token_order`)."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Readout, format_value
from grok_tui.render.table import Column, Table

if TYPE_CHECKING:
    from grok_tui.session.selection import Selection


def token_order(p: int, k: int) -> NDArray[np.int64]:
    """The tokens in unwrapped order, by k × token mod p: a wave of frequency k is one cycle. k must be prime to p."""
    return np.arange(p) * pow(k, -1, p) % p


def unwrapping_frequency(selection: Selection, k: int | None, p: int) -> int | None:
    """k if the selection is in unwrapped order; None for natural order, or if k and p share a factor."""
    return k if selection.order == "unwrapped" and k is not None and gcd(k, p) == 1 else None


def draw_token_map(
    grid: NDArray[np.float64],
    width: int,
    height: int,
    palette: Palette,
    *,
    frequency: int | None,
    unwrapped_by: int | None,
    scale: Scale | None = None,
) -> Drawing:
    """Draw a grid [x, y] with x across and y down, and below it a note on the order of the tokens.

    `frequency` is the strongest of the grid: it decides whether natural order is aliased at this size.
    """
    p = len(grid)
    tokens = np.arange(p) if unwrapped_by is None else token_order(p, unwrapped_by)
    shown = grid[np.ix_(tokens, tokens)]
    room = max(height - 1, 1)
    axis = "" if unwrapped_by is None else " in unwrapped order"

    def read(row: int, column: int) -> Readout:
        x, y = int(tokens[column]), int(tokens[row])
        return Readout(f"x {x}, y {y}: {format_value(grid[x, y])}", (x, y))

    body = heatmap(shown.T, width, room, palette, scale=scale, x_label=f"x{axis}", y_label="y", read=read)
    columns = layout_map((p, p), width, room, palette, scale=scale, x_label="x", y_label="y").columns
    note = order_note(p, columns, width, frequency, unwrapped_by)
    return fit(above(body, Drawing.of_lines([palette.text(note)], width, palette.style(palette.muted))), width, height)


def order_note(p: int, columns: int, width: int, frequency: int | None, unwrapped_by: int | None) -> str:
    """The order of the tokens, and whether the natural order is aliased: `columns` of the screen for `p` tokens."""
    if unwrapped_by is not None:
        return _first_that_fits(
            width,
            f"unwrapped: tokens in order of {unwrapped_by} × token mod {p}",
            f"unwrapped: {unwrapped_by} × token mod {p}",
        )
    if frequency is None:
        return "natural order"
    # A frequency that shares a factor with p, such as p/2, repeats: k × token mod p is not an order of all tokens.
    invertible = gcd(frequency, p) == 1
    if columns < p:
        advice = "unwrap it" if invertible else f"frequency {frequency} has no unwrapped order"
        sentence = f"aliased: {p} tokens in {columns} columns; {advice}"
        return _first_that_fits(width, f"natural order, {sentence}", sentence, f"aliased; {advice}")
    if not invertible:
        return _first_that_fits(
            width,
            f"natural order: frequency {frequency} and p = {p} share a factor, no order unwraps it",
            f"natural order: no order unwraps frequency {frequency}",
            "natural order",
        )
    return "natural order"


def _first_that_fits(width: int, *sentences: str) -> str:
    """The first sentence that fits in the width; else the last."""
    return next((sentence for sentence in sentences if len(sentence) <= width), sentences[-1])


def token_map_table(grid: NDArray[np.float64]) -> Table:
    """The grid [x, y], one row for each pair, tokens in natural order."""
    p, values = len(grid), grid.tolist()
    rows = tuple((x, y, values[x][y]) for x in range(p) for y in range(p))
    return Table((Column("x"), Column("y"), Column("value", format=".4g")), rows, keys=2)
