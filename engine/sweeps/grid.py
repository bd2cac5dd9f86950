"""The points of a sweep: products of `--grid NAME=VALUES`, and rows of a `--table`; each point is options by name."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from hashlib import sha256
from itertools import product
from math import prod
from pathlib import Path

from engine.errors import WrongUsage
from engine.training.run_options import OPTION_NAMES, Option, option_type, parse_option

Options = Mapping[str, Option]
MAX_POINTS = 10_000

_RANGE = re.compile(r"(-?\d+):(-?\d+)(?::(-?\d+))?")
_NOT_FILE_SAFE = re.compile(r"[^\w.,=+^-]+", re.ASCII)
_MAX_NAME = 120  # leaves room below the 255 bytes of file systems


def parse_grids(texts: Sequence[str]) -> list[Options]:
    """All combinations of the values of each `NAME=VALUES`; the last name varies fastest.

    VALUES are separated by commas. A whole number may also be a range `START:STOP[:STEP]`, without STOP.

    >>> parse_grids(["weight_decay=0.3,1", "seed=0:2"])[:3]
    [{'weight_decay': 0.3, 'seed': 0}, {'weight_decay': 0.3, 'seed': 1}, {'weight_decay': 1.0, 'seed': 0}]

    Raises:
        WrongUsage: an unknown or repeated name, no values, or too many points.
        InvalidConfig: a value has another type.
    """
    axes: dict[str, list[Option]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals:
            raise WrongUsage(f"--grid is NAME=VALUES, such as weight_decay=0.3,1 or seed=0:8; found {text!r}.")
        name = option_name(name, "--grid")
        if name in axes:
            raise WrongUsage(f"--grid names {name} twice; list all its values in one.")
        axes[name] = list(dict.fromkeys(_values(name, values)))
    _require_few(prod(len(values) for values in axes.values()))
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def read_table(path: Path) -> list[Options]:
    """A point for each row of a CSV file; its columns are options. An empty cell leaves the option unchanged.

    Raises:
        WrongUsage: the file cannot be read, has no rows, or a column is no option.
        InvalidConfig: a cell has another type.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(map(str.strip, row))]
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, csv.Error) as error:
        raise WrongUsage(f"{path} must be a CSV file with a header of options and a row for each run.") from error
    names = [option_name(cell, str(path)) for cell in header]
    if len(set(names)) < len(names):
        raise WrongUsage(f"{path} has two columns of the same option: {', '.join(names)}.")
    if not rows:
        raise WrongUsage(f"{path} has a header but no row; add a row for each run.")
    _require_few(len(rows))
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            raise WrongUsage(f"Row {number} of {path} has {len(row)} cells; expected {len(names)}.")
    return [{name: parse_option(name, cell) for name, cell in zip(names, row, strict=True) if cell} for row in rows]


def combine(rows: Sequence[Options], grid: Sequence[Options]) -> list[Options]:
    """Each row with each point of the grid.

    Raises:
        WrongUsage: an option is in both, or there are too many points.
    """
    repeated = {name for row in rows for name in row} & {name for point in grid for name in point}
    if repeated:
        raise WrongUsage(f"{', '.join(sorted(repeated))} is in --grid and in --table; leave it out of one.")
    _require_few(len(rows) * len(grid))
    return [{**row, **point} for row, point in product(rows, grid)]


def option_name(text: str, where: str) -> str:
    """The name of an option as it is written, with - or _.

    Raises:
        WrongUsage: `train` has no such option.
    """
    name = text.strip().removeprefix("--").replace("-", "_")
    if name in OPTION_NAMES:
        return name
    if name in ("device", "threads"):
        raise WrongUsage(f"{name} cannot vary within a sweep, because a run does not record it; pass --{name}.")
    near = get_close_matches(name, OPTION_NAMES, n=3) or sorted(OPTION_NAMES)
    raise WrongUsage(f"{where} names {text.strip()!r}, which is no option of train; did you mean {', '.join(near)}?")


def point_name(options: Options) -> str:
    """A name for the folder of a run, such as `weight_decay=0.3,seed=0`: readable, and safe as a file name.

    >>> point_name({"betas": (0.9, 0.98), "operation": "x^2+y^2", "save_every": "50:1000,500", "lr": 1.0})
    'betas=0.9_0.98,operation=x^2+y^2,save_every=50_1000,500,lr=1'
    """
    name = ",".join(f"{name}={_NOT_FILE_SAFE.sub('_', _text(value))}" for name, value in options.items()) or "run"
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}-{sha256(name.encode()).hexdigest()[:8]}"


def _text(value: Option) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_text, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _values(name: str, text: str) -> Iterator[Option]:
    pieces = [piece.strip() for piece in text.split(",")]
    for piece in pieces:
        match = _RANGE.fullmatch(piece) if option_type(name) is int else None
        if not piece or (match is not None and match[3] is not None and int(match[3]) == 0):
            raise WrongUsage(f"--grid {name}={text} has an empty value or a step of 0; write 0.3,1 or 0:8 or 0:8:2.")
        if match is None:
            yield parse_option(name, piece)
            continue
        numbers = range(int(match[1]), int(match[2]), int(match[3] or 1))
        if not numbers:
            raise WrongUsage(f"--grid {name}={piece} is an empty range; it ends before its second number, as 0:8 does.")
        _require_few(len(numbers))
        yield from numbers


def _require_few(count: int) -> None:
    if count > MAX_POINTS:
        raise WrongUsage(f"The sweep has {count:,} runs; at most {MAX_POINTS:,} are possible, so make several sweeps.")
