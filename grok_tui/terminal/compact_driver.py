"""A Textual driver that optimises its output."""

from __future__ import annotations

import os
from functools import lru_cache

from textual.driver import Driver

from grok_tui.terminal.thinning import OutputOptimizer


@lru_cache
def compact_driver(driver: type[Driver]) -> type[Driver]:
    """A subclass of `driver` that writes fewer bytes and, if NO_COLOR is set, no colours.

    Textual itself keeps greys with NO_COLOR.
    """

    class CompactDriver(driver):  # type: ignore[valid-type,misc]
        _optimizer: OutputOptimizer | None = None

        def write(self, data: str) -> None:
            if self._optimizer is None:
                self._optimizer = OutputOptimizer(colours=not os.environ.get("NO_COLOR"))
            super().write(self._optimizer(data))

    return CompactDriver
