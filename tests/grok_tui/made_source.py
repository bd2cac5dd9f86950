"""Runs without files: a source of rows for the table, which tests change while it is watched."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.errors import GrokError
from engine.many_runs.run_row import MeasuredRun, RunRow


@dataclass
class MadeSource:
    """Rows by path; `measurable` are metrics that are computed on request; a row that is replaced is read again."""

    rows: dict[Path, RunRow]
    measurable: dict[Path, MeasuredRun] = field(default_factory=dict)
    folders: Sequence[Path] = (Path("/sweep"),)
    n_read: int = 0

    @staticmethod
    def of(rows: Sequence[RunRow]) -> MadeSource:
        return MadeSource({row.path: row for row in rows})

    @staticmethod
    def without_metrics(rows: Sequence[RunRow]) -> MadeSource:
        """The rows without their metrics, which can be computed."""
        measured = {row.path: row.measured for row in rows if row.measured is not None}
        return MadeSource({row.path: replace(row, measured=None) for row in rows}, measured)

    def find(self) -> Iterator[tuple[str, Path]]:
        yield from [(row.name, path) for path, row in self.rows.items()]

    def signature(self, path: Path) -> Hashable:
        return id(self.rows[path])

    def read(self, name: str, path: Path) -> RunRow:
        self.n_read += 1
        return self.rows[path]

    def measure(self, path: Path, should_stop: Callable[[], bool]) -> None:
        if path not in self.measurable:
            raise GrokError(f"{path.name} has no split.")
        self.rows[path] = replace(self.rows[path], measured=self.measurable[path])
