"""The app of one run, or of two compared: opens it in the background, shows it, and ends cleanly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from textual.screen import Screen

from engine.errors import GrokError
from grok_tui.app.opening_screen import OpeningScreen, fetch_text, open_when_ready
from grok_tui.app.run_screen import RunScreen
from grok_tui.app.terminal_app import TerminalApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.settings import Settings
from grok_tui.terminal.display import choose_graphics
from grok_tui.terminal.terminal_images import terminal_images
from grok_tui.terminal.terminal_query import TerminalInput

if TYPE_CHECKING:
    from engine.runs.remote.store import FetchProgress


class GrokApp(TerminalApp):
    """Shows an `OpeningScreen`, opens the run on a thread, then shows a `RunScreen`.

    `failure` is the error that prevented opening, after which the app exits by itself. `notice` is shown once the run
    is open. With `has_table` the run was opened from a table of runs; `went_back` says that the user returns to it.
    """

    def __init__(
        self,
        open_run: Callable[[], OpenRun],
        exports: Path | None = None,
        settings: Settings | None = None,
        notice: str = "",
        has_table: bool = False,
        terminal: TerminalInput | None = None,
    ) -> None:
        super().__init__(exports, settings, terminal)
        self.images = terminal_images(choose_graphics(self.settings, self.terminal.features), self.write)
        self.notice = notice
        self.open_run = open_run
        self.has_table = has_table
        self.went_back = False
        self.failure: Exception | None = None
        self.run_screen: RunScreen | None = None
        self._cancelled = Event()

    def get_default_screen(self) -> Screen[None]:
        return OpeningScreen(self.settings, self.palette, has_table=self.has_table)

    def on_mount(self) -> None:
        # After the first paint: importing torch holds the interpreter for a second or more.
        # A daemon thread: quitting must not wait for a slow disk or download.
        self.call_after_refresh(threading.Thread(target=self._open, daemon=True).start)

    def _open(self) -> None:
        """On a thread: open the run, then show it; an error ends the app."""
        try:
            opened = open_when_ready(self.open_run, self._report_not_ready, self._cancelled)
        except Exception as error:  # whatever it is, the user reads it outside the alternate screen
            if self._cancelled.is_set():
                return
            self.failure = error
            self.call_from_thread(self.exit)
        else:
            if opened is not None:
                self.call_from_thread(self.run_worker, self._show_run(opened))

    def _report_not_ready(self, reason: str) -> None:
        if self.is_running:
            self.call_from_thread(self._show_opening_status, f"waiting for the first checkpoint · {reason}")

    def show_fetch(self, progress: FetchProgress) -> None:
        """Show how far a download is while the run is opened; called on the thread that fetches.

        Raises:
            GrokError: the app has ended; this stops the download.
        """
        if self._cancelled.is_set():
            raise GrokError(f"{progress.name} is no longer needed.")
        if self.is_running and self.run_screen is None:
            self.call_from_thread(self._show_opening_status, fetch_text(progress))

    def _show_opening_status(self, text: str) -> None:
        screen = self.screen_stack[0]
        if isinstance(screen, OpeningScreen):
            screen.show_status(text)

    async def _show_run(self, opened: OpenRun) -> None:
        while len(self.screen_stack) > 1:  # the palette may be open
            await self.pop_screen()
        self.run_screen = RunScreen(
            opened,
            self.settings,
            self.palette,
            self.errors,
            self.exports,
            self.write,
            images=self.images,
            has_table=self.has_table,
        )
        await self.push_screen(self.run_screen)
        if self.notice:
            self.notify(self.notice, severity="error", markup=False)

    def action_back_to_table(self) -> None:
        """Leave the tour, if it is on; else return to the table of runs that this run was opened from."""
        if self.run_screen is not None and self.run_screen.tour.leave():
            return
        if self.has_table:
            self.went_back = True
            self.exit()
        else:
            self.notify(
                "This run was not opened from a table of runs; `grok-tui FOLDER` shows one.", severity="warning"
            )

    def save_session(self) -> None:
        """Save the position in the run."""
        if self.run_screen is not None:
            self.run_screen.save_session()

    def on_unmount(self) -> None:
        self._cancelled.set()
