"""The mouse in the table of runs: a click moves the cursor, a double click opens the run, the wheel steps."""

from __future__ import annotations

from textual.events import MouseScrollDown

from tests.grok_tui.app.table_driving import app_of, running, settled, table_text
from tests.grok_tui.driving import until
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_sweep

ROWS = made_sweep(2)


async def test_a_click_moves_the_cursor_and_the_wheel_steps_it() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        app = app_of(pilot)
        row = 4  # the third run, below the title and the names of the columns
        await pilot.click("#runs", offset=(6, row))
        await settled(pilot)
        assert app.table.runs.cursor == 2
        assert table_text(pilot).split("\n")[row].startswith("▸")
        await pilot._post_mouse_events([MouseScrollDown], widget="#runs", offset=(6, row), button=0)
        await settled(pilot, lambda app: app.table.runs.cursor == 3)


async def test_a_double_click_opens_the_run() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        app = app_of(pilot)
        path, opened = app.table.runs.shown.rows[1].path, []
        app.table.open_runs = opened.append
        await pilot.double_click("#runs", offset=(6, 3))
        await until(pilot, lambda: bool(opened))
        assert opened == [[path]]
        assert not app.table.grid.zoomed


async def test_a_double_click_on_a_title_zooms() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        await pilot.double_click("#runs", offset=(6, 0))
        await settled(pilot, lambda app: app.table.grid.zoomed)
