"""The part of a Textual app that does not depend on its screens: colours, keys, signals, the terminal, the palette."""

from __future__ import annotations

import asyncio
import math
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.screen import Screen

from engine.runs.remote.address import RunLocation
from grok_tui.app.command_palette import AppCommands
from grok_tui.app.cropped_update import cropped
from grok_tui.app.error_log import ErrorLog
from grok_tui.render.palette import Palette
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import APP_ACTIONS, KEYS, key_label
from grok_tui.session.settings import Settings
from grok_tui.terminal.compact_driver import compact_driver
from grok_tui.terminal.display import display_palette
from grok_tui.terminal.gc_tuning import collect_garbage
from grok_tui.terminal.input_loop import read_keys
from grok_tui.terminal.job_control import stop_until_foreground
from grok_tui.terminal.shutdown import ShutdownHandler
from grok_tui.terminal.terminal_images import TerminalImages
from grok_tui.terminal.terminal_query import TerminalInput

# How often the app checks that its terminal still exists.
_TERMINAL_SECONDS = 1.0
# A second ctrl+c within so long quits.
_INTERRUPT_SECONDS = 2.0
# The width and height of a cell in pixels where the terminal does not answer; it fits images into their cells.
_USUAL_CELL = (9, 18)
# The bytes of a frame are written within this time.
_WRITE_SECONDS = 0.03


def _discard(text: str) -> None:
    """Stands in for the terminal until there is a driver."""


class TerminalApp(App[None]):
    """An app with the user's settings, which ends cleanly however it ends.

    `next_run` is a run to open after this app; opening one exits. `exports` is the folder for exported files.
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
    # Ids of the key table with the names of this app's methods.
    app_actions: Mapping[str, str] = APP_ACTIONS

    def __init__(
        self, exports: Path | None = None, settings: Settings | None = None, terminal: TerminalInput | None = None
    ) -> None:
        super().__init__()
        self.terminal = terminal or TerminalInput()
        self.settings = settings or Settings()
        self.exports = exports or Path.cwd()
        self.next_run: RunLocation | None = None
        self.images: TerminalImages | None = None
        self._interrupted_at = -math.inf
        self.errors = ErrorLog()
        self.write_to_terminal: Callable[[str], None] = _discard
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
                self.images = app.images
                if app.terminal.recording is not None:
                    self.copy_output = app.terminal.recording.write

            def stop_application_mode(self) -> None:
                app.leave_terminal()
                super().stop_application_mode()

            def run_input_thread(self) -> None:
                if app.is_web:
                    super().run_input_thread()
                    app.end_of_input()
                elif app.terminal.is_plain or not isinstance(self, LinuxDriver):
                    super().run_input_thread()
                else:
                    read_keys(self, app.terminal)

        return AppDriver

    def on_mount(self) -> None:
        has_terminal = not (self.is_headless or self.is_web)
        if has_terminal and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            self._shutdown_handler.install(loop)
            loop.add_signal_handler(signal.SIGTSTP, self.action_suspend_process)
            loop.add_signal_handler(signal.SIGCONT, self._repaint)
            self.set_interval(_TERMINAL_SECONDS, self._shutdown_handler.check_terminal)

    def on_resize(self, event: Resize) -> None:
        if self.images is not None:
            self.images.resize(*event.size)
        if self.terminal.recording is not None:
            self.terminal.recording.resize((event.size.width, event.size.height))

    def palette(self) -> Palette:
        """Colours and glyphs of the figures, from the settings, the theme and the terminal."""
        color_system = None if self.is_headless else self.console.color_system
        palette = display_palette(self.settings, self.current_theme.dark, color_system)
        if self.images is None:
            return palette
        cell_pixels = self.terminal.features.cell_pixels or _USUAL_CELL
        return replace(palette, cell_pixels=cell_pixels, image_rows=self.images.row_multiple)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, cropped(renderable))
        # A little later: the bytes are on their way, and writing them must not wait.
        asyncio.get_running_loop().call_later(_WRITE_SECONDS, collect_garbage)

    def write(self, text: str) -> None:
        """Write an escape sequence to the terminal."""
        self.write_to_terminal(text)

    def leave_terminal(self) -> None:
        """Remove the images: called while the terminal still shows the app, before it exits or is suspended."""
        if self.images is not None:
            self.images.clear()

    def save_session(self) -> None:
        """Save what the next start restores: called before the app exits or its process stops."""

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="an action, a view, an epoch, a run, a word of the help"))

    def action_help_quit(self) -> None:
        """Ctrl+C, which is easily pressed by habit in a terminal: only a second one soon after the first quits."""
        now = monotonic()
        if now - self._interrupted_at <= _INTERRUPT_SECONDS:
            self.exit()
            return
        self._interrupted_at = now
        self.notify(f"ctrl+c again quits; so does {key_label('quit', self.settings.keys)}.", timeout=_INTERRUPT_SECONDS)

    def action_redraw(self) -> None:
        """Write the whole screen again, with its images: another program may have written over it."""
        if self.images is not None:
            self.images.clear()
        self.screen.refresh()

    def action_suspend_process(self) -> None:
        """Stop the process with the terminal as it was before; the shell's `fg` continues it."""
        self.save_session()  # a stopped process can only be killed
        try:
            with self.suspend():
                stop_until_foreground()
        except SuspendNotSupported:
            self.notify("The explorer cannot be suspended here.", severity="warning")

    def _repaint(self) -> None:
        """Set the terminal up again: another program may have used it while SIGSTOP had stopped this one."""
        with self.suspend():
            pass

    def end_of_input(self) -> None:
        """Exit: the server of a browser has ended. Called on the thread that reads the input."""
        if self.is_running:
            self.call_later(self.exit)

    def show_log(self) -> None:
        """Show the tracebacks of unexpected errors."""
        from grok_tui.app.widgets.log_screen import LogScreen

        self.push_screen(LogScreen(list(self.errors)))

    def open_next(self, run: RunLocation) -> None:
        """Exit, and have another run opened; in a browser that is the choice of who started the server."""
        if self.is_web:
            self.notify("This server shows one run.", severity="warning")
            return
        self.next_run = run
        self.exit()

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """Save the session and exit."""
        self.save_session()
        super().exit(result, return_code, message)
