"""Following a run that grows: what comes is shown, and the selection stays where it is unless it is at the end."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from grok_tui.app.explorer_app import Instrument
from grok_tui.app.follower import Follower, open_when_it_begins
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import selection_after_growth

if TYPE_CHECKING:
    from engine import Explorer


def _is_settled(explorer: Explorer) -> bool:
    from engine import is_settled

    return is_settled(explorer.run)


class Following(Instrument):
    """The folder is looked at by the engine's thread, between two answers; the screen then asks anew."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._followers: list[Follower] = []
        self._ended = Event()

    def opened(self) -> OpenRun | None:
        return open_when_it_begins(self._opening, self._say_what_is_missing, self._ended)

    def _say_what_is_missing(self, sentence: str) -> None:
        if self.is_running:
            self.call_from_thread(self.show_status, f"waiting for the first checkpoint · {sentence}")

    async def begin(self, opened: OpenRun) -> None:
        await super().begin(opened)
        worker = self._worker
        for explorer in (opened.explorer, opened.second):
            if worker is not None and explorer is not None and explorer.run.path.is_dir():
                look = partial(worker.submit_urgent, self._look_again)
                self._followers.append(Follower(explorer.run.path, look, partial(_is_settled, explorer)))

    def _look_again(self) -> None:
        """On the engine's thread: at both runs, for the errand of one may stand in place of the other's."""
        assert self.explorer is not None
        before, grown, failures = self.explorer.epochs, False, []
        for explorer in (self.explorer, self.second):
            try:
                grown |= explorer is not None and explorer.refresh()
            except Exception as error:  # a file that cannot be read now
                failures.append(error)
        if self.is_running:
            self.call_from_thread(self._follow, before, grown, failures)

    def _follow(self, before: tuple[int, ...], grown: bool, failures: Sequence[Exception]) -> None:
        self.tell_warnings()
        self.tell(map(self.sentence_of, failures))
        if self.explorer is None or self.selection is None or not grown:
            return
        selection = selection_after_growth(self.selection, before, self.explorer.epochs)
        if selection == self.selection:
            self.ask()
        else:
            self.move(selection)

    async def on_unmount(self) -> None:
        self._ended.set()
        for follower in self._followers:
            follower.stop()
