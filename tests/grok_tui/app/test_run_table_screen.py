"""The table of runs on the screen: every key, rows that come and go, metrics in the background, figures that follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from engine.errors import GrokError
from grok_tui.app.run_table_app import RunTableApp
from grok_tui.app.widgets.file_prompt import FilePrompt
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.text_prompt import TextPrompt
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.run_views.run_view import RunsView
from grok_tui.session.keymap import SCREENS, Key
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_run, made_sweep
from tests.grok_tui.screen_text import screen_text

ROWS = made_sweep(2)
SIZES = [(80, 24), (120, 40), (220, 60)]


@asynccontextmanager
async def running(source: MadeSource, size: tuple[int, int] = (120, 40), **options: Any) -> AsyncIterator[Pilot[None]]:
    app = RunTableApp(source, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot


def app_of(pilot: Pilot[None]) -> RunTableApp:
    assert isinstance(pilot.app, RunTableApp)
    return pilot.app


async def settled(pilot: Pilot[None], until: Callable[[RunTableApp], bool] = lambda app: True) -> None:
    """Wait until all rows are read, all figures are up to date and a condition holds."""
    app = app_of(pilot)
    for _ in range(500):
        await pilot.pause(0.01)
        table = app.table
        panes = table.grid.available if table.is_mounted else []
        if panes and not table.reading and all(pane.up_to_date for pane in panes) and until(app):
            return
    raise AssertionError("the table did not settle within five seconds")


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    if pilot.app.is_running:
        await settled(pilot)


def text_of(pane: ViewPane) -> str:
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


def table_text(pilot: Pilot[None]) -> str:
    return text_of(app_of(pilot).table.grid.table)


@dataclass(frozen=True)
class Does:
    """After the keys of `first`, the key changes what `seen` returns from `before` to `after`."""

    seen: Callable[[RunTableApp], Any]
    before: Any
    after: Any
    first: tuple[str, ...] = ()


def cursor(app: RunTableApp) -> int | None:
    return app.table.runs.cursor


def asks_with(prompt: type) -> Callable[[RunTableApp], bool]:
    return lambda app: isinstance(app.screen, prompt)


def selected(name: str) -> Callable[[RunTableApp], Any]:
    return lambda app: getattr(app.table.selection, name)


def chosen(name: str) -> Callable[[RunTableApp], Any]:
    return lambda app: getattr(app.table.selection.figure, name)


def figure(app: RunTableApp) -> str:
    return app.table.grid.figure_names[0]


def says(part: str) -> Callable[[RunTableApp], bool]:
    return lambda app: any(part in str(toast.render()) for toast in app.screen.query("Toast"))


EFFECTS = {
    "runs.next": Does(cursor, 0, 1),
    "runs.previous": Does(cursor, 2, 1, ("j", "j")),
    "runs.next10": Does(cursor, 0, 10),
    "runs.previous10": Does(cursor, 23, 13, ("G",)),
    "runs.first": Does(cursor, 23, 0, ("G",)),
    "runs.last": Does(cursor, 0, 23),
    "runs.open": Does(lambda app: app.next_run, None, ROWS[0].path),
    "runs.mark": Does(lambda app: len(app.table.selection.marks), 0, 1),
    "runs.unmark": Does(lambda app: len(app.table.selection.marks), 2, 0, ("space", "j", "space")),
    "runs.compare": Does(lambda app: app.second, None, ROWS[2].path, ("space", "j", "j", "space")),
    "runs.sort": Does(asks_with(TextPrompt), False, True),
    "runs.reverse": Does(selected("order"), "name", "-name"),
    "runs.filter": Does(asks_with(TextPrompt), False, True),
    "runs.group": Does(asks_with(TextPrompt), False, True),
    "figure.1": Does(figure, "groups", "curves", ("4",)),
    "figure.2": Does(figure, "curves", "phase-diagram"),
    "figure.3": Does(figure, "curves", "histogram"),
    "figure.4": Does(figure, "curves", "groups"),
    "figure.metric": Does(chosen("metric"), "grokked", "share_grokked"),
    "figure.metric_back": Does(chosen("metric"), "grokked", "test_accuracy"),
    "figure.x": Does(chosen("x"), "weight_decay", "seed", ("x", "x")),
    "figure.y": Does(chosen("y"), "none", "seed", ("y",)),
    "figure.align": Does(chosen("alignment"), "epoch", "grokked"),
    "figure.centre": Does(chosen("middle"), "median", "mean"),
    "figure.curve": Does(chosen("part"), "test", "train"),
    "figure.log": Does(chosen("log_x"), False, True),
    "pane.next": Does(lambda app: app.focused.id, "runs", "figure-0"),
    "pane.previous": Does(lambda app: app.focused.id, "figure-0", "runs", ("tab",)),
    "pane.zoom": Does(lambda app: sum(pane.display for pane in app.table.grid.panes), 2, 1),
    "export.pane": Does(asks_with(FilePrompt), False, True),
    "export.screen": Does(asks_with(FilePrompt), False, True),
    "export.copy": Does(lambda app: len(list(app.exports.iterdir())), 0, 1),
    "palette": Does(asks_with(CommandPalette), False, True),
    "help": Does(asks_with(HelpScreen), False, True),
    "suspend": Does(says("cannot be suspended here"), False, True),
    "quit": Does(lambda app: app.is_running, True, False),
}


def test_every_key_of_the_table_is_tested() -> None:
    assert set(EFFECTS) == {key.id for key in SCREENS[1]}


@pytest.mark.parametrize(
    ("key", "pressed"), [(key, one) for key in SCREENS[1] for one in key.keys], ids=lambda one: getattr(one, "id", one)
)
async def test_it_does_what_the_table_says(key: Key, pressed: str, tmp_path) -> None:
    effect = EFFECTS[key.id]
    async with running(MadeSource.of(ROWS), exports=tmp_path) as pilot:
        await press(pilot, *effect.first)
        assert effect.seen(app_of(pilot)) == effect.before
        await pilot.press(pressed)
        await pilot.pause()
        assert effect.seen(app_of(pilot)) == effect.after


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


async def test_the_footer_has_the_keys_of_the_focused_pane() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        bar = pilot.app.screen.query_one(KeyBar)
        assert "enter open" in bar.line(120).plain
        await press(pilot, "2", "tab")
        assert "m metric" in bar.line(120).plain


async def test_all_panes_are_views_of_many_runs() -> None:
    async with running(MadeSource.of(ROWS), (220, 60)) as pilot:
        assert all(isinstance(pane.view, RunsView) for pane in app_of(pilot).table.grid.panes)
