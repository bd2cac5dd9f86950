"""Curves and points over one x axis. plotext draws the dots; axes, ticks and legend go around its canvas.

This is the only file that knows plotext, and it is imported when the first chart is drawn.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.axis import DOTS_X, DOTS_Y, Axis, Floats, cell, dots, fitted_axis, placed_ticks
from grok_tui.render.bars import bar_chart
from grok_tui.render.cells import BLANKS, Drawing, Run, Style, clean, cut, fit, merged, put, tint_column
from grok_tui.render.frame import Room, framed, header_line, room
from grok_tui.render.palette import Palette, mix
from grok_tui.render.traces import reduced_line, reduced_points

__all__ = ["Chart", "Series", "bar_chart", "line_chart"]
_TOKEN = re.compile(r"\x1b\[([\d;]*)m|([^\x1b])")


@dataclass(frozen=True)
class Series:
    """`y` over `x`; `colour` indexes the palette's series (default: by position).

    `shade`, 0..1 for each point, colours points one by one; a `dim` one is fainter, and below
    the others.
    """

    name: str
    x: Floats
    y: Floats
    colour: int | None = None
    kind: Literal["line", "points"] = "line"
    shade: Floats | None = None
    dim: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing, and where its plotting area lies in cells.

    `hidden` counts the points that cannot be shown: zero or less on a log axis, or infinite.
    NaN is absent, not hidden.
    """

    drawing: Drawing
    hidden: int
    left: int
    top: int
    columns: int
    rows: int
    x_low: float
    x_high: float
    log_x: bool

    def column_of(self, x: float) -> int | None:
        """The drawing's column that shows x; None outside the plotting area."""
        if self.columns < 1:
            return None
        (share,) = Axis(self.x_low, self.x_high, self.log_x).share(np.array([x]))
        if not -1e-9 <= share <= 1 + 1e-9:
            return None
        return self.left + cell(float(share), self.columns, DOTS_X)

    def x_at(self, column: int) -> float:
        """The x in the middle of one of the drawing's columns, within the axis."""
        last = max(self.columns * DOTS_X - 1, 1)
        share = ((column - self.left) * DOTS_X + 0.5) / last
        return Axis(self.x_low, self.x_high, self.log_x).value(min(max(share, 0.0), 1.0))

    def with_mark(self, x: float, palette: Palette) -> Chart:
        """The chart with a quieter line at another x than the cursor's."""
        column = self.column_of(x)
        if column is None:
            return self
        style = palette.style(palette.foreground)
        drawing = tint_column(self.drawing, column, range(self.top, self.top + self.rows), palette.text("┊"), style)
        if self.top + self.rows + 1 < drawing.height:
            drawing = put(drawing, column, self.top + self.rows, palette.text("△"), style)
        return replace(self, drawing=drawing)

    def with_cursor(self, x: float, palette: Palette, label: str = "") -> Drawing:
        """The drawing with a vertical line at x and `label` below it, on the line of the ticks."""
        column = self.column_of(x)
        if column is None:
            return self.drawing
        accent = palette.style(palette.accent, bold=True)
        line = palette.style(palette.accent, mix(palette.background, palette.accent, 0.25))
        glyph = palette.text("│")
        drawing = tint_column(self.drawing, column, range(self.top, self.top + self.rows), glyph, line)
        ticks = self.top + self.rows + 1
        if ticks < drawing.height:
            drawing = put(drawing, column, ticks - 1, palette.text("▲"), accent)
            if label:
                text = f" {palette.text(clean(label))} "
                start = min(max(column - len(text) // 2, 0), max(drawing.width - len(text), 0))
                drawing = put(_without_cut_numbers(drawing, start, len(text), ticks), start, ticks, text, accent)
        return drawing


def line_chart(
    series: Sequence[Series],
    width: int,
    height: int,
    palette: Palette,
    *,
    x_label: str = "",
    y_label: str = "",
    log_x: bool = False,
    log_y: bool = False,
    y_range: tuple[float, float] | None = None,
    bands: Sequence[tuple[float, float, str]] = (),
) -> Chart:
    """The series at exactly width x height. NaN is a gap; `bands` are shaded (from, to, name) intervals."""
    width, height = max(width, 0), max(height, 0)
    data = [_floats(one) for one in series]
    shown = [_shown(x, y, log_x, log_y) for x, y in data]
    present = [~(np.isnan(x) | np.isnan(y)) for x, y in data]
    hidden = sum(int((p & ~s).sum()) for p, s in zip(present, shown, strict=True))
    spread = any(one.kind == "points" for one in series)
    xs = np.concatenate([x[s] for (x, _), s in zip(data, shown, strict=True)] or [np.zeros(0)])
    ys = np.concatenate([y[s] for (_, y), s in zip(data, shown, strict=True)] or [np.zeros(0)])
    x_axis = fitted_axis(xs, log_x, 0.02 if spread else 0.0, from_zero=False)
    y_axis = fitted_axis(ys, log_y, 0.04, from_zero=True)
    if y_range is not None and y_range[0] < y_range[1] and (y_range[0] > 0 or not log_y):
        y_axis = Axis(*y_range, log_y)

    markers = palette.markers()
    chosen = [index if one.colour is None else one.colour for index, one in enumerate(series)]
    inks = [palette.series[index % len(palette.series)] for index in chosen]
    inks = [mix(palette.background, ink, 0.6) if s.dim else ink for s, ink in zip(series, inks, strict=True)]
    entries = []
    for index, one in enumerate(series):
        marker = markers[index % len(markers)]
        sample = palette.text(("•" if one.kind == "points" else "━━") if marker == "braille" else marker)
        if one.name:
            entries.append(Run(f"{sample} {palette.text(clean(one.name))}", palette.style(inks[index])))
    y_count = max((height - 3) // 3, 2)
    widest = max((len(tick.text) for tick in y_axis.ticks(y_count)), default=1)
    area = room(width, height, widest, bool(entries or y_label))
    made = Chart(
        fit(Drawing(0, ()), width, height),
        hidden,
        area.left,
        area.top,
        area.columns,
        area.rows,
        x_axis.low,
        x_axis.high,
        log_x,
    )
    if area.columns < 2 or area.rows < 1:
        return replace(made, columns=0, rows=0)

    traces, shades = [], []
    for one, (x, y), index in zip(series, data, range(len(series)), strict=True):
        across = dots(x_axis.share(x), area.columns * DOTS_X)
        up = dots(y_axis.share(y), area.rows * DOTS_Y)
        # A point far outside y_range must not make plotext walk there dot by dot.
        up = np.clip(up, -area.rows * DOTS_Y, 2 * area.rows * DOTS_Y)
        keep = reduced_line(across, up) if one.kind == "line" else reduced_points(across, up)
        traces.append((across[keep[0]], up[keep[0]], keep[1], one.kind == "line", markers[index % len(markers)]))
        shades.append(_cell_shades(one, across, up))
    below_first = sorted(range(len(series)), key=lambda index: not series[index].dim)
    glyphs, owners = _plotted(traces, area, below_first)
    styles = [palette.style(ink) for ink in inks]
    spans = _spans(bands, x_axis, area.columns)
    canvas = _styled(glyphs, owners, styles, shades, spans=spans, palette=palette)
    canvas = _named(canvas, bands, spans, palette)
    drawing = framed(
        canvas,
        area,
        palette,
        y_ticks=placed_ticks(y_axis, y_count, area.rows, DOTS_Y, flip=True),
        x_ticks=placed_ticks(x_axis, min(max(area.columns // 11, 2), 8), area.columns, DOTS_X, flip=False),
        x_label=x_label,
        header=header_line(y_label, entries, width, palette),
    )
    return replace(made, drawing=fit(drawing, width, height))


def _floats(one: Series) -> tuple[Floats, Floats]:
    x, y = np.asarray(one.x, dtype=float).ravel(), np.asarray(one.y, dtype=float).ravel()
    if len(x) != len(y):
        raise ValueError(f"series {one.name!r}: {len(x)} x values but {len(y)} y values")
    return x, y


def _shown(x: Floats, y: Floats, log_x: bool, log_y: bool) -> NDArray[np.bool_]:
    good: NDArray[np.bool_] = np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not log_x)) & ((y > 0) | (not log_y))
    return good


_Trace = tuple[Floats, Floats, NDArray[np.bool_], bool, str]


def _plotted(traces: Sequence[_Trace], area: Room, order: Sequence[int]) -> tuple[list[str], list[list[int]]]:
    """plotext's canvas: rows of glyphs, and for each cell the index of the last in order that drew there, or -1."""
    width, height = area.columns * DOTS_X - 1, area.rows * DOTS_Y - 1
    figure = importlib.import_module("plotext._figure")._figure_class()
    figure._limit_size(False, False)  # whatever the size of the terminal, if there is one
    figure.plot_size(area.columns, area.rows)
    figure.clear_color()
    figure.frame(False)
    figure.xticks([])
    figure.yticks([])
    figure.xlim(0, width)
    figure.ylim(0, height)
    for index in order:
        x, y, broken, line, marker = traces[index]
        if marker != "braille":
            # The whole cell, in the dots that plotext will round to that cell again.
            x = x // DOTS_X * (width / max(area.columns - 1, 1))
            y = y // DOTS_Y * (height / max(area.rows - 1, 1))
        across: list[float | None] = []
        up: list[float | None] = []
        for one_x, one_y, gap in zip(x.tolist(), y.tolist(), broken.tolist(), strict=True):
            if gap:
                across.append(None)
                up.append(None)
            across.append(one_x)
            up.append(one_y)
        if across:
            # The colour only carries the index: which colour that is, is not plotext's business.
            draw = figure.plot if line else figure.scatter
            draw(across, up, marker=marker, color=(0, index // 256, index % 256))
    glyphs, owners = [], []
    for text in figure.build().split("\n")[: area.rows]:
        row, owner, current = [], [], -1
        for codes, glyph in _TOKEN.findall(text):
            if glyph:
                row.append(glyph)
                owner.append(current)
                continue
            parts = codes.split(";")
            current = int(parts[3]) * 256 + int(parts[4]) if parts[:2] == ["38", "2"] else -1
        glyphs.append("".join(row))
        owners.append(owner)
    return glyphs, owners


def _cell_shades(one: Series, x: Floats, y: Floats) -> dict[tuple[int, int], float]:
    """(column, row from below) -> the strongest shade of the points in that cell."""
    if one.shade is None:
        return {}
    shade = np.clip(np.nan_to_num(np.asarray(one.shade, dtype=float).ravel()), 0, 1)
    cells: dict[tuple[int, int], float] = {}
    for index in np.flatnonzero(np.isfinite(x) & np.isfinite(y)).tolist():
        cell = int(x[index]) // DOTS_X, int(y[index]) // DOTS_Y
        cells[cell] = max(cells.get(cell, 0.0), float(shade[index]))
    return cells


def _styled(
    glyphs: Sequence[str],
    owners: Sequence[Sequence[int]],
    styles: Sequence[Style],
    shades: Sequence[dict[tuple[int, int], float]],
    *,
    spans: Sequence[tuple[int, int]],
    palette: Palette,
) -> Drawing:
    """The canvas in our colours, the bands behind it."""
    columns = len(glyphs[0]) if glyphs else 0
    behind: list[str | None] = [None] * columns
    for index, (start, end) in enumerate(spans):
        tint = mix(palette.background, palette.foreground, (0.05, 0.11)[index % 2])
        behind[start:end] = [tint if palette.colour else None] * (end - start)
    ramp = palette.sequential
    lines = []
    for row, (text, owner) in enumerate(zip(glyphs, owners, strict=True)):
        runs = []
        for column, (glyph, index) in enumerate(zip(text, owner, strict=True)):
            style = styles[index] if index >= 0 and glyph not in BLANKS else Style()
            if index >= 0 and shades[index] and palette.colour:
                shade = shades[index].get((column, len(glyphs) - 1 - row), 0.0)
                # The lowest steps are the background's: a point must be seen.
                style = Style(ramp[min(3 + int(shade * (len(ramp) - 3)), len(ramp) - 1)])
            runs.append(Run(glyph, style._replace(bg=behind[column])))
        lines.append(merged(runs))
    return Drawing(columns, tuple(lines))


def _spans(bands: Sequence[tuple[float, float, str]], axis: Axis, columns: int) -> list[tuple[int, int]]:
    """First column and the column after the last of each band, cut off at the edges."""
    spans = []
    for low, high, _ in bands:
        ends = []
        for value in (low, high):
            share = float(axis.share(np.array([value]))[0])
            if math.isnan(share):
                share = 1.0 if value > 0 else 0.0
            ends.append(cell(share, columns, DOTS_X))
        spans.append((ends[0], ends[1] if ends[1] < columns - 1 else columns))
    return spans


def _named(
    canvas: Drawing,
    bands: Sequence[tuple[float, float, str]],
    spans: Sequence[tuple[int, int]],
    palette: Palette,
) -> Drawing:
    """The bands' names where a row has room for them; without colour, their edges."""
    for (start, end), (_, _, given) in zip(spans, bands, strict=True):
        if not palette.colour:
            for column in {start, end} - {0, canvas.width}:
                canvas = tint_column(canvas, column, range(canvas.height), palette.text("┊"), Style())
        name = palette.text(clean(given))
        if len(name) + 2 > end - start:
            continue
        for row in range(canvas.height):
            runs = cut(canvas.lines[row], start + 1, start + 1 + len(name))
            if all(set(run.text) <= BLANKS for run in runs):
                style = Style(palette.muted if palette.colour else None, runs[0].style.bg)
                canvas = put(canvas, start + 1, row, name, style)
                break
    return canvas


def _without_cut_numbers(drawing: Drawing, start: int, length: int, row: int) -> Drawing:
    """Blanks every number that a label at those cells would cut in two: half a number is a wrong number."""
    text = "".join(run.text for run in drawing.lines[row])
    for match in re.finditer(r"\S+", text):
        if match.start() < start + length and match.end() > start:
            drawing = put(drawing, match.start(), row, " " * len(match.group()))
    return drawing
