"""The app on a tiny run, driven as a person would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine import Explorer, open_run
from engine.metrics.llc.settings import LlcSettings
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import is_drawn, settle


@pytest.fixture
def explorer(tiny_run: Path) -> Explorer:
    return Explorer(open_run(tiny_run), keys=[1, 2, 3])


@pytest.fixture(scope="session")
def measured(tiny_run: Path) -> Explorer:
    """The tiny run with the measures of all its checkpoints taken; for questions that change nothing."""
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3])
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    for epoch in explorer.epochs[1:]:
        explorer.llc.estimate(epoch, LlcSettings(chains=2, draws=20, burn_in=5))
    for _ in explorer.llc.steps():
        pass
    return explorer


@pytest.fixture
def app(explorer: Explorer, tmp_path: Path) -> GrokApp:
    """The explorer on the tiny run at its last epoch; exports go to `tmp_path`."""
    return GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)


@pytest.fixture
def settled() -> Callable[[Pilot[None]], object]:
    """`await settled(pilot)`: wait until every pane shows what is selected, and one of them has the focus."""

    async def wait(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, GrokApp)
        await pilot.pause(0.01)
        await settle(pilot, lambda: has_settled(app))

    return wait


def has_settled(app: GrokApp) -> bool:
    run = app.run_screen
    if run is None or run.focused is None or not run.grid.panes:
        return False
    if app.screen is run and not run.focused.has_focus:  # set by a message, after the choice
        return False
    return all(is_drawn(pane) for pane in run.grid.panes)


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages that the app has shown as notifications, oldest first."""
    shown: list[str] = []
    notify = GrokApp.notify

    def record(app: GrokApp, message: str, **options: Any) -> None:
        shown.append(message)
        notify(app, message, **options)

    monkeypatch.setattr(GrokApp, "notify", record)
    return shown
