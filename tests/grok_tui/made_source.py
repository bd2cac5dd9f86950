"""Runs without files: a source of rows for the table, which tests change while it is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.errors import GrokError
from engine.many_runs.run_row import MeasuredRun, RunRow


@dataclass
class MadeSource:
    """Rows by path; `measurable` are metrics that are computed on request; a row that is replaced has changed."""

    by_path: dict[Path, RunRow]
    measurable: dict[Path, MeasuredRun] = field(default_factory=dict)
    folders: Sequence[Path] = (Path("/sweep"),)

    @staticmethod
    def of(rows: Sequence[RunRow]) -> MadeSource:
        return MadeSource({row.path: row for row in rows})

    @staticmethod
    def without_metrics(rows: Sequence[RunRow]) -> MadeSource:
        """The rows without their metrics, which can be computed."""
        measured = {row.path: row.measured for row in rows if row.measured is not None}
        return MadeSource({row.path: replace(row, measured=None) for row in rows}, measured)

    def rows(self) -> Iterator[RunRow]:
        yield from list(self.by_path.values())

    def measure(self, row: RunRow, should_stop: Callable[[], bool]) -> None:
        if row.path not in self.measurable:
            raise GrokError(f"{row.path.name} has no split.")
        self.by_path[row.path] = replace(row, measured=self.measurable[row.path])
