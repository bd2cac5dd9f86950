"""The Textual app: opens a run in the background, shows it, and ends cleanly."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual.app import App, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.driver import Driver
from textual.screen import Screen

from engine.errors import GrokError
from engine.runs.remote.address import RunLocation
from grok_tui.app.command_palette import AppCommands
from grok_tui.app.error_log import ErrorLog
from grok_tui.app.opening_screen import OpeningScreen, fetch_text, open_when_ready
from grok_tui.app.run_screen import RunScreen
from grok_tui.app.widgets.log_screen import LogScreen
from grok_tui.render.palette import Palette
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import APP_ACTIONS, KEYS, key_label
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.settings import Settings
from grok_tui.terminal.compact_driver import compact_driver
from grok_tui.terminal.display import display_palette
from grok_tui.terminal.job_control import stop_until_foreground
from grok_tui.terminal.shutdown import ShutdownHandler

if TYPE_CHECKING:
    from engine.runs.remote.store import FetchProgress

# How often the app checks that its terminal still exists.
_TERMINAL_SECONDS = 1.0


def _discard(text: str) -> None:
    """Stands in for the terminal until there is a driver."""


class GrokApp(App[None]):
    """Shows an `OpeningScreen`, opens the run on a thread, then shows a `RunScreen`.

    `failure` is the error that prevented opening; `next_run` is a run to open after this one. In both cases the app
    exits by itself. `notice` is shown once the run is open.
    """

    TITLE = "grok-tui"
    NOTIFICATION_TIMEOUT = 3
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {AppCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(key.keys), APP_ACTIONS[key.id], key.what, id=key.id, show=False, priority=key.id == "suspend")
        for key in KEYS
        if key.id in APP_ACTIONS
    ]

    def __init__(
        self,
        open_run: Callable[[], OpenRun],
        exports: Path | None = None,
        settings: Settings | None = None,
        notice: str = "",
    ) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.exports = exports or Path.cwd()
        self.notice = notice
        self.open_run = open_run
        self.failure: Exception | None = None
        self.next_run: RunLocation | None = None
        self.errors = ErrorLog()
        self.run_screen: RunScreen | None = None
        self.write_to_terminal: Callable[[str], None] = _discard
        self._cancelled = Event()
        self._shutdown_handler = ShutdownHandler(lambda status: self.exit(return_code=status))
        self.theme = self.settings.theme
        self.set_class(self.palette().ascii, "ascii-only")
        overrides = self.settings.keys.items()
        self.set_keymap({name: ",".join(key_name(key.strip()) for key in keys.split(",")) for name, keys in overrides})

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, with less output; the app keeps its `write` for escape sequences of its own."""
        app = self

        class AppDriver(compact_driver(super().get_driver_class())):  # type: ignore[misc]
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                app.write_to_terminal = self.write

        return AppDriver

    def get_default_screen(self) -> Screen[None]:
        return OpeningScreen(self.settings, self.palette)

    def on_mount(self) -> None:
        if not self.is_headless and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            self._shutdown_handler.install(loop)
            loop.add_signal_handler(signal.SIGTSTP, self.action_suspend_process)
            loop.add_signal_handler(signal.SIGCONT, self._repaint)
            self.set_interval(_TERMINAL_SECONDS, self._shutdown_handler.check_terminal)
        # After the first paint: importing torch holds the interpreter for a second or more.
        # A daemon thread: quitting must not wait for a slow disk or download.
        self.call_after_refresh(threading.Thread(target=self._open, daemon=True).start)

    def palette(self) -> Palette:
        """Colours and glyphs of the figures, from the settings, the theme and the terminal."""
        color_system = None if self.is_headless else self.console.color_system
        return display_palette(self.settings, self.current_theme.dark, color_system)

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
        self.run_screen = RunScreen(opened, self.settings, self.palette, self.errors, self.exports, self._write)
        await self.push_screen(self.run_screen)
        if self.notice:
            self.notify(self.notice, severity="error", markup=False)

    def _write(self, text: str) -> None:
        self.write_to_terminal(text)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="an action, a view, an epoch, a run, a word of the help"))

    def action_help_quit(self) -> None:
        """Ctrl+C, which is easily pressed by habit in a terminal."""
        self.notify(f"{key_label('quit', self.settings.keys)} quits.")

    def action_suspend_process(self) -> None:
        """Stop the process with the terminal as it was before; the shell's `fg` continues it."""
        if self.run_screen is not None:
            self.run_screen.save_session()  # a stopped process can only be killed
        try:
            with self.suspend():
                stop_until_foreground()
        except SuspendNotSupported:
            self.notify("The explorer cannot be suspended here.", severity="warning")

    def _repaint(self) -> None:
        """Set the terminal up again: another program may have used it while SIGSTOP had stopped this one."""
        with self.suspend():
            pass

    def show_log(self) -> None:
        """Show the tracebacks of unexpected errors."""
        self.push_screen(LogScreen(list(self.errors)))

    def open_next(self, run: RunLocation) -> None:
        """Exit, and have another run opened."""
        self.next_run = run
        self.exit()

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Save the session and exit."""
        if self.run_screen is not None:
            self.run_screen.save_session()
        super().exit(result, return_code, message)

    def on_unmount(self) -> None:
        self._cancelled.set()
