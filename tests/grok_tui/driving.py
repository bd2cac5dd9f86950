"""Driving the app in tests: keys in, text out."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from textual.pilot import Pilot

from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.view_pane import ViewPane
from tests.waiting import PATIENCE_SECONDS

SIZE = (120, 40)


async def until(pilot: Pilot[Any], reached: Callable[[], bool]) -> None:
    """Wait until a condition holds, while the app runs; a test whose condition does not hold fails."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not reached():
        assert monotonic() < deadline, f"the condition did not hold within {PATIENCE_SECONDS:g} seconds"
        await pilot.pause(0.01)


def pane_of(app: GrokApp, name: str) -> ViewPane:
    return app.run_screen.query_one(f"#{name}", ViewPane)


def text_of(app: GrokApp, name: str) -> str:
    """A pane's characters, line by line."""
    pane = pane_of(app, name)
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


async def press(pilot: Pilot[None], settled: Callable[[Pilot[None]], Any], *keys: str) -> None:
    """Press keys, and wait until every pane shows what is selected."""
    await pilot.press(*keys)
    await settled(pilot)
