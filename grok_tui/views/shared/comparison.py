"""Two answers of one view, shown together: in one drawing, side by side, or by how much they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from textwrap import wrap
from typing import Any

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table, draw_table, table_width
from grok_tui.views.shared.delta_tables import at_epoch, compare_tables, turned, without_b
from grok_tui.views.view import NoDifference, View

_LEAST_HALF = 24  # columns
_FLAT = 2.2  # columns a line from which on two halves are better off side by side than one below the other


@dataclass(frozen=True)
class Side:
    """Where one of two answers is from."""

    run: str
    epoch: int
    p: int


@dataclass(frozen=True)
class Sides:
    """Where two answers are from: `a` is what the cursor is on."""

    a: Side
    b: Side
    same_run: bool

    @property
    def names(self) -> tuple[str, str]:
        """In full."""
        if self.same_run:
            return f"epoch {self.a.epoch:,}", f"epoch {self.b.epoch:,}"
        return f"A {self.a.run} at {self.a.epoch:,}", f"B {self.b.run} at {self.b.epoch:,}"

    @property
    def short_names(self) -> tuple[str, str]:
        """As titles and legends have them."""
        return (f"{self.a.epoch:,}", f"{self.b.epoch:,}") if self.same_run else ("A", "B")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two answers of one view, and what of them is drawn: one answer, two, or none but the table of their deltas."""

    sides: Sides
    a: Any
    b: Any  # None where it cannot be had; `note` then says why
    drawn: tuple[Any, ...]
    subtracted: bool = False
    note: str = ""


def compare(view: View[Any], a: Any, b: Any, sides: Sides, difference: bool) -> Comparison:
    """Two answers together; where a difference is wanted and there is none, both of them with a note."""
    note = ""
    if difference:
        try:
            found = view.comparing.subtract(a, b)
        except NoDifference as reason:
            note = f"No difference: {reason}"
        else:
            if found is None or sides.a.p == sides.b.p:
                return Comparison(sides, a, b, () if found is None else (found,), subtracted=True)
        if sides.a.p != sides.b.p:
            note = f"No difference: run A has p = {sides.a.p}, run B has p = {sides.b.p}; both are shown."
    together = view.comparing.overlay(a, b, sides.short_names)
    drawn = view.comparing.align(a, b) if together is None else (together,)
    return Comparison(sides, a, b, drawn, note=note)


def without_counterpart(a: Any, sides: Sides, reason: str) -> Comparison:
    """An answer whose counterpart cannot be had."""
    return Comparison(sides, a, None, (a,), note=f"{sides.names[1]}: {reason}")


def view_for(view: View[Any], answer: Any) -> View[Any]:
    """The view that titles, draws and tables an answer: of two answers, their comparison."""
    if not isinstance(answer, Comparison):
        return view
    return replace(view, title=partial(_title, view), draw=partial(_draw, view), table=partial(_table, view))


def _title(view: View[Any], compared: Comparison) -> str:
    if compared.b is None:
        return view.title(compared.a)
    one, other = compared.sides.short_names
    return f"{one} {'−' if compared.subtracted else 'against'} {other} · {view.title(compared.a)}"


def _draw(view: View[Any], compared: Comparison, width: int, height: int, palette: Palette) -> Drawing:
    lines = wrap(palette.text(compared.note), width)[: max(height // 3, 1)] if compared.note else []
    note = Drawing.of_lines(lines, width, palette.style(palette.warning))
    room = max(height - note.height, 1)
    if not compared.drawn:
        body = _drawn_deltas(view, compared, width, room, palette)
    elif len(compared.drawn) == 1:
        body = view.draw(compared.drawn[0], width, room, palette)
    else:
        body = _halves(view, compared, width, room, palette)
    return fit(above(note, body), width, height)


def _halves(view: View[Any], compared: Comparison, width: int, height: int, palette: Palette) -> Drawing:
    """Both under their own titles: side by side, or one below the other where it is narrow."""
    names, letters = compared.sides.names, ("", "") if compared.sides.same_run else ("A · ", "B · ")
    titles = [letter + view.title(answer) for letter, answer in zip(letters, compared.drawn, strict=True)]

    def half(index: int, columns: int, rows: int) -> Drawing:
        title = titles[index] if max(map(len, titles)) <= columns else names[index]
        head = Drawing.of_lines([palette.text(title)], columns, palette.style(palette.accent))
        return above(head, view.draw(compared.drawn[index], columns, max(rows - 1, 1), palette))

    columns = (width - 2) // 2
    if columns >= _LEAST_HALF and width >= _FLAT * height:
        return beside(half(0, width - 2 - columns, height), half(1, columns, height), gap=2)
    rows = height // 2
    return above(half(0, width, height - rows), half(1, width, rows))


def _table(view: View[Any], compared: Comparison) -> Table:
    """Row by row; of one run's history, which is the same in both, the row of one epoch beside that of the other."""
    if compared.b is None:
        return view.table(compared.a)
    a, b = view.table(compared.a), view.table(compared.b)
    if compared.sides.same_run and _by_epoch(a):
        a, b = _at_cursors(compared.sides, a, b)
    return compare_tables(a, b)


def _drawn_deltas(view: View[Any], compared: Comparison, width: int, height: int, palette: Palette) -> Drawing:
    """What says more than a drawing of the difference would; where it is narrow, without b's own values."""
    a, b = view.table(compared.a), view.table(compared.b)
    if _by_epoch(a):
        a, b = _at_cursors(compared.sides, a, b)
    found = compare_tables(a, b, compared.sides.short_names[1])
    if not found.rows:
        return Drawing.of_lines(["nothing is measured here yet"], width, palette.style(palette.muted))
    if not found.keys:
        shown = turned(found, *compared.sides.names)
    else:
        shown = found if table_width(found) <= width else without_b(found)
    return draw_table(shown, width, height, palette)


def _by_epoch(table: Table) -> bool:
    return table.columns[0].name == "epoch"


def _at_cursors(sides: Sides, a: Table, b: Table) -> tuple[Table, Table]:
    return at_epoch(a, sides.a.epoch), at_epoch(b, sides.b.epoch)
