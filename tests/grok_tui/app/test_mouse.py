"""The mouse selects what stands under it, scrubs epochs, steps by the wheel, and presses the keys of the footer."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.app.widgets.workspace_tabs import WorkspaceTabs
from grok_tui.render.readout import ReadoutArea
from grok_tui.render.target import Target
from tests.grok_tui.driving import SIZE, pane_of, press, text_of, until


def chart_of(app: GrokApp, name: str) -> ReadoutArea:
    """The first readable area of a pane."""
    return pane_of(app, name)._drawing.areas[0]


async def turn_wheel(pilot: Pilot[None], widget: str | type, offset: tuple[int, int], *, down: bool = True) -> None:
    event = MouseScrollDown if down else MouseScrollUp
    assert await pilot._post_mouse_events([event], widget=widget, offset=offset, button=0)
    await pilot.pause()


async def test_a_click_on_a_row_selects_its_cluster(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        clusters = explorer.clusters(40, 40)
        place = next(i for i, c in enumerate(clusters) if len(c.neurons) and 0 not in c.neurons)
        await pilot.click("#clusters", offset=(5, 2 + place))
        await settled(pilot)
        assert app.run_screen.selection.neuron == clusters[place].neurons[0]
        assert text_of(app, "clusters").split("\n")[2 + place].startswith("▸")
        assert app.run_screen.grid.focused_pane is pane_of(app, "clusters")


async def test_a_click_on_an_empty_cluster_selects_nothing_and_says_so(app, settled, explorer, messages) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = app.run_screen.selection
        clusters = explorer.clusters(40, 40)
        place = next(i for i, c in enumerate(clusters) if not len(c.neurons))
        await pilot.click("#clusters", offset=(5, 2 + place))
        await until(pilot, lambda: bool(messages))
        assert f"frequency {clusters[place].frequency}" in messages[0]
        assert app.run_screen.selection == before


async def test_a_click_on_a_part_selects_its_head(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "7")
        row, line = next((y, line) for y, line in enumerate(text_of(app, "ablation").split("\n")) if "head 1" in line)
        await pilot.click("#ablation", offset=(line.index("head 1"), row))
        await settled(pilot)
        assert app.run_screen.selection.head == 1


async def test_a_click_on_the_bar_of_a_key_frequency_selects_its_cluster(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        cluster = next(c for c in explorer.clusters(40, 40) if c.frequency and len(c.neurons))
        app.run_screen.select.go_to_neuron(next(n for n in range(explorer.config.d_mlp) if n not in cluster.neurons))
        await settled(pilot)
        bars = pane_of(app, "spectrum")._drawing.areas[-1]
        wanted = Target(cluster=cluster.frequency)
        column = next(x for x in range(bars.width) if (r := bars.read(x, 0)) and r.target == wanted)
        await pilot.click("#spectrum", offset=(bars.left + column, bars.top))
        await settled(pilot)
        assert app.run_screen.selection.neuron == cluster.neurons[0]
        await pilot.double_click("#spectrum", offset=(bars.left + column, bars.top))
        await settled(pilot)
        assert app.run_screen.grid.zoomed


async def test_a_click_on_a_map_selects_the_pair(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        area = chart_of(app, "neuron")
        cell = (area.left + area.width - 2, area.top + 1)
        pair = area.read(area.width - 2, 1).target.pair
        await pilot.click("#neuron", offset=cell)
        await settled(pilot)
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == pair != (0, 0)


async def test_a_click_on_a_point_selects_its_neuron(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "2")
        area = chart_of(app, "frequencies")
        cells = ((x, y) for x in range(area.width) for y in range(area.height))
        neuron, (x, y) = next(
            (found.target.neuron, cell)
            for cell in cells
            if (found := area.read(*cell)) and found.target and found.target.neuron
        )
        await pilot.click("#frequencies", offset=(area.left + x, area.top + y))
        await settled(pilot)
        assert app.run_screen.selection.neuron == neuron


async def test_a_click_on_a_title_selects_nothing_but_the_pane(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = app.run_screen.selection
        for pane in app.run_screen.grid.panes:
            await pilot.click(f"#{pane.id}", offset=(3, 0))
            await settled(pilot)
            assert app.run_screen.grid.focused_pane is pane
        assert app.run_screen.selection == before


async def test_a_click_on_a_curve_selects_the_epoch_and_dragging_scrubs(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        area = chart_of(app, "losses")
        row = area.top + area.height // 2
        await pilot.mouse_down("#losses", offset=(area.left, row))
        await settled(pilot)
        assert app.run_screen.selection.epoch == explorer.epochs[0]
        seen = []
        for column in range(area.width):
            await pilot.hover("#losses", offset=(area.left + column, row))
            seen.append(app.run_screen.selection.epoch)
        assert seen == sorted(seen)
        assert set(seen) == set(explorer.epochs)
        await pilot.hover("#neuron", offset=(10, 10))  # beyond the pane: the epoch of the nearest column
        await settled(pilot)
        expected = area.read(min(max(10 - area.left, 0), area.width - 1), 0).target.epoch
        assert app.run_screen.selection.epoch == expected
        await pilot.mouse_up("#neuron", offset=(10, 10))
        await pilot.hover("#losses", offset=(area.left + area.width - 1, row))
        await settled(pilot)
        assert app.run_screen.selection.epoch == expected
        await pilot.mouse_down("#losses", offset=(area.left + area.width - 1, row))
        await pilot.mouse_up("#losses", offset=(area.left + area.width - 1, row))
        await settled(pilot)
        assert app.run_screen.selection.epoch == explorer.epochs[-1]


async def test_another_button_selects_nothing(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = app.run_screen.selection
        area = chart_of(app, "losses")
        await pilot.click("#losses", offset=(area.left, area.top), button=3)
        await pilot.click("#clusters", offset=(5, 3), button=3)
        await settled(pilot)
        assert app.run_screen.selection == before


async def test_the_wheel_steps_epochs_on_curves_and_neurons_on_maps(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        area = chart_of(app, "losses")
        await turn_wheel(pilot, "#losses", (area.left + 3, area.top + 3), down=False)
        await settled(pilot)
        assert app.run_screen.selection.epoch == explorer.epochs[-2]
        await turn_wheel(pilot, "#losses", (area.left + 3, area.top + 3))
        await settled(pilot)
        assert app.run_screen.selection.epoch == explorer.epochs[-1]
        members = next(c.neurons for c in explorer.clusters(40, 40) if 0 in c.neurons)
        await turn_wheel(pilot, "#neuron", (10, 5))
        await settled(pilot)
        assert app.run_screen.selection.neuron == members[1 % len(members)]
        await turn_wheel(pilot, "#neuron", (10, 5), down=False)
        await settled(pilot)
        assert app.run_screen.selection.neuron == 0


async def test_the_wheel_steps_clusters_on_their_table_and_heads_on_attention(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await turn_wheel(pilot, "#clusters", (10, 3))
        await settled(pilot)
        wheel = app.run_screen.selection.neuron
        app.run_screen.change(neuron=0)
        await press(pilot, settled, "right_square_bracket")
        assert app.run_screen.selection.neuron == wheel
        await press(pilot, settled, "3")
        await turn_wheel(pilot, "#attention-map", (10, 5))
        await settled(pilot)
        assert app.run_screen.selection.head == 1


async def test_where_panes_do_not_fit_the_wheel_scrolls(app, settled, explorer) -> None:
    async with app.run_test(size=(60, 24)) as pilot:
        await settled(pilot)
        assert app.run_screen.grid.max_scroll_y > 0
        app.run_screen.grid.scroll_home(animate=False)
        await pilot.pause()
        before = app.run_screen.selection
        await turn_wheel(pilot, "#losses", (20, 4))
        await until(pilot, lambda: app.run_screen.grid.scroll_y > 0)
        assert app.run_screen.selection == before


async def test_a_double_click_zooms_and_another_shows_all_panes(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.double_click("#spectrum", offset=(10, 0))
        await settled(pilot)
        assert app.run_screen.grid.zoomed
        assert [pane.id for pane in app.run_screen.grid.panes if pane.display] == ["spectrum"]
        await pilot.double_click("#spectrum", offset=(10, 0))
        await settled(pilot)
        assert not app.run_screen.grid.zoomed


WIDE = (200, 40)


async def test_a_click_in_the_footer_presses_the_key(app, settled) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        first = app.run_screen.focused
        for text, reached in (
            ("tab pane", lambda: app.run_screen.focused is not first),
            ("z zoom", lambda: app.run_screen.grid.zoomed),
            ("1-9 workspace", lambda: app.run_screen.grid.workspace.name == "neurons"),
            ("? help", lambda: isinstance(app.screen, HelpScreen)),
        ):
            line = app.run_screen.query_one(KeyBar).line(WIDE[0]).plain
            await pilot.click(KeyBar, offset=(line.index(text) + len(text) - 1, 0))
            await until(pilot, reached)
            await pilot.pause()


async def test_a_click_between_the_entries_of_the_footer_does_nothing(app, settled) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        line = app.run_screen.query_one(KeyBar).line(WIDE[0]).plain
        before, focused = app.run_screen.selection, app.run_screen.focused
        for column in (0, line.index("z zoom") - 1, line.index("z zoom") + len("z zoom"), WIDE[0] - 1):
            await pilot.click(KeyBar, offset=(column, 0))
        await settled(pilot)
        assert (app.screen, app.run_screen.focused) == (app.run_screen, focused)
        assert not app.run_screen.grid.zoomed
        assert app.run_screen.selection == before


@pytest.mark.parametrize(("down", "name"), [(True, "neurons"), (False, "emergence")])
async def test_the_wheel_steps_workspaces_on_the_tabs(app, settled, down, name) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await turn_wheel(pilot, WorkspaceTabs, (30, 0), down=down)
        await until(pilot, lambda: app.run_screen.grid.workspace.name == name)


async def test_without_tabs_a_click_on_the_workspace_shows_the_next(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click(StatusLine, offset=(3, 0))
        await until(pilot, lambda: app.run_screen.grid.workspace.name == "neurons")
        await settled(pilot)
        await pilot.click(StatusLine, offset=(40, 0))  # on the rest of the line
        await settled(pilot)
        assert app.run_screen.grid.workspace.name == "neurons"


async def test_a_pane_lists_the_rows_that_can_be_selected(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        targets = [target for _, target in pane_of(app, "clusters").selectable_rows]
        assert targets == [Target(cluster=1), Target(cluster=2), Target(cluster=3), Target(cluster="rest")]
        assert isinstance(pane_of(app, "neuron"), ViewPane)
        assert pane_of(app, "neuron").selectable_rows == []
