"""Jump mode goes to panes, tabs and rows; a count multiplies the steps of the next key."""

from __future__ import annotations

import pytest

from grok_tui.app.widgets.count_prompt import CountPrompt
from grok_tui.app.widgets.jump_screen import JumpLabel, JumpScreen
from grok_tui.render.target import Target
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.app import table_driving as table
from tests.grok_tui.driving import SIZE, pane_of, press, until
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_sweep
from tests.grok_tui.screen_text import screen_lines


async def labels_of(app, pilot) -> dict[tuple[int, int], str]:
    """Jump mode's letters by their cells, once they are on the screen."""
    await pilot.press("f")
    await until(pilot, lambda: isinstance(app.screen, JumpScreen))
    await pilot.pause()
    return {(place.x, place.y): label for label, place in app.screen.labels.items()}


def place_of(app, name: str, target: Target | None = None) -> tuple[int, int]:
    """The cell of a pane's title, or of its row that selects a target."""
    pane = pane_of(app, name)
    column, row = next((cell for cell, found in pane.selectable_rows if found == target), (0, 0))
    return pane.region.x + column, pane.region.y + row


async def test_a_letter_stands_on_every_pane_tab_and_row(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        labels = await labels_of(app, pilot)
        places = {place_of(app, pane.id) for pane in app.run_screen.grid.panes}
        places |= {place_of(app, "clusters", target) for _, target in pane_of(app, "clusters").selectable_rows}
        places |= set(app.run_screen.header.tab_places)
        assert set(labels) == places
        assert len(labels) == 4 + 9 + 4
        lines = screen_lines(app)
        for (x, y), label in labels.items():
            assert lines[y][x : x + len(label)] == label


async def test_the_letter_of_a_pane_focuses_it(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for name in ("spectrum", "losses", "clusters", "neuron"):
            labels = await labels_of(app, pilot)
            await press(pilot, settled, labels[place_of(app, name)])
            assert app.screen is app.run_screen
            assert app.run_screen.focused is pane_of(app, name)


async def test_the_letter_of_a_tab_shows_its_workspace(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        labels = await labels_of(app, pilot)
        await press(pilot, settled, labels[app.run_screen.header.tab_places[5]])
        await until(pilot, lambda: app.run_screen.grid.workspace.name == "logits")


async def test_the_letter_of_a_row_selects_it(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        rest = explorer.clusters(40, 40)[-1]
        labels = await labels_of(app, pilot)
        await press(pilot, settled, labels[place_of(app, "clusters", Target(cluster="rest"))])
        assert app.run_screen.selection.neuron == rest.neurons[0]
        assert app.run_screen.focused is pane_of(app, "clusters")


@pytest.mark.parametrize("key", ["escape", "1", "right", "f1", "Z"])
async def test_another_key_leaves_and_does_nothing(app, settled, key) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = app.run_screen.selection
        await labels_of(app, pilot)
        await press(pilot, settled, key)
        assert app.screen is app.run_screen
        assert app.run_screen.selection == before
        assert app.run_screen.grid.workspace.name == "overview"


async def test_a_click_leaves(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await labels_of(app, pilot)
        await pilot.click(offset=(60, 20))
        await until(pilot, lambda: app.screen is app.run_screen)


@pytest.mark.parametrize("size", [(80, 24), (60, 24)])
async def test_without_tabs_and_with_panes_off_the_screen_letters_are_on_visible_cells(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        labels = await labels_of(app, pilot)
        assert labels
        lines = screen_lines(app)
        for (x, y), label in labels.items():
            assert lines[y][x : x + len(label)] == label


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (40, 24)])
async def test_without_tabs_the_workspaces_are_listed_with_their_letters(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for workspace in WORKSPACES:
            await labels_of(app, pilot)
            lines = screen_lines(app)
            found = [(label, place) for label, place in app.screen.labels.items() if place.text == workspace.name]
            assert len(found) == 1
            label, place = found[0]
            assert lines[place.y][place.x :].startswith(f"{label} {workspace.name} ")
            assert place.y < size[1] - 1  # above the footer
            await press(pilot, settled, *label)
            await until(pilot, lambda workspace=workspace: app.run_screen.grid.workspace is workspace)


async def test_many_rows_have_two_letters_and_both_are_needed() -> None:
    async with table.running(MadeSource.of(made_sweep(4)), (120, 100)) as pilot:
        app = table.app_of(pilot)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, JumpScreen))
        rows = [row.path for row in app.table.runs.shown.rows]
        panes = len(app.table.grid.available)
        label, number = next((one, n) for n, one in enumerate(app.screen.labels) if len(one) == 2)
        await pilot.press(label[0])
        await pilot.pause()
        shown = {static.label for static in app.screen.query(JumpLabel) if static.display}
        assert shown == {one for one in app.screen.labels if one.startswith(label[0])}
        await pilot.press(label[1])
        await until(pilot, lambda: app.table.runs.current.path == rows[number - panes])


# Counts


@pytest.mark.parametrize(
    ("keys", "epoch"),
    [
        (("apostrophe", "2", "h"), 20),
        (("apostrophe", "3", "left"), 10),
        (("apostrophe", "1", "0", "h"), 0),
        (("apostrophe", "2", "0", "G"), 20),
        (("apostrophe", "1", "1", "g"), 10),
        (("apostrophe", "2", "2", "home"), 20),
        (("apostrophe", "1", "3", "backspace", "backspace", "2", "h"), 20),
        (("apostrophe", "h"), 30),
        (("apostrophe", "2", "escape"), 40),
        (("apostrophe", "2", "apostrophe", "h"), 30),
    ],
    ids=str,
)
async def test_a_count_multiplies_the_steps_of_epochs(app, settled, keys, epoch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, *keys)
        assert app.screen is app.run_screen
        assert app.run_screen.selection.epoch == epoch
        assert app.run_screen.grid.workspace.name == "overview"


async def test_the_count_is_shown_while_it_is_typed(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("apostrophe", "1", "2")
        await pilot.pause()
        assert isinstance(app.screen, CountPrompt)
        assert screen_lines(app)[-1].startswith(" '12 · ")


async def test_counts_apply_to_everything_that_steps(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        members = next(c.neurons for c in explorer.clusters(40, 40) if 0 in c.neurons)
        await press(pilot, settled, "apostrophe", "3", "j")
        assert app.run_screen.selection.neuron == members[3 % len(members)]
        await press(pilot, settled, "apostrophe", "3", "k")
        assert app.run_screen.selection.neuron == 0
        await press(pilot, settled, "apostrophe", "5", "n")
        assert app.run_screen.selection.neuron == 5
        await press(pilot, settled, "apostrophe", "3", "d")
        assert app.run_screen.selection.dimension == 3 % explorer.config.d_model
        await press(pilot, settled, "apostrophe", "3", "full_stop")
        assert app.run_screen.selection.head == 3 % explorer.config.n_heads
        panes = app.run_screen.grid.panes
        place = panes.index(app.run_screen.grid.focused_pane)
        await press(pilot, settled, "apostrophe", "2", "tab")
        assert app.run_screen.grid.focused_pane is panes[(place + 2) % 4]
        neuron = app.run_screen.selection.neuron
        filled = sum(len(c.neurons) > 0 for c in app.run_screen.clusters)
        await press(pilot, settled, "apostrophe", *str(filled + 1), "right_square_bracket")
        stepped = app.run_screen.selection.neuron
        app.run_screen.change(neuron=neuron)
        await press(pilot, settled, "right_square_bracket")
        assert app.run_screen.selection.neuron == stepped


async def test_a_key_whose_action_takes_no_count_does_what_it_does(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "apostrophe", "4", "z")
        await until(pilot, lambda: app.run_screen.grid.zoomed)
        await pilot.press("apostrophe", "4", "colon")
        await until(pilot, lambda: type(app.screen).__name__ == "CommandPalette")


async def test_counts_in_the_table_of_runs() -> None:
    async with table.running(MadeSource.of(made_sweep(2))) as pilot:
        app = table.app_of(pilot)
        last = len(app.table.runs.shown.rows) - 1
        for keys, cursor in (
            (("apostrophe", "5", "j"), 5),
            (("apostrophe", "3", "k"), 2),
            (("apostrophe", "8", "G"), 7),
            (("apostrophe", "9", "9", "G"), last),
            (("apostrophe", "4", "g"), 3),
            (("g",), 0),
            (("apostrophe", "1", "ctrl+d"), 10),
        ):
            await pilot.press(*keys)
            await table.settled(pilot, lambda app, cursor=cursor: app.table.runs.cursor == cursor)
