"""Rows of a figure whose parts are too narrow are broken into several rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grok_tui.export.figures.layout import BLANK, Group, Part, shares
from grok_tui.render.plots import PlacedPlot, TextPlot

Fits = Callable[[PlacedPlot, float], bool]  # whether a plot can be read at a width


def reflowed(part: Part, width: float, fits: Fits) -> Part:
    """The part at this width: as many of the parts of a row side by side as can be read, the others below them.

    >>> wide = Group(tuple(PlacedPlot(20 * n, 0, 20, 9, TextPlot(str(n))) for n in range(3)), "across")
    >>> rows = reflowed(wide, 60.0, lambda placed, room: room >= 25).parts
    >>> [[placed.plot.text for placed in row.parts] for row in rows]
    [['0', '1'], ['2', '']]
    """
    if isinstance(part, PlacedPlot):
        return part
    if part.direction == "down":
        return Group(tuple(reflowed(inner, width, fits) for inner in _columns_kept(part.parts, width, fits)), "down")
    if _readable(part, width, fits):
        return part
    parts = [inner for inner in part.parts if not (isinstance(inner, PlacedPlot) and inner.plot is BLANK)]
    for count in range(len(parts), 1, -1):
        rows = [_row(parts[start : start + count], parts, count, width, fits) for start in range(0, len(parts), count)]
        if all(_readable(row, width, fits) for row in rows):
            return rows[0] if len(rows) == 1 else Group(tuple(rows), "down")
    return Group(tuple(reflowed(inner, width, fits) for inner in parts), "down")


def _row(row: Sequence[Part], parts: Sequence[Part], count: int, width: float, fits: Fits) -> Group:
    """Some of the parts as a row; one that is not full has blanks as wide as the parts above them."""
    blanks = [_blank(part) for part in parts[len(row) : count]] if len(row) < count else []
    group = Group((*row, *blanks), "across")
    widths = [width * share for share in shares(group)]
    return Group(tuple(reflowed(inner, w, fits) for inner, w in zip(group.parts, widths, strict=True)), "across")


def _blank(part: Part) -> PlacedPlot:
    while isinstance(part, Group):
        part = max(part.parts, key=lambda inner: inner.width if isinstance(inner, PlacedPlot) else 0)
    return PlacedPlot(part.left, part.top, part.width, 0, BLANK)


def _readable(part: Part, width: float, fits: Fits) -> bool:
    if isinstance(part, PlacedPlot):
        return fits(part, width)
    widths = [width * share for share in shares(part)] if part.direction == "across" else [width] * len(part.parts)
    return all(_readable(inner, room, fits) for inner, room in zip(part.parts, widths, strict=True))


def _columns_kept(parts: Sequence[Part], width: float, fits: Fits) -> list[Part]:
    """Rows below a row of headings, which would be broken, as one row of columns: each keeps its heading."""
    kept: list[Part] = []
    start = 0
    while start < len(parts):
        rows = _rows_of_columns(parts[start:])
        end = start + max(len(rows), 1)
        if len(rows) > 1 and not all(_readable(row, width, fits) for row in parts[start:end]):
            columns = zip(*(row.parts for row in rows), strict=True)
            kept.append(Group(tuple(Group(column, "down") for column in columns), "across"))
        else:
            kept.extend(parts[start:end])
        start = end
    return kept


def _rows_of_columns(parts: Sequence[Part]) -> list[Group]:
    """The first row, if it is one of headings, and those below it with its columns; other headings end them."""
    head = parts[0]
    if not _is_headings(head) or not isinstance(head, Group):
        return []
    rows, only_text = [head], True
    for part in parts[1:]:
        row = _in_columns(part, head)
        if row is None or (_is_headings(part) and not only_text):
            break
        only_text = only_text and _is_headings(part)
        rows.append(row)
    return rows


def _in_columns(part: Part, head: Group) -> Group | None:
    """A row with a part for each heading: what is below it, in cells. None if the row does not have these columns."""
    if not isinstance(part, Group) or part.direction != "across":
        return None
    if len(part.parts) == len(head.parts):
        return part
    starts = [_left(heading) for heading in head.parts]
    columns: list[list[Part]] = [[] for _ in starts]
    for inner in part.parts:
        columns[max(sum(start <= _left(inner) for start in starts) - 1, 0)].append(inner)
    if not all(columns):
        return None
    return Group(tuple(c[0] if len(c) == 1 else Group(tuple(c), "across") for c in columns), "across")


def _left(part: Part) -> int:
    return part.left if isinstance(part, PlacedPlot) else min(map(_left, part.parts))


def _is_headings(part: Part) -> bool:
    return (
        isinstance(part, Group)
        and part.direction == "across"
        and all(isinstance(inner, PlacedPlot) and isinstance(inner.plot, TextPlot) for inner in part.parts)
        and any(isinstance(inner, PlacedPlot) and inner.plot is not BLANK for inner in part.parts)
    )
