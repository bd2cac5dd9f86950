"""The screen while a run is opened."""

from __future__ import annotations

from threading import Event

import pytest
from textual.command import CommandPalette

from engine import GrokError
from engine.runs.remote.store import FetchProgress
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.session.saved_session import OpenRun
from tests.grok_tui.driving import until
from tests.waiting import PATIENCE_SECONDS

SIZE = (120, 40)


async def test_it_shows_how_far_a_download_is() -> None:
    shown, ended = Event(), Event()

    def fetch() -> OpenRun:
        app.show_fetch(FetchProgress("hf://me/run/full.pth", 12_000_000, 254_000_000))
        shown.set()
        assert ended.wait(PATIENCE_SECONDS)
        raise GrokError("enough")

    app = GrokApp(fetch)
    async with app.run_test(size=SIZE) as pilot:
        while not shown.is_set():
            await pilot.pause(0.01)
        line = app.screen.query_one(StatusLine).render()
        assert "fetching 12.0 of 254.0 MB · hf://me/run/full.pth" in str(line)
        ended.set()


async def test_quitting_stops_the_download() -> None:
    started, quitting, stopped = Event(), Event(), Event()

    def fetch() -> OpenRun:
        started.set()
        assert quitting.wait(PATIENCE_SECONDS)
        try:
            while True:
                app.show_fetch(FetchProgress("hf://me/run/full.pth", 12_000_000, 254_000_000))
        except GrokError:
            stopped.set()
            raise

    app = GrokApp(fetch)
    async with app.run_test(size=SIZE) as pilot:
        while not started.is_set():
            await pilot.pause(0.01)
        app.exit()
        quitting.set()
    assert stopped.wait(60)
    assert app.failure is None


@pytest.mark.parametrize(("total", "text"), [(None, "1.5 MB"), (3_000_000, "1.5 of 3.0 MB")])
def test_sizes_are_in_megabytes(total: int | None, text: str) -> None:
    from grok_tui.app.opening_screen import fetch_text

    assert fetch_text(FetchProgress("https://host/a.pt", 1_500_000, total)) == f"fetching {text} · https://host/a.pt"


def opening_app(ended: Event) -> GrokApp:
    """An app whose run is not open before `ended` is set."""

    def open_run() -> OpenRun:
        assert ended.wait(PATIENCE_SECONDS)
        raise GrokError("enough")

    return GrokApp(open_run)


async def click_footer(pilot, text: str) -> None:
    line = str(pilot.app.screen.query_one(KeyBar).render())
    assert await pilot.click(KeyBar, offset=(line.index(text), 0))


async def test_a_click_in_the_footer_presses_the_key() -> None:
    ended = Event()
    app = opening_app(ended)
    async with app.run_test(size=SIZE) as pilot:
        await click_footer(pilot, "ctrl+p find")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press("escape")
        await click_footer(pilot, "q quit")
        await until(pilot, lambda: not app.is_running)
        ended.set()


@pytest.mark.parametrize("text", ["? help", "→ epoch", "1-9 workspace"])
async def test_what_needs_the_run_says_that_it_is_not_open(text, messages) -> None:
    ended = Event()
    app = opening_app(ended)
    async with app.run_test(size=SIZE) as pilot:
        await click_footer(pilot, text)
        await until(pilot, lambda: bool(messages))
        assert messages == ["The run is not open yet; q quits."]
        ended.set()


@pytest.mark.parametrize("key", ["right", "7", "tab", "question_mark"])
async def test_a_key_that_needs_the_run_says_that_it_is_not_open(key, messages) -> None:
    ended = Event()
    app = opening_app(ended)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: bool(messages))
        assert messages == ["The run is not open yet; q quits."]
        ended.set()
