"""Following a run that grows: what comes is shown, and the selection stays where it is unless it is at the end."""

from __future__ import annotations

from threading import Event
from typing import Any

from grok_tui.actions.instrument import Instrument
from grok_tui.following import Follower, open_when_it_begins
from grok_tui.selection import followed
from grok_tui.session import Opened


class Following(Instrument):
    """The folder is looked at by the engine's thread, between two answers; the screen then asks anew."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._follower: Follower | None = None
        self._ended = Event()

    def opened(self) -> Opened | None:
        return open_when_it_begins(self._opening, self._say_what_is_missing, self._ended)

    def _say_what_is_missing(self, sentence: str) -> None:
        if self.is_running:
            self.call_from_thread(self.show_where, f"waiting for the first checkpoint · {sentence}")

    async def begin(self, opened: Opened) -> None:
        from engine import is_settled

        await super().begin(opened)
        explorer, worker = opened.explorer, self._worker
        if worker is not None and explorer.run.path.is_dir():
            self._follower = Follower(
                explorer.run.path,
                look=lambda: worker.run_errand(self._look_again),
                is_settled=lambda: is_settled(explorer.run),
            )

    def _look_again(self) -> None:
        """On the engine's thread."""
        assert self.explorer is not None
        before = self.explorer.epochs
        grown = self.explorer.refresh()
        if self.is_running:
            self.call_from_thread(self._follow, before, grown)

    def _follow(self, before: tuple[int, ...], grown: bool) -> None:
        self.tell_warnings()
        if self.explorer is None or self.selection is None or not grown:
            return
        selection = followed(self.selection, before, self.explorer.epochs)
        if selection == self.selection:
            self.ask()
        else:
            self.move(selection)

    async def on_unmount(self) -> None:
        self._ended.set()
        if self._follower is not None:
            self._follower.stop()
