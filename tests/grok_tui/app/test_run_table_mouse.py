"""The mouse in the table of runs: a click moves the cursor, a double click opens the run, the wheel steps."""

from __future__ import annotations

from textual.events import MouseScrollDown

from grok_tui.render.readout import readout_at
from grok_tui.render.target import Target
from tests.grok_tui.app.table_driving import app_of, press, running, settled, table_text
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


# A click on a figure goes to its runs


async def show_figure(pilot, key: str):
    """Show a figure alone, and return its pane."""
    app = app_of(pilot)
    await press(pilot, key)
    app.table.grid.figures[0].focus()
    await press(pilot, "z")
    return app.table.grid.focused_pane


def cells_with(pane, wanted) -> dict[tuple[int, int], Target]:
    """The cells of a pane that select what is wanted."""
    found = {}
    for area in pane.areas:
        for x in range(area.width):
            for y in range(area.height):
                readout = area.read(x, y)
                if readout is not None and readout.target is not None and wanted(readout.target):
                    found[area.left + x, area.top + y] = readout.target
    return found


async def click(pilot, pane, cell) -> None:
    assert await pilot.click(pane, offset=cell)
    await settled(pilot)


async def test_a_click_on_a_cell_of_the_phase_diagram_goes_through_its_runs() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        app = app_of(pilot)
        await press(pilot, "G")
        pane = await show_figure(pilot, "2")
        by_setting = {}
        for row in ROWS:
            by_setting.setdefault((row.settings["weight_decay"], row.settings["frac_train"]), set()).add(row.path)
        cells = cells_with(pane, lambda target: len(target.runs) > 1)
        assert {frozenset(target.runs) for target in cells.values()} == set(map(frozenset, by_setting.values()))
        cell, target = next(iter(cells.items()))
        seen = []
        for _ in target.runs:
            await click(pilot, pane, cell)
            seen.append(app.table.runs.current.path)
        assert sorted(seen) == sorted(target.runs)
        await click(pilot, pane, cell)
        assert app.table.runs.current.path == seen[0]
        assert len(app.table.runs.chosen.rows) == len(ROWS)  # the figures are of the same runs


async def test_over_one_setting_a_click_on_a_point_goes_to_its_run() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        app = app_of(pilot)
        pane = await show_figure(pilot, "2")
        while app.table.selection.figure.y != "none":
            await press(pilot, "y")
        cells = cells_with(pane, lambda target: target.run is not None)
        assert cells
        for cell, target in list(cells.items())[:: max(len(cells) // 4, 1)]:
            await click(pilot, pane, cell)
            assert app.table.runs.current.path == target.run


async def test_a_click_on_a_loss_curve_goes_to_its_run() -> None:
    async with running(MadeSource.of(ROWS), (160, 60)) as pilot:
        app = app_of(pilot)
        pane = await show_figure(pilot, "1")
        cells = cells_with(pane, lambda target: target.run is not None)
        assert len({target.run for target in cells.values()}) > 2
        drawn = {cell: target for cell, target in cells.items() if pane.render_line(cell[1]).text[cell[0]] != " "}
        for cell, target in list(drawn.items())[:: max(len(drawn) // 5, 1)]:
            await click(pilot, pane, cell)
            assert app.table.runs.current.path == target.run
        assert all(area.read_epoch is None for area in pane.areas)


async def test_a_click_on_a_bar_of_the_histogram_goes_to_the_runs_with_the_frequency() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        app = app_of(pilot)
        pane = await show_figure(pilot, "3")
        for cell, target in list(cells_with(pane, lambda target: bool(target.runs)).items())[::40]:
            readout = readout_at(pane.areas, *cell).text
            k = int(readout.removeprefix("key frequency k ").partition(":")[0]) if "frequency k" in readout else None
            await click(pilot, pane, cell)
            assert app.table.runs.current.path in target.runs
            if k is not None:
                assert set(target.runs) == {row.path for row in ROWS if k in row.measured.key_frequencies}


async def test_a_click_on_a_group_goes_to_its_runs() -> None:
    async with running(MadeSource.of(ROWS)) as pilot:
        app = app_of(pilot)
        pane = await show_figure(pilot, "4")
        cells = cells_with(pane, lambda target: bool(target.runs))
        groups = {target.runs for target in cells.values()}
        assert sorted(path for runs in groups for path in runs) == sorted(row.path for row in ROWS)
        for runs in groups:
            cell = next(cell for cell, target in cells.items() if target.runs == runs)
            await click(pilot, pane, cell)
            assert app.table.runs.current.path in runs
