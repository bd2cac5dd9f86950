"""Progress of `grok-tui llc` on stderr: a bar on a terminal, otherwise a line every ten seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from grok_tui.render.duration import duration

_LINE_SECONDS = 10.0
Advance = Callable[[str], None]  # after each step of the chains; the text says what is computed


@contextmanager
def llc_progress(total: int, console: Console | None = None) -> Iterator[Advance]:
    """Yields the callback for each of `total` steps; `console` defaults to stderr."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield PlainLines(total, lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f}%"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda text: bar.update(task, advance=1, description=text)


class PlainLines:
    """A line every ten seconds: what is computed, and how long the rest takes at the pace so far."""

    def __init__(self, total: int, write: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self._total, self._write, self._clock = total, write, clock
        self._done, self._started = 0, clock()
        self._due = self._started + _LINE_SECONDS

    def __call__(self, text: str) -> None:
        self._done += 1
        now = self._clock()
        if now >= self._due:
            left = (now - self._started) / self._done * (self._total - self._done)
            self._write(f"{text}: {self._done / self._total:.0%} of all steps, about {duration(left)} left")
            self._due = now + _LINE_SECONDS
