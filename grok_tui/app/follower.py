"""Watching a folder while a run grows in it, and waiting for a run that has not begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread, main_thread
from typing import TYPE_CHECKING

from grok_tui.app.mounts import is_remote

if TYPE_CHECKING:
    from grok_tui.session.saved_session import OpenRun

# How often the watching thread sees to whether anything was told; a change is passed on at the second such moment.
_STEP_MS = 100
# Changes that go on and on are passed on after so long, and then not again for a pause: looking costs something.
_DEBOUNCE_MS = 400
_PAUSE_SECONDS = 0.5
# How often a mount whose changes nobody tells is looked at, and a folder in which something is only half there.
_TICK_MS = 1_000


class Follower:
    """A thread that has a folder looked at whenever something in it changes.

    `look` is called, on that thread, soon after a change (a run's checkpoints and losses are in the folder itself or
    in `checkpoints`), once a second more after it, and on until `is_settled`: what is half written may come whole
    without a word. Otherwise the thread sleeps. On mounts that tell no changes the folder is looked through once a
    second. The thread ends at `stop`, or with the program.
    """

    def __init__(self, folder: Path, look: Callable[[], None], is_settled: Callable[[], bool]) -> None:
        self._folder = folder
        self._look = look
        self._is_settled = is_settled
        self._ended = _Ended()
        self._polling = is_remote(folder)
        self._thread = Thread(target=self._run, name="following")
        self._thread.start()

    def stop(self) -> None:
        """End the thread, within a tenth of a second."""
        self._ended.set()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._watch()
            except FileNotFoundError:  # it may come back
                self._ended.wait(_TICK_MS / 1000)
            except Exception:  # this machine has no events, or no more of them
                self._polling = True
                self._ended.wait(_TICK_MS / 1000)

    def _watch(self) -> None:
        """Watch the folder until it is another one, or has another `checkpoints`."""
        from watchfiles import watch

        places = _places(self._folder)
        told = watch(
            *places,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            stop_event=self._ended,
            raise_interrupt=False,
            force_polling=self._polling or None,
            poll_delay_ms=_TICK_MS,
            recursive=False,
        )
        again = True  # what came before the watch began
        for changes in told:
            if changes or again:
                again = bool(changes) or not self._is_settled()
                self._look()
            if changes:
                self._ended.wait(_PAUSE_SECONDS)
            if _places(self._folder) != places:
                return


class _Ended(Event):
    """Set when the thread is to end, or the program has ended without saying so."""

    def is_set(self) -> bool:
        return super().is_set() or not main_thread().is_alive()


def _places(folder: Path) -> dict[Path, int]:
    """The folders in which a run grows, and which they are: one of the same name may take its place."""
    return {place: place.stat().st_ino for place in (folder, folder / "checkpoints") if place.is_dir()}


def open_when_it_begins(opening: Callable[[], OpenRun], tell: Callable[[str], None], ended: Event) -> OpenRun | None:
    """Open a run. One that has not begun is waited for: `tell` gets a sentence about it, once a second.

    None if `ended` was set before it began. What `opening` raises otherwise is raised.
    """
    while not ended.is_set():
        try:
            return opening()
        except Exception as error:
            from engine import RunNotReady

            if not isinstance(error, RunNotReady):
                raise
            tell(str(error))
            ended.wait(_TICK_MS / 1000)
    return None
