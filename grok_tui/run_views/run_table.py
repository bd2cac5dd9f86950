"""The table of runs: a row for each run, its settings that vary, its state, losses and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.many_runs.fields import value_of
from engine.many_runs.run_row import RunRow
from grok_tui.render.cell_text import cut_cells, to_cells
from grok_tui.render.cells import Drawing, Line, Span, Style, merge_spans
from grok_tui.render.palette import Palette, mix
from grok_tui.render.readout import Readout, ReadoutArea
from grok_tui.render.sparkline import sparkline
from grok_tui.render.table import Column, Table, Value, hidden_rows, visible_rows
from grok_tui.render.target import Target
from grok_tui.run_views.run_view import RunSet, RunsView, ShownRuns, value_text
from grok_tui.views.view import About

ABSENT = "–"
_SPARKLINES = 16, 8  # cells of the curves, on a wide and on a narrow screen
_CURVE_TITLES = {16: "test loss, log", 8: "test"}
_CURVE_INK = 0.6
_GUTTER = 3  # the cursor and the mark
_NAME = 14  # the least width of names
_GAP = 2
_BEFORE_CURVES = 4  # the columns up to this rank are more important than the curves
# Settings that every run has are in the title where they do not vary.
TITLE_SETTINGS = ("p", "operation", "architecture")


@dataclass(frozen=True, eq=False)
class RunTableAnswer:
    """The rows on show; `cursor` is the place of one of them."""

    runs: ShownRuns
    cursor: int | None


@dataclass(frozen=True)
class RunColumn:
    """A column: its title, the text of a run, and its rank: the highest ranks are left out on a narrow screen."""

    title: str
    text: Callable[[RunRow], str]
    rank: int
    right: bool = True


def query(runs: ShownRuns) -> RunTableAnswer:
    return RunTableAnswer(runs, runs.cursor)


def title(answer: RunTableAnswer) -> str:
    runs, selection = answer.runs, answer.runs.selection
    shown, marked = len(runs.shown.rows), sum(row.path in selection.marks for row in runs.shown.rows)
    parts = [
        f"{shown:,} {'run' if shown == 1 else 'runs'}" if shown == runs.n_all else f"{shown:,} of {runs.n_all:,} runs"
    ]
    parts += [selection.where] if selection.where else []
    parts += [f"{marked:,} marked"] if marked else []
    parts += [f"by {selection.order}"] if selection.order != "name" else []
    parts += [f"p = {value}" if name == "p" else str(value) for name, value in _constants(runs.shown)]
    return " · ".join(parts)


def _constants(runs: RunSet) -> list[tuple[str, Value]]:
    """The settings of the title with the value that all runs have."""
    if not runs.rows:
        return []
    values = [(name, {value_of(row, name) for row in runs.rows if row.state != "damaged"}) for name in TITLE_SETTINGS]
    return [(name, _plain(next(iter(found)))) for name, found in values if len(found) == 1 and found != {None}]


def columns_of(runs: RunSet) -> tuple[RunColumn, ...]:
    """The columns after the name, in the order in which they are shown."""
    settings = [
        RunColumn(name, lambda row, name=name: setting_text(row, name), 1 if rank < 3 else 12 + rank)  # type: ignore[misc]
        for rank, name in enumerate(runs.varying)
    ]
    return (
        *settings,
        RunColumn("state", lambda row: row.state, 3, right=False),
        RunColumn("epochs", _epochs, 5),
        RunColumn("keys", _number_of_keys, 6),
        RunColumn("key frequencies", _key_frequencies, 11, right=False),
        RunColumn("memorised", lambda row: _whole(value_of(row, "memorised")), 9),
        RunColumn("grokked", lambda row: _whole(value_of(row, "grokked")), 2),
        RunColumn("cleaned up", lambda row: _whole(value_of(row, "cleaned_up")), 8),
        RunColumn("train loss", lambda row: _loss(row.train_loss), 10),
        RunColumn("test loss", lambda row: _loss(row.test_loss), 4),
        RunColumn("test acc", lambda row: ABSENT if row.test_accuracy is None else f"{row.test_accuracy:.1%}", 7),
    )


def setting_text(row: RunRow, name: str) -> str:
    """A setting as the table shows it."""
    return value_text(value_of(row, name)) or ABSENT


def _epochs(row: RunRow) -> str:
    """The last epoch, and the planned end if it is not reached."""
    if row.epoch is None:
        return ABSENT
    return f"{row.epoch:,}" if row.epochs in (None, row.epoch) else f"{row.epoch:,}/{row.epochs:,}"


def _number_of_keys(row: RunRow) -> str:
    return ABSENT if row.measured is None else str(len(row.measured.key_frequencies))


def _key_frequencies(row: RunRow) -> str:
    """The list as far as it fits; one that is cut ends in …"""
    if row.measured is None:
        return ABSENT
    text = " ".join(map(str, row.measured.key_frequencies)) or "none"
    return text if len(text) <= 20 else text[:19].rpartition(" ")[0] + " …"


def _whole(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else ABSENT


def _loss(loss: float | None) -> str:
    return ABSENT if loss is None else f"{loss:.2e}"


def draw(answer: RunTableAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The rows around the cursor; the columns of the highest ranks are left out until the others fit."""
    runs = answer.runs.shown
    if not runs.rows:
        note = "no run matches the filter" if answer.runs.n_all else "no runs yet"
        return Drawing.of_lines([" " * _GUTTER + note, *[""] * (height - 1)], width, palette.style(palette.muted))
    texts = _texts(runs)
    columns, widths, curve = _fitting(texts, width)
    rows = visible_rows(len(runs.rows), height - 1, answer.cursor)
    others = sum(column + _GAP for column in [*widths, *([curve] if curve else [])])
    others += _GAP if len(columns) < len(texts.columns) else 0
    layout = _Layout(texts, columns, widths, min(texts.name_width, max(width - _GUTTER - others, 1)), curve, width)
    lines: list[Line] = [layout.header(palette)]
    for index in rows:
        marked = runs.rows[index].path in answer.runs.selection.marks
        lines.append(layout.row(index, palette, current=index == answer.cursor, marked=marked))
    hidden = len(runs.rows) - len(rows)
    if hidden and height > 2:
        note = hidden_rows(rows.start, len(runs.rows) - rows.stop)
        lines.append((Span(palette.text(f"   … {note}"), palette.style(palette.muted)),))
    lines.extend([()] * (height - len(lines)))
    drawing = Drawing.of_lines(lines[:height], width)

    def read(column: int, row: int) -> Readout:
        run = runs.rows[rows[row]]
        return Readout(to_cells(run.name), Target(run=run.path))

    return replace(drawing, areas=(ReadoutArea(0, 1, width, len(rows), read, rows=True),) if rows else ())


@dataclass(frozen=True, eq=False)
class _Texts:
    """The texts of all rows [column][row], and the width of each column."""

    runs: RunSet
    columns: tuple[RunColumn, ...]
    cells: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def name_width(self) -> int:
        return max([len("run"), *map(len, self.names)])


@lru_cache(maxsize=4)  # the cursor moves, the rows stay
def _texts(runs: RunSet) -> _Texts:
    columns = columns_of(runs)
    cells = tuple(tuple(map(column.text, runs.rows)) for column in columns)
    widths = tuple(max(len(c.title), *map(len, column)) for c, column in zip(columns, cells, strict=True))
    return _Texts(runs, columns, cells, widths, tuple(to_cells(row.name) for row in runs.rows))


def _fitting(texts: _Texts, width: int) -> tuple[list[int], list[int], int]:
    """The columns that fit in their order, their widths, and the width of the curves; 0 if they do not fit."""
    room = width - _GUTTER - min(texts.name_width, _NAME)
    ranked = sorted(range(len(texts.columns)), key=lambda index: (texts.columns[index].rank, index))
    wanted = [index for index in ranked if not _empty(texts, index)]
    needed = sum(texts.widths[index] + _GAP for index in wanted if texts.columns[index].rank <= _BEFORE_CURVES)
    curve = next((cells for cells in _SPARKLINES if needed + cells + _GAP <= room), 0)
    used = curve + _GAP if curve else 0
    if used + sum(texts.widths[index] + _GAP for index in wanted) > room:
        room -= _GAP  # for the ellipsis of the columns that are left out
    fits: list[int] = []
    for index in wanted:
        used += texts.widths[index] + _GAP
        if used > room:
            break
        fits.append(index)
    fits.sort()
    return fits, [texts.widths[index] for index in fits], curve


def _empty(texts: _Texts, index: int) -> bool:
    """Whether a column of metrics has no value in any row."""
    return all(text == ABSENT for text in texts.cells[index])


@dataclass(frozen=True)
class _Layout:
    texts: _Texts
    columns: Sequence[int]
    widths: Sequence[int]
    name_width: int
    curve: int
    width: int

    def header(self, palette: Palette) -> Line:
        titles = [self._cell(self.texts.columns[i].title, i, w) for i, w in zip(self.columns, self.widths, strict=True)]
        parts = ["run".ljust(self.name_width), *titles, *([_CURVE_TITLES[self.curve]] if self.curve else [])]
        text = " " * _GUTTER + (" " * _GAP).join(parts)
        if len(self.columns) < sum(not _empty(self.texts, index) for index in range(len(self.texts.columns))):
            text += " …"
        return (Span(palette.text(text[: self.width]), palette.style(palette.muted, bold=True)),)

    def row(self, index: int, palette: Palette, *, current: bool, marked: bool) -> Line:
        run = self.texts.runs.rows[index]
        back = mix(palette.background, palette.accent, 0.22) if current else None
        ink = palette.style(palette.foreground, back, bold=current)
        accent = palette.style(palette.accent, back, bold=True)
        spans = [Span(palette.text(f"{'▸' if current else ' '}{'●' if marked else ' '} "), accent)]
        spans.append(Span(palette.text(_cut(self.texts.names[index], self.name_width)), ink))
        for column, width in zip(self.columns, self.widths, strict=True):
            style = _state_style(run, palette, back, ink) if self.texts.columns[column].title == "state" else ink
            text = self._cell(self.texts.cells[column][index], column, width)
            spans.append(Span(" " * _GAP + palette.text(text), style))
        if self.curve:
            losses = run.losses
            curve = sparkline(losses.epochs, losses.test, self.curve, palette, log=True)
            faint = mix(palette.background, palette.series[0], _CURVE_INK)
            spans.append(Span(" " * _GAP + curve, palette.style(faint, back)))
        length = sum(len(span.text) for span in spans)
        return merge_spans([*spans, Span(" " * max(self.width - length, 0), ink)])

    def _cell(self, text: str, column: int, width: int) -> str:
        return text.rjust(width) if self.texts.columns[column].right else text.ljust(width)


def _state_style(run: RunRow, palette: Palette, back: str | None, ink: Style) -> Style:
    colours = {"growing": palette.accent, "damaged": palette.warning, "stopped": palette.muted}
    return palette.style(colours[run.state], back, bold=ink.bold) if run.state in colours else ink


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else cut_cells(text, 0, max(width - 1, 0)) + "…"


def table(answer: RunTableAnswer) -> Table:
    """All columns of the runs on show, in full."""
    return run_table(answer.runs.shown)


def run_table(runs: RunSet) -> Table:
    """The runs as data: their settings that vary and those of every run, state, metrics and losses."""
    settings = tuple(dict.fromkeys((*TITLE_SETTINGS, "seed", *runs.varying)))
    results = ("state", "epoch", "epochs", "key_frequencies", "n_key_frequencies", "memorised", "grokked", "cleaned_up")
    losses = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
    names = ("name", *settings, *results, *losses, "problem")
    rows = tuple(tuple(_plain(value_of(row, name)) for name in names) for row in runs.rows)
    formats = {**dict.fromkeys(losses, ".4g"), **dict.fromkeys(("epoch", "epochs", *results[-3:]), ",d")}
    return Table(tuple(Column(name, formats.get(name, ""), names=name in settings) for name in names), rows)


def _plain(value: object) -> Value:
    """A value of a cell; a list as numbers separated by blanks."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


VIEW = RunsView(
    name="runs",
    about=About(
        shows=(
            "A row for each run below the folder: its name, the settings that differ among the runs, its state, the "
            "last epoch, and what its metrics say. On the right the test loss over epochs, on a log scale of its own. "
            "On a narrow screen the least important columns are left out; settings that all runs share are in the "
            "title."
        ),
        definition=(
            "state: growing while a training holds its lock or its files change; finished at its planned end; stopped "
            "before it; damaged if it cannot be read\n"
            "keys, key frequencies: those of the last checkpoint\n"
            "memorised, grokked, cleaned up: the epochs at which the phases end, as the view `phases` defines them; a "
            "run has grokked only if its last test accuracy is at least 99%\n"
            "The losses are the last ones recorded. Absent values are `–`: a phase that has not ended, or metrics that "
            "are not computed yet."
        ),
        reading=(
            "{runs.sort} sorts, {runs.filter} filters, {runs.mark} marks: figures below are of the marked runs, or of "
            "all on show. {runs.open} opens a run, {runs.compare} compares the two that are marked. Missing metrics "
            "are computed in the background, and cached; the table follows runs that grow and runs that are added."
        ),
    ),
    keys=("runs.open", "runs.mark", "runs.filter", "runs.sort", "runs.group", "runs.compare"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
