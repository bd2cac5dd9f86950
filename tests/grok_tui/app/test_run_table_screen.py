"""The table of runs on the screen: rows that come and go, metrics in the background, figures that follow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from engine.errors import GrokError
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.text_prompt import TextPrompt
from grok_tui.run_views.run_view import RunsView
from tests.grok_tui.app.table_driving import app_of, press, running, says, settled, table_text, text_of
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_run, made_sweep
from tests.grok_tui.screen_text import screen_text

ROWS = made_sweep(2)
SIZES = [(80, 24), (120, 40), (220, 60)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_table_and_its_figures_fit(size) -> None:
    async with running(MadeSource.of(ROWS), size) as pilot:
        grid = app_of(pilot).table.grid
        assert len(grid.available) == (3 if size[0] >= 140 else 2)
        for pane in grid.available:
            assert pane.answer is not None
            lines = text_of(pane).split("\n")
            assert {len(line) for line in lines} == {pane.size.width}
        heights = {pane.id: pane.size.height for pane in grid.available}
        assert heights["runs"] + heights["figure-0"] == size[1] - 2
        assert [pane.id for pane in grid.panes if "━" in text_of(pane).split("\n")[0]] == ["runs"]


async def test_few_runs_leave_their_lines_to_the_figures() -> None:
    async with running(MadeSource.of(ROWS[:3]), (120, 40)) as pilot:
        grid = app_of(pilot).table.grid
        assert grid.table.size.height < grid.figures[0].size.height / 2


async def test_a_filter_is_typed_and_the_figures_follow() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await press(pilot, "slash", *"seed=0", "enter")
        assert "12 of 24 runs · seed=0" in table_text(pilot)
        assert "of 12 runs" in app_of(pilot).table.grid.figures[0].title
        await press(pilot, "slash")
        assert app_of(pilot).screen.query_one(Input).value == "seed=0"
        await press(pilot, *["backspace"] * 6, "enter")
        assert app_of(pilot).table.selection.where == ""


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [("slash", "sed=0", "did you mean seed"), ("s", "-gro", "grokked"), ("b", "!sede", "did you mean seed")],
)
async def test_a_wrong_field_is_a_sentence_and_the_prompt_stays(key, text, words, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(TextPrompt, "notify", lambda self, message, **_: said.append(message))
    async with running(MadeSource.of(ROWS)) as pilot:
        await press(pilot, key, *text, "enter")
        assert isinstance(pilot.app.screen, TextPrompt)
        assert words in said[0]
        await press(pilot, "escape")
        selection = app_of(pilot).table.selection
        assert (selection.where, selection.order, selection.group_by) == ("", "name", "")


async def test_it_sorts_and_the_cursor_stays_on_its_run() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await press(pilot, "j")
        await press(pilot, "s", *"-grokked", "enter")
        runs = app_of(pilot).table.runs
        epochs = [row.measured.grokked for row in runs.shown.rows if row.measured.grokked is not None]
        assert epochs == sorted(epochs, reverse=True)
        assert runs.current is ROWS[1]


async def test_marked_runs_have_the_figures_for_themselves() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await press(pilot, "space", "j", "space")
        assert "2 marked" in table_text(pilot)
        assert app_of(pilot).table.grid.figures[0].title.startswith("test loss of 2 runs")


async def test_comparing_needs_two_marks() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await press(pilot, "space", "c")
        assert says("1 marked")(app_of(pilot))
        assert app_of(pilot).next_run is None


async def test_a_damaged_run_says_why_it_does_not_open() -> None:
    damaged = replace(made_run(1.0, 0), state="damaged", problem="run.json is not JSON.", measured=None)
    async with running(MadeSource.of([damaged])) as pilot:
        await press(pilot, "enter")
        assert says("run.json is not JSON.")(app_of(pilot))
        assert app_of(pilot).next_run is None


async def test_rows_follow_the_folders() -> None:
    source = MadeSource.of(ROWS[:2])
    async with running(source) as pilot:
        source.by_path[ROWS[2].path] = ROWS[2]
        await settled(pilot, lambda app: len(app.table.rows) == 3)
        assert "3 runs" in table_text(pilot)
        source.by_path[ROWS[2].path] = replace(ROWS[2], test_loss=0.125)
        await settled(pilot, lambda app: "1.25e-01" in text_of(app.table.grid.table))
        del source.by_path[ROWS[0].path]
        await settled(pilot, lambda app: "2 runs" in text_of(app.table.grid.table))


async def test_a_folder_that_is_gone_is_reported_once(monkeypatch) -> None:
    source = MadeSource.of(ROWS)
    async with running(source) as pilot:

        def gone() -> None:
            raise GrokError("/sweep does not exist.")

        monkeypatch.setattr(source, "rows", gone)
        await settled(pilot, says("/sweep does not exist."))
        await pilot.pause(1.2)
        assert len(list(pilot.app.query("Toast"))) == 1
        assert len(app_of(pilot).table.rows) == len(ROWS)


async def test_missing_metrics_are_computed_in_the_background() -> None:
    source = MadeSource.without_metrics(ROWS)
    async with running(source) as pilot:
        await settled(pilot, lambda app: all(row.measured is not None for row in app.table.rows.values()))
        assert "grokked" in table_text(pilot)
        await pilot.pause()
        assert "to go" not in screen_text(pilot.app)


async def test_metrics_of_a_growing_run_wait() -> None:
    growing = replace(made_run(1.0, 0), state="growing", measured=None)
    source = MadeSource({growing.path: growing}, {growing.path: made_run(1.0, 0).measured})
    async with running(source) as pilot:
        await pilot.pause(0.3)
        assert app_of(pilot).table.rows[growing.path].measured is None
        assert "1 growing" in screen_text(pilot.app)


async def test_metrics_that_cannot_be_computed_are_reported_once() -> None:
    row = replace(made_run(1.0, 0), measured=None)
    async with running(MadeSource.of([row])) as pilot:
        await settled(pilot, says("has no split"))
        await pilot.pause(0.3)
        assert len(list(pilot.app.query("Toast"))) == 1


async def test_no_thread_computes_metrics_while_none_is_missing() -> None:
    import threading

    async with running(MadeSource.of(ROWS)):
        assert "metrics" not in {thread.name for thread in threading.enumerate()}


async def test_a_figure_in_use_changes_places_with_the_other() -> None:
    async with running(MadeSource.of(ROWS), (220, 60)) as pilot:
        grid = app_of(pilot).table.grid
        await press(pilot, "2")
        assert grid.figure_names == ("phase-diagram", "curves")
        await press(pilot, "shift+tab", "4")
        assert grid.figure_names == ("phase-diagram", "groups")


async def test_exports_have_the_runs_and_how_they_were_chosen(tmp_path) -> None:
    async with running(MadeSource.of(ROWS), exports=tmp_path) as pilot:
        await press(pilot, "slash", *"seed=0", "enter")
        for ending in ("csv", "json", "md", "txt", "svg"):
            await press(pilot, "e")
            line = pilot.app.screen.query_one(Input)
            line.value = f"table.{ending}"
            await press(pilot, "enter")
    csv = (tmp_path / "table.csv").read_text()
    assert csv.startswith("name,p,operation,architecture,seed,weight_decay,frac_train,state,")
    assert len(csv.splitlines()) == 13
    assert '"filter": "seed=0"' in (tmp_path / "table.json").read_text()
    assert (tmp_path / "table.md").read_text().splitlines()[4].startswith("| name | p |")
    assert "12 of 24 runs · filter seed=0" in (tmp_path / "table.txt").read_text()


async def test_the_state_is_restored_after_a_run() -> None:
    source = MadeSource.of(ROWS)
    async with running(source) as pilot:
        await press(pilot, "slash", *"seed=1", "enter", "j", "space", "4")
        state = app_of(pilot).table.state
    async with running(source, state=state) as pilot:
        table = app_of(pilot).table
        assert (table.selection, table.grid.figure_names[0]) == (state.selection, "groups")
        assert "1 marked" in table_text(pilot)


async def test_the_palette_sorts_and_finds_runs() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await pilot.press("ctrl+p", *"sort by -test_loss")
        await pilot.pause(0.5)
        await press(pilot, "enter")
        assert app_of(pilot).table.selection.order == "-test_loss"


async def test_the_help_explains_the_focused_pane_and_lists_the_keys_of_the_table() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await press(pilot, "tab", "question_mark")
        screen = pilot.app.screen
        assert isinstance(screen, HelpScreen)
        assert screen.heading == "curves"
        assert "a aligns them at grokking" in screen.text
        assert "next checkpoint" not in screen.text
        assert "mark the run, or unmark it" in screen.text
        await press(pilot, "escape", "4", "question_mark")
        assert "mean ± standard deviation" in " ".join(pilot.app.screen.text.split())


async def test_the_footer_has_the_keys_of_the_focused_pane() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        bar = pilot.app.screen.query_one(KeyBar)
        assert "enter open" in bar.line(120).plain
        await press(pilot, "2", "tab")
        assert "m metric" in bar.line(120).plain


async def test_all_panes_are_views_of_many_runs() -> None:
    async with running(MadeSource.of(ROWS), (220, 60)) as pilot:
        assert all(isinstance(pane.view, RunsView) for pane in app_of(pilot).table.grid.panes)
