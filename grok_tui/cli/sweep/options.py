"""The options of `grok-tui sweep` beside those of `train`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine import WrongUsage
from grok_tui.cli import option_groups

if TYPE_CHECKING:
    from engine.sweeps.grid import Options


@Parameter(name="*", group=option_groups.RUNS)
@dataclass(frozen=True)
class SweepOptions:
    """Which runs, and what to do with them."""

    grid: Annotated[
        tuple[str, ...],
        Parameter(
            help="the values of any training option, such as weight_decay=0.3,1,3 or seed=0:8 (0 to 7) or seed=0:8:2; "
            "repeatable: all combinations",
            metavar="NAME=VALUES",
        ),
    ] = ()
    table: Annotated[
        Path | None, Parameter(help="a CSV file with a row for each run; its columns are training options")
    ] = None
    pack: Annotated[
        int,
        Parameter(
            help="train up to N runs of one shape in one process as one batch: faster for small networks and on GPUs, "
            "equal to single runs to rounding"
        ),
    ] = 1
    measure: Annotated[
        bool, Parameter(help="then compute the metrics of all runs into the cache, for `grok-tui runs`")
    ] = False
    dry_run: Annotated[
        bool, Parameter(help="print the runs, disk space and estimated time; write and train nothing")
    ] = False

    def check(self) -> None:
        """Check the options before anything is written.

        Raises:
            WrongUsage: one is out of range.
        """
        if self.pack < 1:
            raise WrongUsage(f"--pack is at least 1; found {self.pack}.")

    def points(self) -> Sequence[Options]:
        """The options of each run that --grid and --table describe; none without them.

        Raises:
            WrongUsage: --grid or --table is invalid.
            InvalidConfig: a value has another type.
        """
        from engine.sweeps.grid import combine, parse_grids, read_table

        if self.table is None:
            return parse_grids(self.grid) if self.grid else []
        return combine(read_table(self.table), parse_grids(self.grid))
