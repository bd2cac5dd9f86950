"""Drives the table of runs on a screen in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from grok_tui.app.run_table_app import RunTableApp
from grok_tui.app.widgets.view_pane import ViewPane
from tests.grok_tui.driving import is_drawn, settle
from tests.grok_tui.made_source import MadeSource


@asynccontextmanager
async def running(source: MadeSource, size: tuple[int, int] = (120, 40), **options: Any) -> AsyncIterator[Pilot[None]]:
    app = RunTableApp(source, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot


def app_of(pilot: Pilot[None]) -> RunTableApp:
    assert isinstance(pilot.app, RunTableApp)
    return pilot.app


async def settled(pilot: Pilot[None], also: Callable[[RunTableApp], bool] = lambda app: True) -> None:
    """Wait until all rows are read, all figures are up to date and a condition holds."""
    app = app_of(pilot)
    await pilot.pause(0.01)
    await settle(pilot, lambda: has_settled(app) and also(app))


def has_settled(app: RunTableApp) -> bool:
    table = app.table
    panes = table.grid.available if table.is_mounted else []
    return bool(panes) and not table.reading and all(is_drawn(pane) for pane in panes)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    if pilot.app.is_running:
        await settled(pilot)


def text_of(pane: ViewPane) -> str:
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


def table_text(pilot: Pilot[None]) -> str:
    return text_of(app_of(pilot).table.grid.table)


def says(part: str) -> Callable[[RunTableApp], bool]:
    return lambda app: any(part in str(toast.render()) for toast in app.screen.query("Toast"))
