"""The explorer in a terminal that shows images, which are read from what it wrote."""

from __future__ import annotations

import time
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.grok_tui.answering_terminal import (
    CELL_SIZE,
    DEVICE_ATTRIBUTES,
    KITTY_QUERY,
    NAME,
    TRUE_COLOUR,
    AnsweringTerminal,
)
from tests.grok_tui.pseudo_terminal import cpu_seconds

KITTY = {
    TRUE_COLOUR: b"\x1bP1+r5463\x1b\\",
    KITTY_QUERY: b"\x1b_Gi=31;OK\x1b\\",
    CELL_SIZE: b"\x1b[6;18;9t",
    NAME: b"\x1bP>|kitty(0.35.2)\x1b\\",
    DEVICE_ATTRIBUTES: b"\x1b[?62;c",
}
SIXEL = {**KITTY, KITTY_QUERY: b"", NAME: b"", DEVICE_ATTRIBUTES: b"\x1b[?62;4;22c"}
COLUMNS, ROWS = 120, 40
QUIET_SECONDS = 1.5
MOST_BYTES = 40_000


class Shows(Protocol):
    """What a terminal shows of the output."""

    columns: int
    rows: int

    def write(self, output: bytes) -> None: ...


Screen = TypeVar("Screen", bound=Shows)


class Explored(Generic[Screen]):
    """The explorer on the bundled run in a terminal with these answers; `screen` is what it shows."""

    def __init__(
        self,
        *arguments: str,
        screen: Screen,
        answers: dict[bytes, bytes],
        shell: bool = False,
        **environment: str,
    ) -> None:
        environment = {"COLUMNS": "", "LINES": "", "OMP_NUM_THREADS": "1", **environment}  # the terminal's own size
        self.terminal = AnsweringTerminal(
            *("--fresh", "--neuron", "7", *arguments),
            answers=answers,
            columns=screen.columns,
            rows=screen.rows,
            shell=shell,
            **environment,
        )
        self.screen = screen
        self.shown = 0
        self.ended = False
        self.terminal.read_until(b"of 62)")
        self._wait_for_metrics()
        self.settle()

    def _wait_for_metrics(self) -> None:
        """Wait until the metrics of all checkpoints are computed: what they add to the screen comes at its own time."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            before = cpu_seconds(self.terminal.pid)
            self.terminal.read_while_painting(QUIET_SECONDS, QUIET_SECONDS)
            if cpu_seconds(self.terminal.pid) - before < 0.1:
                return

    def settle(self) -> int:
        """Wait until nothing more is painted; returns the number of bytes that were."""
        self.terminal.read_while_painting(QUIET_SECONDS, 60)
        piece = self.terminal.seen[self.shown :]
        self.shown = len(self.terminal.seen)
        self.screen.write(piece)
        return len(piece)

    def press(self, keys: str) -> int:
        self.terminal.send(keys)
        return self.settle()

    def quit(self) -> None:
        """Quit, unless that has been done."""
        if self.ended:
            return
        self.ended = True
        self.terminal.send("q")
        assert self.terminal.status() == 0
        self.screen.write(self.terminal.seen[self.shown :])


def check_levels(shown: NDArray[np.intp], exact: NDArray[np.float64], count: int) -> None:
    """The levels are the whole parts of `exact`, up to rounding in float32."""
    assert (np.floor(exact - 1e-3).clip(0) <= shown).all()
    assert (shown <= np.floor(exact + 1e-3).clip(0, count - 1)).all()
    assert len(np.unique(shown)) > 3
