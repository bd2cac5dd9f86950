"""Signals as wishes: a long command is asked to stop and comes to rest by itself."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

# Ctrl-C, `kill`, and a terminal or SSH connection that went away.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class StoppedBySignal(Exception):
    """A command ended as it was asked to; `status` is the exit status that says by what."""

    def __init__(self, received: signal.Signals) -> None:
        super().__init__(received.name)
        self.status = 128 + received


class StopSignals:
    """While entered, SIGINT, SIGTERM and SIGHUP are only noted in `received`; a Ctrl-C after that ends at once.

    What was ignored before (`nohup`) stays ignored. To be entered in the main thread.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            one = getattr(signal, name, None)  # SIGHUP is not everywhere
            if one is not None and signal.getsignal(one) is not signal.SIG_IGN:
                self._before[one] = signal.signal(one, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received = signal.Signals(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def asked(self) -> bool:
        """Whether one has come."""
        return self.received is not None
