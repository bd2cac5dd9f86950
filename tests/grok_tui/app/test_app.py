"""The app: opens a run, ends cleanly."""

from __future__ import annotations

from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import SIZE


async def test_q_quits(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await pilot.pause()
    assert not app.is_running


async def test_a_run_is_opened_once(explorer, settled) -> None:
    opened: list[OpenRun] = []

    def opening() -> OpenRun:
        opened.append(OpenRun(explorer, initial_selection(explorer)))
        return opened[-1]

    app = GrokApp(opening)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert len(opened) == 1


async def test_an_unreadable_run_ends_the_app_with_the_error() -> None:
    def fail() -> OpenRun:
        raise ValueError("not a run")

    app = GrokApp(fail)
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(100):
            await pilot.pause(0.01)
            if app.failure:
                break
    assert str(app.failure) == "not a run"
