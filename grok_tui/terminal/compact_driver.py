"""Textual's driver with its output thinned out."""

from __future__ import annotations

import os
from functools import lru_cache

from textual.driver import Driver

from grok_tui.terminal.thinning import OutputOptimizer


@lru_cache
def compact_driver(driver: type[Driver]) -> type[Driver]:
    """A driver that writes what `driver` would, in fewer bytes and, where NO_COLOR says so, without the greys left."""

    class ThinDriver(driver):  # type: ignore[valid-type,misc]
        _thinner: OutputOptimizer | None = None

        def write(self, data: str) -> None:
            if self._thinner is None:
                self._thinner = OutputOptimizer(colours=not os.environ.get("NO_COLOR"))
            super().write(self._thinner(data))

    return ThinDriver
