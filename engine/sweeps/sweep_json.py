"""`SWEEP/sweep.json`: the options of all runs, and each run by name with those that vary.

The run of a point is the native run `SWEEP/runs/NAME`. All state is in the runs; `sweep.json` only lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import GrokError
from engine.runs.atomic_files import write_atomically
from engine.sweeps.grid import Options
from engine.training.run_options import OPTION_NAMES, Option

FORMAT = "grok-tui sweep"
FORMAT_VERSION = 1
# Any other name could lead out of the folder of the sweep.
_NAME = re.compile(r"(?!\.)[\w.,=+^-]+", re.ASCII)


class InvalidSweep(GrokError):
    """`sweep.json` is damaged, or a folder is not a sweep."""


@dataclass(frozen=True)
class Point:
    """A run of a sweep: its name, and the options that set it apart from the others."""

    name: str
    options: Options


@dataclass(frozen=True)
class Sweep:
    """The options that all runs share, their points, and the number of CPU threads that trains each.

    The number affects rounding, so it stays the same when a sweep continues.
    """

    base: Options
    points: tuple[Point, ...]
    threads: int


def run_path(sweep: Path, point: Point) -> Path:
    """The folder of the run of a point.

    >>> run_path(Path("wd"), Point("seed=0", {"seed": 0})).as_posix()
    'wd/runs/seed=0'
    """
    return sweep / "runs" / point.name


def read_sweep(sweep: Path) -> Sweep | None:
    """Read `sweep.json`; None if there is none.

    Raises:
        InvalidSweep: it is damaged, or of another version.
    """
    path = sweep / "sweep.json"
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidSweep(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidSweep(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InvalidSweep(f'{path} is not the sweep.json of a grok-tui sweep: "format": "{FORMAT}" is missing.')
    if content.get("format_version") != FORMAT_VERSION:
        raise InvalidSweep(
            f"{path} has format version {content.get('format_version')!r}; "
            f"this version of grok-tui reads version {FORMAT_VERSION}."
        )
    try:
        return Sweep(
            _read_options(content["settings"]),
            tuple(Point(_read_name(run["name"]), _read_options(run["settings"])) for run in content["runs"]),
            _read_threads(content["threads"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidSweep(f"{path} is invalid: {error}.") from error


def write_sweep(path: Path, sweep: Sweep) -> None:
    """Write or replace the `sweep.json` in the folder `path`, which exists; a crash leaves the old or the new one."""
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "settings": dict(sweep.base),
        "threads": sweep.threads,
        "runs": [{"name": point.name, "settings": dict(point.options)} for point in sweep.points],
    }
    write_atomically(path / "sweep.json", f"{json.dumps(content, indent=2)}\n".encode())


def _read_options(recorded: Mapping[str, Any]) -> dict[str, Option]:
    if unknown := recorded.keys() - OPTION_NAMES:
        raise ValueError(f"{', '.join(sorted(unknown))} is no option of train")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in recorded.items()}


def _read_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a run")
    return name


def _read_threads(threads: object) -> int:
    if type(threads) is not int or threads < 1:
        raise ValueError(f"threads must be a whole number from 1; found {threads!r}")
    return threads
