"""The app on a run that the user's own code reads: every workspace, playing, ablating, comparing, exporting."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.engine.runs.own_networks import write_code, write_unreadable_run
from tests.grok_tui.driving import press, text_of, until
from tests.grok_tui.screen_text import screen_text


@pytest.fixture
def explorer(tmp_path: Path, tiny_run: Path) -> Explorer:
    path = write_unreadable_run(tmp_path / "own", tiny_run, {"p": 7})
    return Explorer(open_run(path, network=f"{write_code(tmp_path)}:build"), keys=[1, 2, 3], no_split=True)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_workspace_shows_its_views_or_what_they_need(explorer, tmp_path, settled, size, messages) -> None:
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "your own code net.py:build" in screen_text(app)
        for number, workspace in enumerate(WORKSPACES, start=1):
            await press(pilot, settled, str(number), "left", "right")
            for view in workspace.views:
                assert text_of(app, view).strip(), view
        await press(pilot, settled, "3", "z")
        assert "needs attention" in " ".join(screen_text(app).split())
        await press(pilot, settled, "z", "7", "b", "left")
        assert app.run_screen.selection.ablation.clusters
        await press(pilot, settled, "1", "P", "left")
        await press(pilot, settled, "=")
        await pilot.press("E", "enter")
        await until(pilot, lambda: bool(list(tmp_path.glob("*.svg"))))
    assert not any("Traceback" in message for message in messages)


async def test_it_is_the_run_that_it_is(explorer, tmp_path, settled, tiny_run) -> None:
    """The neuron over all pairs is drawn as that of the native run with the same weights."""
    drawn = []
    for each in (explorer, Explorer(open_run(tiny_run), keys=[1, 2, 3], no_split=True)):
        app = GrokApp(lambda each=each: OpenRun(each, initial_selection(each, neuron=3)), exports=tmp_path)
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            drawn.append(text_of(app, "neuron"))
    assert drawn[0] == drawn[1]
