"""Driving the app in tests: keys in, text out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.view_pane import ViewPane

SIZE = (120, 40)


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
