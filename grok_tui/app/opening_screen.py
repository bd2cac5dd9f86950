"""The screen while the run is opened, and while a run without a checkpoint is waited for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from engine.errors import RunNotReady
from grok_tui.app.pane_screen import action_bindings
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.render.palette import Palette
from grok_tui.session.keymap import KEYS, explorer_keys, key_label
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.settings import Settings

if TYPE_CHECKING:
    from engine.runs.remote.store import FetchProgress

_RETRY_SECONDS = 1.0


class OpeningScreen(Screen[None]):
    """A status line and the footer; replaced by the `RunScreen` once the run is open."""

    BINDINGS: ClassVar[list[BindingType]] = action_bindings(KEYS)

    def __init__(self, settings: Settings, palette: Callable[[], Palette], *, has_table: bool = False) -> None:
        super().__init__()
        self._settings = settings
        self._palette = palette
        self._has_table = has_table

    def compose(self) -> ComposeResult:
        yield StatusLine(self._palette)
        yield KeyBar(explorer_keys(self._settings.keys, has_table=self._has_table), self._palette())

    def on_mount(self) -> None:
        self.show_status("grok-tui · opening the run")

    def action_run(self, action_id: str) -> None:
        """Answer a key of the explorer, which has no effect until the run is open."""
        self._say_not_open()

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        self.app.call_later(self.app.simulate_key, message.key)  # a key that the screen sends does not reach it

    def on_key_bar_workspaces_pressed(self) -> None:
        self._say_not_open()

    def _say_not_open(self) -> None:
        self.app.clear_notifications()  # of the keys before
        self.notify(f"The run is not open yet; {key_label('quit', self._settings.keys)} quits.", markup=False)

    def show_status(self, text: str) -> None:
        self.query_one(StatusLine).show(text)


def fetch_text(progress: FetchProgress) -> str:
    """How far a download is, in megabytes."""
    done, total = progress.done / 1e6, progress.total
    amount = f"{done:,.1f} MB" if total is None else f"{done:,.1f} of {total / 1e6:,.1f} MB"
    return f"fetching {amount} · {progress.name}"


def open_when_ready(open_run: Callable[[], OpenRun], report: Callable[[str], None], cancelled: Event) -> OpenRun | None:
    """Open a run; retry every second while it has no checkpoint yet.

    `report` gets the reason at each retry. Returns None if `cancelled` is set first. Other errors are raised.
    """
    while not cancelled.is_set():
        try:
            return open_run()
        except RunNotReady as error:
            report(str(error))
            cancelled.wait(_RETRY_SECONDS)
    return None
