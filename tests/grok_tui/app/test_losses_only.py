"""The explorer of a run without weights: its losses are shown, and every key works or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.session.keymap import KEYS
from grok_tui.session.saved_session import OpenRun, load_session, restore_selection, save_session
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import SIZE, press, text_of
from tests.losses_only import write_losses_only


@pytest.fixture
def opened(tmp_path) -> OpenRun:
    explorer = Explorer(open_run(write_losses_only(tmp_path / "run")))
    return OpenRun(explorer, initial_selection(explorer))


@pytest.fixture
def app(opened, tmp_path) -> GrokApp:
    return GrokApp(lambda: opened, exports=tmp_path)


async def test_the_losses_are_shown_and_the_other_panes_say_why_not(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "recorded · train 4e-05 · test 0.1 · test accuracy 100.0%" in text_of(app, "losses")
        for name in ("clusters", "neuron", "spectrum"):
            words = " ".join(text_of(app, name).split())
            assert f"`{name}` needs weights; run has losses but no checkpoints." in words
        await press(pilot, settled, "left")
        assert app.run_screen.selection.epoch == 400
        assert "test 3" in text_of(app, "losses")
        await press(pilot, settled, "8")
        assert "circuit formation to 400" in text_of(app, "phases")


@pytest.mark.parametrize("key", [key for key in KEYS if key.id not in ("quit", "suspend")], ids=lambda key: key.id)
async def test_no_key_breaks_it(app, settled, key) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, key.keys[0])
        await pilot.press("escape")
        await settled(pilot)
        assert app.is_running
        assert len(app.run_screen.errors) == 0


async def test_a_pane_and_the_screen_are_exported(app, settled, tmp_path: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.run_screen.grid.focus_view("losses")
        await press(pilot, settled, "e", "enter", "E", "enter")
    (pane,) = tmp_path.glob("*.txt")
    assert "recorded losses, no checkpoints" in pane.read_text()
    (screen,) = tmp_path.glob("*.svg")
    assert "checkpoints." in screen.read_text()


def test_its_position_is_saved_and_restored(opened) -> None:
    explorer, selection = opened.explorer, opened.selection
    save_session(explorer, initial_selection(explorer, epoch=200), opened.layout)
    saved = load_session(explorer.run.location)
    assert saved is not None
    assert restore_selection(explorer, selection, saved).epoch == 200
