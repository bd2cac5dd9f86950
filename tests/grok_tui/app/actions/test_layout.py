"""Workspaces, zoom, focus and the help."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.keymap import KEYS
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.driving import SIZE, press


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (220, 60)])
async def test_every_workspace_is_filled_at_any_size(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for number, workspace in enumerate(WORKSPACES, start=1):
            await press(pilot, settled, str(number))
            panes = list(app.run_screen.query(ViewPane))
            assert [pane.view.name for pane in panes] == list(workspace.views)
            for pane in panes:
                assert pane.failure is None, pane.failure
                assert pane.answer is not None
            await press(pilot, settled, "left", "j")


async def test_z_zooms_a_pane_and_shows_all_again(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        wide = app.run_screen.query_one("#neuron", ViewPane).size.width
        await press(pilot, settled, "z")
        assert [pane.id for pane in app.run_screen.query(ViewPane) if pane.display] == ["neuron"]
        assert app.run_screen.query_one("#neuron", ViewPane).size.width > 1.5 * wide
        await press(pilot, settled, "z")
        assert len([pane for pane in app.run_screen.query(ViewPane) if pane.display]) == 4


async def test_tab_cycles_through_the_panes(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        visited = []
        for _ in range(4):
            await pilot.press("tab")
            visited.append(app.focused.id)
        assert visited == ["spectrum", "losses", "clusters", "neuron"]
        await pilot.press("shift+tab")
        assert app.focused.id == "clusters"


async def test_help_is_about_the_focused_pane_and_lists_every_key(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.run_screen.query_one("#clusters").focus()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        shown = app.screen.text
        assert "share = max E_k" in shown
        for key in KEYS:
            assert key.what in shown
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)


async def test_help_has_the_signs_of_the_run(subtracting_run, settled) -> None:
    explorer = Explorer(open_run(subtracting_run), keys=[1, 2, 3])
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "2")
        app.run_screen.query_one("#block").focus()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "cos k(x-y) = cos cos + sin sin" in app.screen.text
