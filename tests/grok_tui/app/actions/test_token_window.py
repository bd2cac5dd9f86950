"""`w` goes through windows of tokens, and the crosshair moves the window at its edges."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import pane_of, press, text_of

DEMO = Path(__file__).parents[4] / "grok_tui" / "demo"
P = 113


@pytest.fixture(scope="module")
def demo() -> Explorer:
    return Explorer(open_run(DEMO))


def app_of(demo: Explorer, tmp_path: Path) -> GrokApp:
    opened = OpenRun(demo, initial_selection(demo, epoch=0), Layout("overview", "neuron"))
    return GrokApp(lambda: opened, exports=tmp_path)


async def test_the_key_goes_through_all_tokens_and_back_to_the_whole_map(demo, settled, tmp_path) -> None:
    app = app_of(demo, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        whole = text_of(app, "neuron")
        await press(pilot, settled, "w")
        assert app.run_screen.selection.window == (0, 0)
        columns, _ = pane_of(app, "neuron").pixels
        seen = [set(range(columns))]
        for _ in range(P):
            await press(pilot, settled, "w")
            window = app.run_screen.selection.window
            if window is None:
                break
            assert f"x {window[0]} to {window[0] + columns - 1}" in text_of(app, "neuron")
            seen.append(set(range(window[0], window[0] + columns)))
        assert app.run_screen.selection.window is None
        assert set().union(*seen) == set(range(P))
        assert text_of(app, "neuron") == whole


async def test_from_unwrapped_order_it_goes_to_natural_order(demo, settled, tmp_path) -> None:
    app = app_of(demo, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "u", "w")
        assert (app.run_screen.selection.order, app.run_screen.selection.window) == ("natural", (0, 0))


async def test_the_crosshair_moves_the_window_at_its_edges(demo, settled, tmp_path) -> None:
    app = app_of(demo, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "w", "c")
        pane = pane_of(app, "neuron")
        area = pane.crosshair_area
        pane.move_crosshair((area.left + area.width - 1, area.top))
        await press(pilot, settled, "right", "right", "L")
        assert app.run_screen.selection.window == (10, 0)
        assert app.screen.readout.target.x == 10 + area.width - 1
        pane.move_crosshair((area.left, area.top))
        await press(pilot, settled, "left")
        assert app.run_screen.selection.window == (9, 0)
        await press(pilot, settled, *["H"] * 3)
        assert app.run_screen.selection.window == (0, 0)


async def test_a_workspace_without_such_a_map_says_so(app, settled) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, "9", "w")
        assert any("No pane of this workspace" in str(toast.render()) for toast in app.screen.query("Toast"))
