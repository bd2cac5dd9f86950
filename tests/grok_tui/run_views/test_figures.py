"""The figures of many runs on a sweep made by formula: their numbers, their holes, and that they draw everywhere."""

from __future__ import annotations

from dataclasses import replace
from statistics import mean, median, stdev

import pytest

from engine.errors import WrongUsage
from engine.many_runs.run_row import RunRow
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO
from grok_tui.render.table import Table
from grok_tui.run_views import RUN_VIEWS
from grok_tui.run_views.run_view import RunSet, axes_of, group_fields, show_runs
from grok_tui.session.keymap import TABLE_KEYS
from grok_tui.session.runs_selection import FIGURES, METRICS, FigureChoice, RunsSelection
from tests.grok_tui.run_views.made_runs import made_run, made_sweep

ROWS = made_sweep(5)


def answer_of(name: str, rows: list[RunRow] = ROWS, where: str = "", group_by: str = "", **choice: object):
    selection = RunsSelection(where=where, group_by=group_by, figure=FigureChoice(**choice))
    return RUN_VIEWS[name].query(show_runs(rows, selection))


def table_of(name: str, rows: list[RunRow] = ROWS, **selection: object) -> Table:
    return RUN_VIEWS[name].table(answer_of(name, rows, **selection))


def dicts(table: Table) -> list[dict[str, object]]:
    return [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]


def text_of(name: str, size: tuple[int, int] = (110, 30), rows: list[RunRow] = ROWS, **selection: object) -> str:
    return RUN_VIEWS[name].draw(answer_of(name, rows, **selection), *size, DARK).plain()


def test_the_registry_has_the_figures_of_the_keys() -> None:
    assert tuple(RUN_VIEWS) == FIGURES
    ids = {key.id for key in TABLE_KEYS}
    assert all(set(view.keys) <= ids for view in RUN_VIEWS.values())


@pytest.mark.parametrize("name", RUN_VIEWS)
@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("size", [(20, 6), (78, 9), (120, 30), (220, 60), (1, 1)], ids=str)
@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], []], ids=["sweep", "one run", "none"])
def test_every_figure_has_exactly_its_size(name, palette, size, rows) -> None:
    view = RUN_VIEWS[name]
    answer = view.query(show_runs(rows, RunsSelection()))
    drawing = view.draw(answer, *size, palette)
    assert (drawing.width, drawing.height) == size
    assert all(sum(len(span.text) for span in line) == size[0] for line in drawing.lines)
    assert view.title(answer)
    assert not palette.ascii or drawing.plain().isascii()


# Loss curves


def test_the_curves_have_the_median_of_each_group() -> None:
    rows = [made_run(1.0, seed) for seed in range(5)]
    at = {row["epoch"]: row for row in dicts(table_of("curves", rows))}
    losses = [row.losses.test[row.losses.epochs.index(8_000)] for row in rows]
    assert at[8_000]["median"] == pytest.approx(median(losses))
    assert at[8_000]["n"] == 5


def test_runs_are_grouped_by_what_varies_but_the_seed() -> None:
    assert {row["group"] for row in dicts(table_of("curves", where="frac_train=0.3"))} == {
        f"weight_decay={value}" for value in ("0.3", "0.5", "1", "2")
    }
    assert {row["group"] for row in dicts(table_of("curves", group_by="none"))} == {"all runs"}
    assert group_fields(ROWS[:1], "") == ()


def test_there_are_no_more_groups_than_colours_unless_asked_for() -> None:
    assert len({row["group"] for row in dicts(table_of("curves"))}) == 4
    assert len({row["group"] for row in dicts(table_of("curves", group_by="!seed"))}) == 12


def test_aligned_at_grokking_runs_that_have_not_grokked_are_left_out_and_counted() -> None:
    answer = answer_of("curves", where="frac_train=0.3", alignment="grokked")
    assert len(answer.left_out) == 5 + sum(row.measured.grokked is None for row in ROWS if _is(row, 0.5, 0.3))
    assert "not grokked" in text_of("curves", where="frac_train=0.3", alignment="grokked")
    table = RUN_VIEWS["curves"].table(answer)
    assert table.columns[1].name == "epochs_after_grokking"
    assert min(row[1] for row in table.rows) < 0 < max(row[1] for row in table.rows)


def _is(row: RunRow, weight_decay: float, frac_train: float) -> bool:
    return (row.settings["weight_decay"], row.settings["frac_train"]) == (weight_decay, frac_train)


def test_the_distance_to_the_nearest_epoch_is_stated() -> None:
    row = made_run(1.0, 0)
    shifted = replace(row, losses=replace(row.losses, epochs=tuple(epoch + 30 for epoch in row.losses.epochs)))
    assert "nearest epochs, at most" in text_of("curves", rows=[row, shifted], group_by="none")
    assert "nearest epochs" not in text_of("curves", rows=[row, made_run(1.0, 1)])


def test_the_run_under_the_cursor_is_named() -> None:
    selection = RunsSelection(cursor=ROWS[7].path)
    view = RUN_VIEWS["curves"]
    assert ROWS[7].name in view.draw(view.query(show_runs(ROWS, selection)), 120, 30, DARK).plain()


def test_marked_runs_are_drawn_alone() -> None:
    selection = RunsSelection(marks=frozenset({ROWS[0].path, ROWS[1].path}))
    view = RUN_VIEWS["curves"]
    assert "of 2 runs" in view.title(view.query(show_runs(ROWS, selection)))


# Phase diagram


def test_a_cell_has_the_mean_and_standard_deviation_of_its_runs() -> None:
    rows = dicts(table_of("phase-diagram"))
    cell = next(row for row in rows if (row["weight_decay"], row["frac_train"]) == (1.0, 0.3))
    epochs = [row.measured.grokked for row in ROWS if _is(row, 1.0, 0.3)]
    assert cell["mean"] == pytest.approx(mean(epochs))
    assert cell["sd"] == pytest.approx(stdev(epochs))
    assert (cell["n"], cell["absent"]) == (5, 0)


def test_a_cell_of_runs_that_have_not_grokked_is_a_hole() -> None:
    cell = next(row for row in dicts(table_of("phase-diagram")) if row["weight_decay"] == 0.3 and row["n"] == 0)
    assert cell["mean"] is None
    assert cell["absent"] == 5
    assert "0 of 5" in text_of("phase-diagram")


def test_the_numbers_are_in_the_cells_where_they_fit_and_a_map_is_drawn_where_not() -> None:
    assert "9,000" in text_of("phase-diagram")
    assert "9,000" not in text_of("phase-diagram", (30, 10))


def test_the_cell_of_the_run_under_the_cursor_is_marked() -> None:
    row = next(row for row in ROWS if _is(row, 1.0, 0.3))
    view = RUN_VIEWS["phase-diagram"]
    text = view.draw(view.query(show_runs(ROWS, RunsSelection(cursor=row.path))), 110, 30, DARK).plain()
    assert "▸9,000◂" in text


def test_one_setting_gives_a_curve_with_every_run() -> None:
    text = text_of("phase-diagram", y="none", where="frac_train=0.3")
    assert "runs" in text
    assert "no value at weight_decay 0.3" in text


def test_the_axes_are_what_varies_the_seed_last() -> None:
    runs = RunSet(tuple(ROWS))
    assert axes_of(runs, None, None) == ("weight_decay", "frac_train")
    assert axes_of(runs, None, "none") == ("weight_decay", None)
    assert axes_of(runs, "frac_train", None) == ("frac_train", "weight_decay")
    assert axes_of(RunSet(tuple(made_run(1.0, seed) for seed in range(3))), None, None) == ("seed", None)
    assert axes_of(RunSet(()), None, None) == ("state", None)


def test_sorting_changes_no_figure() -> None:
    by_name = show_runs(ROWS, RunsSelection())
    by_loss = show_runs(ROWS, RunsSelection(order="-test_loss"), by_name)
    assert by_loss.shown.rows != by_name.shown.rows
    assert by_loss.chosen is by_name.chosen
    marks = frozenset(row.path for row in ROWS[3:6])
    marked = [show_runs(ROWS[::-1], RunsSelection(order=order, marks=marks)).chosen.rows for order in ("name", "-seed")]
    assert marked[0] == marked[1] == tuple(ROWS[3:6])


@pytest.mark.parametrize("metric", [*METRICS, "trig_loss.test", "epochs"])
def test_any_number_can_be_the_metric(metric) -> None:
    assert any(row["n"] for row in dicts(table_of("phase-diagram", metric=metric)))


def test_an_unknown_metric_is_an_error_with_near_names() -> None:
    with pytest.raises(WrongUsage, match="did you mean grokked"):
        answer_of("phase-diagram", metric="groked")


# Histogram


def test_the_histogram_counts_runs_by_frequency() -> None:
    rows = dicts(table_of("histogram"))
    assert len(rows) == 56
    for row in rows:
        expected = sum(row["frequency"] in each.measured.key_frequencies for each in ROWS)
        assert row["runs"] == expected
        assert row["share"] == pytest.approx(expected / len(ROWS))


def test_runs_without_metrics_are_counted_apart() -> None:
    rows = [*ROWS, made_run(1.0, 90, measured=False)]
    assert "1 without metrics" in text_of("histogram", rows=rows)
    assert "no run on show has metrics yet" in text_of("histogram", rows=rows[-1:])


# Groups


def test_groups_have_n_mean_standard_deviation_and_share() -> None:
    rows = dicts(table_of("groups"))
    group = next(row for row in rows if (row["weight_decay"], row["frac_train"]) == (0.5, 0.3))
    members = [row for row in ROWS if _is(row, 0.5, 0.3)]
    epochs = [row.measured.grokked for row in members if row.measured.grokked is not None]
    assert group["n"] == 5
    assert group["share_grokked"] == pytest.approx(len(epochs) / 5)
    assert (group["grokked_n"], group["grokked_mean"]) == (len(epochs), pytest.approx(mean(epochs)))
    assert group["test_loss_sd"] == pytest.approx(stdev(row.test_loss for row in members))


def test_no_number_of_the_groups_is_cut() -> None:
    for width in range(30, 140, 7):
        body = text_of("groups", (width, 30)).split("\n")[1:]
        assert not any("…" in line for line in body if "more" not in line)
