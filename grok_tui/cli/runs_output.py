"""Runs, or groups of runs, as text, CSV, JSON, Markdown or LaTeX."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from engine import __version__
from engine.absent import none_unless_finite
from engine.explorer.definitions import DEFINITIONS_VERSION
from engine.many_runs.run_row import RunRow
from grok_tui.render.cells import Drawing
from grok_tui.render.formats.latex import to_latex
from grok_tui.render.formats.markdown import to_markdown
from grok_tui.render.formats.text_and_data import to_csv, to_text
from grok_tui.render.palette import Palette, choose_palette
from grok_tui.render.sparkline import sparkline
from grok_tui.render.table import Column, Table
from grok_tui.run_views import group_table, run_table
from grok_tui.run_views.run_view import ShownRuns
from grok_tui.session.settings import read_settings, settings_path
from grok_tui.terminal.display import output_markers

_WIDTH = 1_000  # without a terminal nothing is cut
_GUTTER = 3  # of the table in the explorer: the cursor and the mark
_SCIENTIFIC = re.compile(r"-?\d\.\d\de[-+]\d+")
_ABSENT = ("", "–")
_CURVE = 16  # cells of a sparkline in Markdown


def render_runs(shown: ShownRuns, paths: Sequence[Path], form: str, *, to_file: bool) -> str:
    """The runs, or the groups if the selection has some, in a format."""
    palette = _palette(to_file)
    grouped = bool(shown.selection.group_by)
    if form == "json":
        return _json(shown, paths, _groups(shown) if grouped else None)
    if form == "csv":
        return to_csv(_group_data(shown) if grouped else run_table.run_table(shown.shown))
    if form == "md":
        return to_markdown(_group_data(shown) if grouped else _printed_table(shown, palette))
    if form == "tex":
        comment = f"{', '.join(map(str, paths))} · grok-tui {__version__}"
        return to_latex(_group_data(shown) if grouped else _with_numbers(_printed_table(shown, None)), [comment])
    return _text(shown, grouped, palette)


def _palette(to_file: bool) -> Palette:
    settings = read_settings(settings_path())
    return choose_palette(True, colours="none", markers=output_markers(settings, Path() if to_file else None))


def _text(shown: ShownRuns, grouped: bool, palette: Palette) -> str:
    """The title and the table, as wide as the terminal, with all rows and without a cursor."""
    width, height = get_terminal_size((_WIDTH, 0)).columns, len(shown.shown.rows) + 1
    if grouped:
        groups = replace(group_table.query(shown), current=None)
        title, lines = group_table.title(groups), _lines(group_table.draw(groups, width, height, palette))
    else:
        runs = replace(run_table.query(shown), cursor=None)
        title, lines = run_table.title(runs), _lines(run_table.draw(runs, width + _GUTTER, height, palette))
        lines = [line[_GUTTER:] for line in lines]
    return "\n".join([palette.text(title), *lines]).rstrip()


def _lines(drawing: Drawing) -> list[str]:
    return to_text(drawing).splitlines()


def _printed_table(shown: ShownRuns, palette: Palette | None) -> Table:
    """The columns of the table on the screen, with their texts; the curves only with a palette."""
    columns = run_table.columns_of(shown.shown)
    names = ["run", *(column.title for column in columns), *(["test loss, log"] if palette else [])]
    rows = [
        (row.name, *(column.text(row) for column in columns), *([_curve(row, palette)] if palette else []))
        for row in shown.shown.rows
    ]
    return Table(tuple(map(Column, names)), tuple(rows))


def _with_numbers(table: Table) -> Table:
    """The table with numbers for the texts of columns in scientific notation, so that LaTeX sets their exponents."""
    columns, values = list(table.columns), [list(texts) for texts in zip(*table.rows, strict=True)]
    for index, texts in enumerate(values):
        known = [str(text) for text in texts if text not in _ABSENT]
        if known and all(map(_SCIENTIFIC.fullmatch, known)):
            columns[index] = replace(columns[index], format=".2e")
            values[index] = [None if text in _ABSENT else float(str(text)) for text in texts]
    return Table(tuple(columns), tuple(zip(*values, strict=True)))


def _curve(row: RunRow, palette: Palette) -> str:
    return sparkline(row.losses.epochs, row.losses.test, _CURVE, palette, log=True)


def _group_data(shown: ShownRuns) -> Table:
    return group_table.table(group_table.query(shown))


def _groups(shown: ShownRuns) -> list[dict[str, Any]]:
    table = _group_data(shown)
    return [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]


def _json(shown: ShownRuns, paths: Sequence[Path], groups: list[dict[str, Any]] | None) -> str:
    """Provenance first, then a list of runs or of groups; absent values are null."""
    selection = shown.selection
    provenance = {
        "paths": [str(path.absolute()) for path in paths],
        "version": __version__,
        "definitions": DEFINITIONS_VERSION,
        "where": selection.where or None,
        "sort": selection.order,
        "group_by": selection.group_by or None,
        "runs_found": shown.n_all,
    }
    content: dict[str, object] = {"provenance": provenance}
    if groups is None:
        content["runs"] = [run_json(row) for row in shown.shown.rows]
    else:
        content["groups"] = groups
    return json.dumps(_json_value(content), indent=1, allow_nan=False)


def run_json(row: RunRow) -> dict[str, object]:
    """A row as JSON values."""
    measured = row.measured
    return {
        "name": row.name,
        "path": str(row.path.absolute()),
        "state": row.state,
        "problem": row.problem,
        "settings": dict(row.settings),
        "epoch": row.epoch,
        "epochs": row.epochs,
        "train_loss": row.train_loss,
        "test_loss": row.test_loss,
        "train_accuracy": row.train_accuracy,
        "test_accuracy": row.test_accuracy,
        "measured": measured is not None,
        "key_frequencies": None if measured is None else list(measured.key_frequencies),
        "memorised": None if measured is None else measured.memorised,
        "grokked": None if measured is None else measured.grokked,
        "cleaned_up": None if measured is None else measured.cleaned_up,
        "metrics": None if measured is None else dict(measured.final),
    }


def _json_value(value: object) -> object:
    """A value as every JSON reader accepts it: without NaN and infinities, and without undecodable bytes of a name."""
    if isinstance(value, Mapping):
        return {name: _json_value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if isinstance(value, str):
        return value.encode(errors="surrogateescape").decode(errors="replace")
    return none_unless_finite(value) if isinstance(value, float) else value
