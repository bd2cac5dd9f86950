"""Play the run: epoch after epoch, forwards or backwards, once or in a loop."""

from __future__ import annotations

import os

from textual.timer import Timer

from grok_tui.app.actions.context import Handlers, RunContext, stepping
from grok_tui.session.selection import step_epoch

# Checkpoints a second. The fastest is not available over SSH: a frame is some ten kilobytes.
_SPEEDS = (1, 2, 4, 8, 16)
_MAX_SPEED_OVER_SSH = 8
_INITIAL_SPEED = 4


class PlayActions:
    """Playing waits for frames that are not painted yet: it never skips an epoch and never queues one."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        self._timer: Timer | None = None
        self._speed = _INITIAL_SPEED
        self._step = 1
        self._looping = False

    def handlers(self) -> Handlers:
        return {
            "epoch.play": self._toggle,
            "play.faster": stepping(self._change_speed, 1),
            "play.slower": stepping(self._change_speed, -1),
            "play.backwards": self._reverse,
            "play.loop": self._toggle_loop,
        }

    @property
    def playing(self) -> bool:
        return self._timer is not None

    def _toggle(self) -> None:
        if self._timer is not None:
            self._stop()
            return
        if self._at_end:
            self._run.change(epoch=self._start_epoch)
        self._start()

    def _change_speed(self, by: int) -> None:
        """Select the next faster (1) or slower (-1) speed."""
        speeds = [speed for speed in _SPEEDS if "SSH_CONNECTION" not in os.environ or speed <= _MAX_SPEED_OVER_SSH]
        index = min(max(speeds.index(self._speed) + by, 0), len(speeds) - 1)
        self._speed = speeds[index]
        if self._timer is not None:
            self._stop()
            self._start()
        checkpoints = "checkpoint" if self._speed == 1 else "checkpoints"
        self._run.notify(f"Plays {self._speed} {checkpoints} a second.", timeout=2)

    def _reverse(self) -> None:
        self._step = -self._step
        self._show()
        self._run.notify("Plays forwards." if self._step == 1 else "Plays backwards.", timeout=2)

    def _toggle_loop(self) -> None:
        self._looping = not self._looping
        self._run.notify("Plays in a loop." if self._looping else "Plays once.", timeout=2)

    @property
    def _start_epoch(self) -> int:
        return self._run.explorer.epochs[0 if self._step == 1 else -1]

    @property
    def _at_end(self) -> bool:
        return self._run.selection.epoch == self._run.explorer.epochs[-1 if self._step == 1 else 0]

    def _play_step(self) -> None:
        run = self._run
        if not all(pane.up_to_date for pane in run.grid.panes):
            return
        if not self._at_end:
            run.change(epoch=step_epoch(run.explorer.epochs, run.selection.epoch, self._step))
        elif self._looping:
            run.change(epoch=self._start_epoch)
        else:
            self._stop()

    def _start(self) -> None:
        self._timer = self._run.set_interval(1 / self._speed, self._play_step)
        self._show()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._show()

    def _show(self) -> None:
        """Show direction and speed while the run plays."""
        self._run.show_playing(f"{'▶' if self._step == 1 else '◀'} {self._speed}/s" if self.playing else None)
