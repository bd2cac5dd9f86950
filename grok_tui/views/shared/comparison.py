"""Comparison of two answers of one view: in one drawing, side by side, or as their difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from textwrap import wrap
from typing import Any

from grok_tui.render.cells import Drawing, above, beside, fit, named_areas
from grok_tui.render.frequency_colours import changed_colours, palette_of_second_run
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.table import Table, draw_table, table_width
from grok_tui.views.shared.fact_line import muted_line
from grok_tui.views.view import NoDifference, View

_LEAST_HALF = 24  # columns
_LOW_HALF, _LEAST_LOW_HALF = 9, 16  # lines of a half that is low, and columns of one beside another then
_CRAMPED_HALF = 12  # lines of a half that shows little
_SIDE_BY_SIDE = 2.2  # minimal columns per line for two drawings side by side rather than one above the other


@dataclass(frozen=True)
class Side:
    """The run and the epoch of one of two answers."""

    run: str
    epoch: int
    p: int | None  # unknown for a run without weights
    keys: tuple[int, ...] = ()  # its key frequencies


@dataclass(frozen=True)
class Sides:
    """The origins of two answers: `a` is at the selected epoch of the first run."""

    a: Side
    b: Side
    same_run: bool

    @property
    def b_is_earlier(self) -> bool:
        """Whether both are of one run and b is the earlier epoch."""
        return self.same_run and self.b.epoch < self.a.epoch

    @property
    def names(self) -> tuple[str, str]:
        """Full names, for headings and messages."""
        if self.same_run:
            return f"epoch {self.a.epoch:,}", f"epoch {self.b.epoch:,}"
        return f"A {self.a.run} at {self.a.epoch:,}", f"B {self.b.run} at {self.b.epoch:,}"

    @property
    def short_names(self) -> tuple[str, str]:
        """Short names, for titles and legends."""
        return (f"{self.a.epoch:,}", f"{self.b.epoch:,}") if self.same_run else ("A", "B")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two answers of one view, and the answers to draw: one, two, or none to draw the table of deltas."""

    sides: Sides
    a: Any
    b: Any  # None if the query failed; `note` then holds the reason
    drawn: tuple[Any, ...]
    subtracted: bool = False
    note: str = ""


def compare(view: View[Any], a: Any, b: Any, sides: Sides, difference: bool) -> Comparison:
    """Compare two answers. If a difference is requested but does not exist, show both with a note."""
    note = ""
    if difference:
        try:
            subtracted = view.comparing.subtract(a, b)
        except NoDifference as reason:
            note = f"No difference: {reason}"
        else:
            if subtracted is None or sides.a.p == sides.b.p:
                return Comparison(sides, a, b, () if subtracted is None else (subtracted,), subtracted=True)
        if sides.a.p != sides.b.p:
            a_p, b_p = ("an unknown p" if side.p is None else f"p = {side.p}" for side in (sides.a, sides.b))
            note = f"No difference: run A has {a_p}, run B has {b_p}; both are shown."
    overlay = view.comparing.overlay(a, b, sides.short_names)
    drawn = view.comparing.align(a, b) if overlay is None else (overlay,)
    return Comparison(sides, a, b, drawn, note=note)


def without_counterpart(a: Any, sides: Sides, reason: str) -> Comparison:
    """An answer alone, because the query of the other side failed for this reason."""
    return Comparison(sides, a, None, (a,), note=f"{sides.names[1]}: {reason}")


def is_cramped(view: View[Any], answer: Any, width: int, height: int) -> bool:
    """Whether an answer is two drawings, each of so few lines in this room that a larger pane would show more."""
    if not isinstance(answer, Comparison) or len(answer.drawn) < 2:
        return False
    beside = _side_by_side(view, (width - 2) // 2, width, height)
    return (height if beside else height // 2) < _CRAMPED_HALF


def view_for(view: View[Any], answer: Any) -> View[Any]:
    """The view whose functions title, draw and tabulate this answer; for a Comparison they show both sides."""
    if not isinstance(answer, Comparison):
        return view
    return replace(view, title=partial(_title, view), draw=partial(_draw, view), table=partial(_table, view))


def _title(view: View[Any], compared: Comparison) -> str:
    if compared.b is None:
        return view.title(compared.a)
    a, b = compared.sides.short_names
    parts = view.title(compared.a).split(" · ")
    if compared.sides.same_run:  # the short names are the epochs
        parts = [part for part in parts if part != compared.sides.names[0]]
    return " · ".join([f"{a} {'−' if compared.subtracted else 'against'} {b}", *parts])


def _draw(view: View[Any], compared: Comparison, width: int, height: int, palette: Palette) -> Drawing:
    lines = wrap(palette.text(compared.note), width)[: max(height // 3, 1)] if compared.note else []
    note = Drawing.of_lines(lines, width, palette.style(palette.warning))
    note = note.showing(TextPlot(compared.note)) if lines else note
    room = max(height - note.height, 1)
    if not compared.drawn:
        body = _drawn_deltas(view, compared, width, room, palette)
    elif len(compared.drawn) == 1:
        body = view.draw(compared.drawn[0], width, room, palette)
    else:
        body = _halves(view, compared, width, room, palette)
    return fit(above(note, body), width, height)


def _halves(view: View[Any], compared: Comparison, width: int, height: int, palette: Palette) -> Drawing:
    """Both drawings with their titles: side by side, or one above the other in a narrow pane.

    Of two epochs of one run the earlier is first; of two runs, A.
    """
    first, second = (1, 0) if compared.sides.b_is_earlier else (0, 1)
    names, letters = compared.sides.names, ("", "") if compared.sides.same_run else ("A · ", "B · ")
    titles = [letter + view.title(answer) for letter, answer in zip(letters, compared.drawn, strict=True)]

    def half(index: int, columns: int, rows: int) -> Drawing:
        title = titles[index] if max(map(len, titles)) <= columns else names[index]
        head = Drawing.of_lines([palette.fit(title, columns)], columns, palette.style(palette.accent))
        head = head.showing(TextPlot(titles[index], heading=True))
        drawing = view.draw(compared.drawn[index], columns, max(rows - 1, 1), palettes[index])
        if index == 1:
            from grok_tui.views.shared.second_run_plots import with_changed_colours

            drawing = with_changed_colours(drawing, changed)
        return above(head, named_areas(drawing, compared.sides.short_names[index]))

    sides = compared.sides
    changed = {} if sides.same_run else changed_colours(sides.a.keys, sides.b.keys)
    palettes = palette, palette_of_second_run(palette, changed)
    columns = (width - 2) // 2
    if _side_by_side(view, columns, width, height):
        return beside(half(first, width - 2 - columns, height), half(second, columns, height), gap=2)
    rows = height // 2
    return above(half(first, width, height - rows), half(second, width, rows))


def _side_by_side(view: View[Any], columns: int, width: int, height: int) -> bool:
    """Whether two halves of so many columns are better beside each other than one above the other."""
    if height // 2 < _LOW_HALF:  # one above the other they would have too few lines
        return columns >= (view.comparing.least_width or _LEAST_LOW_HALF)
    return columns >= (view.comparing.least_width or _LEAST_HALF) and width >= _SIDE_BY_SIDE * height


def _table(view: View[Any], compared: Comparison) -> Table:
    """The tables row by row; for run metrics, the row of one epoch beside that of the other."""
    if compared.b is None:
        return view.table(compared.a)
    from grok_tui.views.shared.delta_tables import compare_tables

    a, b = view.table(compared.a), view.table(compared.b)
    if compared.sides.same_run and _by_epoch(a):
        a, b = _at_cursors(compared.sides, a, b)
    return compare_tables(a, b)


def _drawn_deltas(view: View[Any], compared: Comparison, width: int, height: int, palette: Palette) -> Drawing:
    """The table of deltas; in a narrow pane without the values of b."""
    from grok_tui.views.shared.delta_tables import by_quantity, compare_tables, without_b

    a, b = view.table(compared.a), view.table(compared.b)
    if _by_epoch(a):
        a, b = _at_cursors(compared.sides, a, b)
    deltas = compare_tables(a, b, compared.sides.short_names[1])
    if not deltas.rows:
        return muted_line("no metrics of these epochs yet", width, palette)
    if not deltas.keys:
        shown = by_quantity(deltas, *compared.sides.names)
    else:
        shown = deltas if table_width(deltas) <= width else without_b(deltas)
    return draw_table(shown, width, height, palette)


def _by_epoch(table: Table) -> bool:
    return table.columns[0].name == "epoch"


def _at_cursors(sides: Sides, a: Table, b: Table) -> tuple[Table, Table]:
    from grok_tui.views.shared.delta_tables import at_epoch

    return at_epoch(a, sides.a.epoch), at_epoch(b, sides.b.epoch)
