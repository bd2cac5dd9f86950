"""The table of runs: columns by importance, whole numbers, the cursor, marks, and the data behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.many_runs.run_row import RunRow
from grok_tui.render.palette import ASCII, DARK
from grok_tui.run_views.run_table import VIEW
from grok_tui.run_views.run_view import show_runs
from grok_tui.session.runs_selection import RunsSelection
from tests.grok_tui.run_views.made_runs import made_run, made_sweep

ROWS = made_sweep(2)


def lines_of(width: int, height: int = 30, rows: list[RunRow] = ROWS, **selection: object) -> list[str]:
    answer = VIEW.query(show_runs(rows, RunsSelection(**selection)))
    return VIEW.draw(answer, width, height, DARK).plain().split("\n")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160, 220])
def test_a_narrow_screen_drops_columns_and_cuts_no_number(width: int) -> None:
    header, *rows = lines_of(width)
    assert all(len(line) <= width for line in rows)
    words = {word for line in lines_of(400)[1:] for word in line.split()}
    shown = [word for line in rows for word in line.split() if not word.endswith("…") and "=" not in word]
    assert {word for word in shown if word[0].isdigit()} <= words
    assert ("…" in header) == (width < 200)


def test_what_varies_and_the_result_stay_longest() -> None:
    header = lines_of(80)[0]
    for title in ("seed", "weight_decay", "frac_train", "grokked"):
        assert title in header
    assert "memorised" not in header
    assert "key frequencies" in lines_of(220)[0]


def test_a_list_that_is_cut_ends_in_an_ellipsis() -> None:
    row = made_run(1.0, 0)
    many = replace(row, measured=replace(row.measured, key_frequencies=tuple(range(10, 30))))
    assert "10 11 12 13 14 15 …" in "\n".join(lines_of(220, rows=[many]))


def test_absent_values_are_dashes_and_an_empty_column_is_left_out() -> None:
    waiting = [made_run(1.0, seed, measured=False) for seed in range(3)]
    assert "grokked" not in lines_of(220, rows=waiting)[0]
    mixed = lines_of(220, rows=[*waiting, made_run(1.0, 3)])
    assert "–" in mixed[1]
    assert "8,300" in mixed[4]


def test_settings_that_all_runs_share_are_in_the_title() -> None:
    answer = VIEW.query(show_runs(ROWS, RunsSelection(where="seed=0", order="-test_loss")))
    assert VIEW.title(answer) == "12 of 24 runs · seed=0 · by -test_loss · p = 113 · add · transformer"


def test_the_cursor_and_the_marks_have_glyphs() -> None:
    lines = lines_of(100, cursor=ROWS[2].path, marks=frozenset({ROWS[1].path}))
    assert [line[:2].strip() for line in lines[1:5]] == ["", "●", "▸", ""]


def test_the_rows_scroll_to_the_cursor_and_the_rest_is_counted() -> None:
    lines = lines_of(100, 10, cursor=ROWS[-1].path)
    assert ROWS[-1].name[:10] in lines[-2]
    assert "16 more above" in lines[-1]


def test_an_unfinished_run_shows_its_planned_end() -> None:
    growing = replace(made_run(1.0, 0, state="growing"), epoch=1_200)
    assert "1,200/20,000" in lines_of(200, rows=[growing])[1]


def test_it_is_ascii_where_the_palette_is() -> None:
    answer = VIEW.query(show_runs(ROWS, RunsSelection(marks=frozenset({ROWS[0].path}))))
    assert VIEW.draw(answer, 120, 30, ASCII).plain().isascii()


def test_without_a_match_it_says_so() -> None:
    assert "no run matches" in lines_of(80, where="seed=9")[0]
    assert "no runs yet" in lines_of(80, rows=[])[0]


def test_the_data_has_absent_values_as_none() -> None:
    table = VIEW.table(VIEW.query(show_runs([made_run(0.3, 0)], RunsSelection())))
    values = dict(zip((column.name for column in table.columns), table.rows[0], strict=True))
    assert values["grokked"] is None
    assert values["key_frequencies"] == "1 12 23 34"
    assert values["n_key_frequencies"] == 4
    assert values["test_loss"] == made_run(0.3, 0).test_loss
