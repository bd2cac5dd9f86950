"""The crosshair reads values and selects pairs; axes become logarithmic."""

from __future__ import annotations

import shutil

import pytest
from textual.events import MouseMove

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.crosshair import Crosshair
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.readout import format_value
from grok_tui.render.target import cluster_target
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import pane_of, text_of, until

SIZE = (120, 40)


def readout(app) -> str:
    return str(app.screen.query_one("#readout").content)


async def test_on_a_map_it_reads_values_and_selects_pairs(app, settled, explorer) -> None:
    post = explorer.neuron_activation(40, 0, 40).post
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(app.screen, Crosshair)
        x, y = app.screen.readout.target.pair
        assert f"{float(post[x, y]):,.4g}" in readout(app)
        await pilot.press("L", "K")  # far to the right and up
        await pilot.press("enter")
        await pilot.pause()
        x, y = app.screen.readout.target.pair
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (x, y)
        assert y == 0
        assert "selected" in readout(app)
        await pilot.press("escape")
        assert app.run_screen.query_one("#neuron", ViewPane).crosshair is None


async def test_both_maps_of_a_neuron_are_read_and_lit(app, settled, explorer) -> None:
    activation = explorer.neuron_activation(40, 0, 40)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("z")
        await settled(pilot)
        await pilot.press("c", "left", "down")
        await pilot.pause()
        pair = app.screen.readout.target.pair
        values = ", ".join(f"{name} {format_value(getattr(activation, name)[pair])}" for name in ("pre", "post"))
        assert f"x {pair[0]}, y {pair[1]}: {values}" in readout(app)
        assert text_of(app, "neuron").count("┼") == 2
        for _ in range(9):  # far to the right: to the edge, then into the other map
            await pilot.press("L")
        await pilot.pause()
        assert ": post " in readout(app)


async def test_in_a_table_it_walks_the_rows_and_enter_selects(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane_of(app, "clusters").focus()
        await pilot.press("c", *["k"] * 9)
        await pilot.pause()
        before = pane_of(app, "clusters").crosshair
        await pilot.press("j")
        await pilot.pause()
        assert pane_of(app, "clusters").crosshair == (before[0], before[1] + 1)
        assert "┼" not in text_of(app, "clusters")
        neuron = app.run_screen.selection.neuron
        others = [one for one in app.run_screen.clusters if len(one.neurons) and neuron not in one.neurons]
        await pilot.press(*["k"] * 9, *["j"] * app.run_screen.clusters.index(others[0]))
        await pilot.press("enter")
        await settled(pilot)
        assert app.run_screen.selection.neuron in others[0].neurons


async def test_on_curves_it_is_the_epoch_cursor_of_all_panes(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane = app.run_screen.query_one("#losses", ViewPane)
        pane.focus()
        await pilot.press("c", "k", "k")  # on the curves, above or below the middle
        columns = {}
        for key in ("H", *["l"] * (len(explorer.epochs) - 1)):  # ten at a time, then each of them
            await pilot.press(key)
            await settled(pilot)
            columns[app.run_screen.selection.epoch] = pane.crosshair[0]
            assert readout(app).startswith(f" ┼ epoch {app.run_screen.selection.epoch}: ")
            assert "train" in readout(app)
        assert list(columns) == list(explorer.epochs)
        assert sorted(columns.values()) == list(columns.values())
        await pilot.press("l")  # there is nothing beyond
        assert (app.run_screen.selection.epoch, pane.crosshair[0]) == (
            explorer.epochs[-1],
            columns[explorer.epochs[-1]],
        )
        await pilot.press("escape")
        assert app.run_screen.selection.epoch == explorer.epochs[-1]


async def test_from_the_last_epoch_it_moves_to_the_next_chart(app, settled, explorer) -> None:
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        app.run_screen.query_one("#attention-history").focus()
        await pilot.press("z")  # alone: charts side by side
        await settled(pilot)
        pane = app.run_screen.grid.focused_pane
        await pilot.press("c")
        await pilot.pause()
        first = pane.crosshair
        await pilot.press("l")
        await pilot.pause()
        beside = pane.crosshair
        assert beside[0] > first[0]
        assert (beside[1], app.run_screen.selection.epoch) == (first[1], explorer.epochs[-1])
        await pilot.press("h")
        await settled(pilot)
        assert app.run_screen.selection.epoch == explorer.epochs[-2]
        assert first[0] < pane.crosshair[0] < beside[0]


async def test_without_the_epoch_in_the_second_run_it_moves_by_cells(explorer, tiny_run, tmp_path, settled) -> None:
    short = tmp_path / "short"
    shutil.copytree(tiny_run, short)
    for epoch in (30, 40):
        (short / "checkpoints" / f"epoch-0000{epoch}.safetensors").unlink()
    for one in (explorer, second := Explorer(open_run(short), keys=[1, 2, 3])):
        for _ in one.run_metrics(one.epochs[-1]).steps():
            pass
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer), second=second))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("9")
        await settled(pilot)
        pane = app.run_screen.query_one("#emergence", ViewPane)
        await pilot.press("z", "c")
        await settled(pilot)
        areas = pane._drawing.areas
        pane.move_crosshair((areas[-1].left + 3, areas[-1].top))
        before = pane.crosshair
        await pilot.press("l")
        await pilot.pause()
        assert pane.crosshair == (before[0] + 1, before[1])
        assert app.run_screen.selection.epoch == 40


async def test_the_readout_follows_the_answer(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await pilot.pause()
        x, y = app.screen.readout.target.pair
        app.run_screen.change(epoch=0)  # as playing does
        await settled(pilot)
        assert f"x {x}, y {y}: {float(explorer.neuron_activation(0, 0, 40).post[x, y]):,.4g}" in readout(app)


async def test_it_stays_within_its_pane_and_ignores_other_keys(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("c", *["J"] * 20, *["L"] * 20, "space", "g")
        pane = app.run_screen.query_one("#neuron", ViewPane)
        area = pane.crosshair_area
        assert pane.crosshair == (area.left + area.width - 1, area.top + area.height - 1)
        assert not app.run_screen.play.playing
        await pilot.press("c")
        assert not isinstance(app.screen, Crosshair)


async def test_a_pane_without_values_has_no_crosshair(app, settled) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        pane = app.run_screen.query_one("#spectrum", ViewPane)  # which no later answer redraws
        pane.show_failure("It cannot be read.")
        pane.focus()
        await pilot.press("c")
        assert not isinstance(app.screen, Crosshair)


async def test_on_a_table_enter_selects_the_row(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        pane = app.run_screen.query_one("#clusters", ViewPane)
        pane.focus()
        clusters = explorer.clusters(40, 40)
        place = next(i for i, c in enumerate(clusters) if len(c.neurons) and 0 not in c.neurons)
        await pilot.press("c")
        pane.move_crosshair((4, 2 + place))  # below the title and the names of the columns
        await pilot.pause()
        assert f"enter selects {cluster_target(clusters[place].frequency).text}" in readout(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.run_screen.selection.neuron == clusters[place].neurons[0] != 0


@pytest.mark.parametrize(("key", "field", "first"), [("x", "log_x", True), ("y", "log_y", False)])
async def test_x_and_y_toggle_logarithmic_axes(app, settled, key, field, first) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.run_screen.query_one("#losses").focus()
        before = drawn(app)
        await pilot.press(key)
        await settled(pilot)
        assert getattr(app.run_screen.selection, field) is first
        assert drawn(app) != before
        await pilot.press(key)
        await settled(pilot)
        assert getattr(app.run_screen.selection, field) is None
        assert drawn(app) == before


def drawn(app) -> str:
    """The chart under its title, which tells who has the focus."""
    pane = app.run_screen.query_one("#losses", ViewPane)
    return "\n".join(pane.render_line(y).text for y in range(1, pane.size.height))


async def test_a_workspace_key_leaves_the_crosshair(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("c", "6")
        await pilot.pause()
        await settled(pilot)
        assert app.run_screen.grid.workspace.name == "logits"
        assert not isinstance(app.screen, Crosshair)


async def test_a_count_multiplies_its_steps(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane = pane_of(app, "neuron")
        await pilot.press("c")
        await pilot.pause()
        column, row = pane.crosshair
        for keys, moved in (
            ("'3l", (3, 0)),
            ("'5h", (-2, 0)),
            ("'2j", (-2, 2)),
            ("'4k", (-2, -2)),
            ("'l", (-1, -2)),
            ("'1H", (-9, -2)),
        ):
            await pilot.press(*["apostrophe" if key == "'" else key for key in keys])
            await pilot.pause()
            assert isinstance(app.screen, Crosshair)
            assert pane.crosshair == (column + moved[0], row + moved[1])
        await pilot.press("apostrophe", "4", "escape")
        await pilot.pause()
        assert isinstance(app.screen, Crosshair)
        await pilot.press("apostrophe", "4", "c")  # takes no count
        await until(pilot, lambda: app.screen is app.run_screen)


async def test_a_count_multiplies_its_steps_over_epochs(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane_of(app, "losses").focus()
        await pilot.press("c", "k", "k", "apostrophe", "3", "h")
        await settled(pilot)
        assert app.run_screen.selection.epoch == explorer.epochs[-4]
        assert isinstance(app.screen, Crosshair)


async def test_a_click_moves_it_and_dragging_drags_it(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane = pane_of(app, "neuron")
        await pilot.press("c")
        await pilot.pause()
        before, area = app.run_screen.selection, pane._drawing.areas[0]
        await pilot.click(offset=(pane.region.x + area.left + 3, pane.region.y + area.top + 2))
        await pilot.pause()
        assert pane.crosshair == (area.left + 3, area.top + 2)
        assert app.screen.readout == area.read(3, 2)
        await pilot.mouse_down(offset=(pane.region.x + area.left + 4, pane.region.y + area.top + 1))
        for column in (6, 9):
            await pilot._post_mouse_events(
                [MouseMove], offset=(pane.region.x + area.left + column, pane.region.y + area.top + 1), button=1
            )
            await pilot.pause()
            assert pane.crosshair == (area.left + column, area.top + 1)
        await pilot.hover(offset=(pane.region.x + area.left, pane.region.y + area.top))  # without a button
        await pilot.pause()
        assert pane.crosshair == (area.left + 9, area.top + 1)
        assert app.run_screen.selection == before


async def test_a_double_click_selects_and_one_beside_the_pane_leaves(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane = pane_of(app, "neuron")
        await pilot.press("c")
        await pilot.pause()
        area = pane._drawing.areas[0]
        pair = area.read(5, 3).target.pair
        await pilot.double_click(offset=(pane.region.x + area.left + 5, pane.region.y + area.top + 3))
        await until(pilot, lambda: (app.run_screen.selection.x, app.run_screen.selection.y) == pair)
        assert isinstance(app.screen, Crosshair)
        clusters = pane_of(app, "clusters").region
        await pilot.click(offset=(clusters.x + 5, clusters.y + 5))
        await until(pilot, lambda: app.screen is app.run_screen)


async def test_over_epochs_a_click_selects_the_epoch(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        pane = pane_of(app, "losses")
        pane.focus()
        await pilot.press("c")
        await pilot.pause()
        area = pane._drawing.areas[0]
        await pilot.click(offset=(pane.region.x + area.left, pane.region.y + area.top + 1))
        await until(pilot, lambda: app.run_screen.selection.epoch == explorer.epochs[0])
        await settled(pilot)
        assert pane.crosshair == (area.left, area.top + 1)
        assert readout(app).startswith(f" ┼ epoch {explorer.epochs[0]}: ")
