"""A sweep on stderr while it runs: one live table on a terminal, otherwise a line when a run ends and now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text

from engine.errors import printable
from engine.runs.training_progress import RecordedProgress
from engine.sweeps.run_status import RunStatus, State, total_seconds_left
from grok_tui.cli.engines import counted
from grok_tui.render.duration import duration

_LINE_SECONDS = 10.0
# In a table with more runs than lines, those of the first states are shown.
_PRIORITY: Mapping[State, int] = {"running": 0, "failed": 1, "skipped": 2, "stopped": 3, "queued": 4, "done": 5}
_STYLES: Mapping[State, str] = {
    "running": "bold",
    "failed": "red",
    "skipped": "yellow",
    "done": "green",
    "queued": "dim",
}
_LEAST_ROWS, _LEAST_NAME, _LONGEST_STATE = 3, 24, 20
_COLUMNS = ["run", "epoch", "train", "test", "state", "epochs/s", "left"]

Show = Callable[[Sequence[RunStatus]], None]


@contextmanager
def sweep_narration(console: Console | None = None) -> Iterator[Show]:
    """Yields the callback that shows the present statuses; `console` defaults to stderr."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield PlainLines(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        latest = Text()

        def show(statuses: Sequence[RunStatus]) -> None:
            nonlocal latest
            if (table := status_table(statuses, *console.size)) != latest:
                latest = table
                live.update(table, refresh=True)

        yield show


def status_table(statuses: Sequence[RunStatus], width: int, height: int) -> Text:
    """The table of a sweep, at most `height` - 1 lines high, with a line that counts the runs without a row.

    The names of runs are cut to the width. If that leaves too little of them, the last columns are omitted.
    """
    rows = max(_LEAST_ROWS, height - 3)  # the header, the summary, and the line of the cursor
    shown = list(statuses)
    if len(shown) > rows:
        shown = sorted(shown, key=lambda status: _PRIORITY[status.state])[: rows - 1]
    cells = [_COLUMNS, *map(_cells, shown)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    others = widths[1:]
    while len(others) > 2 and width - sum(others) - 2 * len(others) < min(widths[0], _LEAST_NAME):
        del others[-1]
    name_width = max(1, min(widths[0], width - sum(others) - 2 * len(others)))
    text = Text(no_wrap=True, overflow="crop")
    for row, style in zip(cells, ["dim", *(_STYLES.get(status.state, "") for status in shown)], strict=True):
        aligned = [
            f"  {cell:<{cell_width}}" if name == "state" else f"  {cell:>{cell_width}}"
            for name, cell, cell_width in zip(_COLUMNS[1:], row[1:], others, strict=False)
        ]
        text.append(f"{_cut(row[0], name_width):<{name_width}}{''.join(aligned)}\n", style)
    if len(shown) < len(statuses):
        text.append(f"… and {len(statuses) - len(shown):,} more\n", "dim")
    return text.append(summary(statuses), "dim")


def summary(statuses: Sequence[RunStatus]) -> str:
    """How many runs are in which state, and how long the rest takes."""
    counts = Counter(status.state for status in statuses)
    order: Sequence[State] = ("done", "running", "queued", "stopped", "skipped", "failed")
    states = ", ".join(f"{counts[state]:,} {state}" for state in order if counts[state])
    seconds = total_seconds_left(statuses)
    return f"{counted(len(statuses), 'run')}: {states}{'' if seconds is None else f'; about {duration(seconds)} left'}"


class PlainLines:
    """A line for each run that ends or fails, and every ten seconds one for all."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self._write, self._clock = write, clock
        self._states: dict[str, State] = {}
        self._due = clock() + _LINE_SECONDS

    def __call__(self, statuses: Sequence[RunStatus]) -> None:
        for status in statuses:
            before = self._states.get(status.name, status.state)
            self._states[status.name] = status.state
            if status.state != before and status.state in ("done", "failed", "skipped"):
                self._write(printable(f"{status.name}: {_ending(status)}"))
        if self._clock() >= self._due:
            self._write(summary(statuses))
            self._due = self._clock() + _LINE_SECONDS


def _ending(status: RunStatus) -> str:
    progress = status.progress
    if status.state != "done" or progress is None:
        return f"{status.state}. {status.detail}"
    return f"done at epoch {_epoch(progress)}, train {_loss(progress.train_loss)}, test {_loss(progress.test_loss)}"


def _cells(status: RunStatus) -> list[str]:
    progress, rate, seconds = status.progress, status.epochs_per_second, status.seconds_left
    return [
        printable(status.name),
        "–" if progress is None else f"{_epoch(progress)}/{progress.epochs:,}",
        *(["–", "–"] if progress is None else [_loss(progress.train_loss), _loss(progress.test_loss)]),
        _cut(printable(status.detail if status.state == "queued" and status.detail else status.state), _LONGEST_STATE),
        "–" if rate is None else f"{rate:,.1f}",
        "–" if seconds is None else duration(seconds),
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _epoch(progress: RecordedProgress) -> str:
    return "–" if progress.epoch is None else f"{progress.epoch:,}"


def _loss(loss: float | None) -> str:
    return "–" if loss is None else f"{loss:.2e}"
