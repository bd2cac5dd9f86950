"""Playing the run: epoch after epoch, each one painted, forwards or backwards, once or round and round."""

from __future__ import annotations

import os
from typing import Any

from textual.timer import Timer

from grok_tui.app.explorer_app import Instrument
from grok_tui.session.selection import step_epoch

# Epochs a second. Over SSH the fastest is left out: a frame is some ten kilobytes.
_SPEEDS = (1, 2, 4, 8, 16)
_FASTEST_OVER_SSH = 8
_FIRST_SPEED = 4


class Playing(Instrument):
    """A frame that is not painted yet is waited for: playing never skips an epoch and never queues one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._playing: Timer | None = None
        self._speed = _FIRST_SPEED
        self._by = 1
        self._looping = False

    @property
    def playing(self) -> bool:
        return self._playing is not None

    def action_play(self) -> None:
        if self._playing is not None:
            self._stop()
        elif self.explorer and self.selection:
            if self._at_the_end:
                self.change(epoch=self._start_epoch)
            self._playing = self.set_interval(1 / self._speed, self._play_on)

    def action_play_speed(self, by: int) -> None:
        """The next faster (1) or slower (-1) speed."""
        speeds = [speed for speed in _SPEEDS if "SSH_CONNECTION" not in os.environ or speed <= _FASTEST_OVER_SSH]
        place = min(max(speeds.index(self._speed) + by, 0), len(speeds) - 1)
        self._speed = speeds[place]
        if self._playing is not None:
            self._playing.stop()
            self._playing = self.set_interval(1 / self._speed, self._play_on)
        self.notify(f"Plays {self._speed} {'checkpoint' if self._speed == 1 else 'checkpoints'} a second.", timeout=2)

    def action_play_backwards(self) -> None:
        self._by = -self._by
        self.notify("Plays forwards." if self._by == 1 else "Plays backwards.", timeout=2)

    def action_play_loop(self) -> None:
        self._looping = not self._looping
        self.notify("Plays round and round." if self._looping else "Plays once.", timeout=2)

    @property
    def _start_epoch(self) -> int:
        assert self.explorer is not None
        return self.explorer.epochs[0 if self._by == 1 else -1]

    @property
    def _at_the_end(self) -> bool:
        assert self.explorer is not None
        return self.selection is not None and self.selection.epoch == self.explorer.epochs[-1 if self._by == 1 else 0]

    def _play_on(self) -> None:
        if self.explorer is None or self.selection is None or not all(pane.up_to_date for pane in self.panes):
            return
        if not self._at_the_end:
            self.change(epoch=step_epoch(self.explorer.epochs, self.selection.epoch, self._by))
        elif self._looping:
            self.change(epoch=self._start_epoch)
        else:
            self._stop()

    def _stop(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None
