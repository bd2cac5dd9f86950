"""Driving the app in tests: keys in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any
from unittest.mock import Mock

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


async def settle(pilot: Pilot[Any], has_settled: Callable[[], bool]) -> None:
    """Wait until a condition holds three times in a row, with the messages and the layout in between handled.

    A change of layout takes several rounds of messages: once is not enough on a slow machine.
    """
    rounds = 0

    def settled_again() -> bool:
        nonlocal rounds
        rounds = rounds + 1 if has_settled() else 0
        return rounds >= 3

    await until(pilot, settled_again)


def is_drawn(pane: ViewPane) -> bool:
    """Whether a pane shows what was requested last, at its size."""
    return pane.up_to_date and (not pane.size or pane.render_line(0).cell_length == pane.size.width)


def was_written(panes: Sequence[ViewPane]) -> bool:
    """Whether a pane without focus was written since the first call."""
    pane = next(pane for pane in panes if not pane.has_focus)
    if not isinstance(pane.render_lines, Mock):
        pane.render_lines = Mock(wraps=pane.render_lines)
    return pane.render_lines.called


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
