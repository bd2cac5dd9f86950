"""A Textual driver that optimises its output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import TextIOBase
from typing import Any

from textual.driver import Driver

from grok_tui.terminal.lost_terminal import LossyOutput
from grok_tui.terminal.terminal_images import TerminalImages
from grok_tui.terminal.thinning import OutputOptimizer


@lru_cache
def compact_driver(driver: type[Driver]) -> type[Driver]:
    """A subclass of `driver` that writes fewer bytes, to stdout if stderr is not a terminal, and obeys NO_COLOR.

    Textual itself keeps greys with NO_COLOR, and draws on stderr wherever that goes. `images`, if set, are those of
    the placeholders in the output. `copy_output`, if set, receives all that is written.
    """

    class CompactDriver(driver):  # type: ignore[valid-type,misc]
        _optimizer: OutputOptimizer | None = None
        images: TerminalImages | None = None
        copy_output: Callable[[str], None] | None = None

        def __init__(self, *arguments: Any, **options: Any) -> None:
            with _stderr_on_terminal():
                super().__init__(*arguments, **options)
            if isinstance(file := getattr(self, "_file", None), TextIOBase):
                self._file = LossyOutput(file)

        def write(self, data: str) -> None:
            if self._optimizer is None:
                self._optimizer = OutputOptimizer(colours=not os.environ.get("NO_COLOR"))
            if self.images is None:
                output = self._optimizer(data)
            else:
                output = self._optimizer(self.images.text(data)) + self.images.painting()
            super().write(output)
            if self.copy_output is not None:
                self.copy_output(output)

    return CompactDriver


@contextmanager
def _stderr_on_terminal() -> Iterator[None]:
    """While Textual's driver takes `sys.__stderr__` to draw on, that is stdout unless it is a terminal itself."""
    stderr = sys.__stderr__
    if stderr is None or not stderr.isatty():
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    try:
        yield
    finally:
        sys.__stderr__ = stderr  # type: ignore[misc]
