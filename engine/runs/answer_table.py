"""The right answers of any operation from a file: `table:FILE`, where FILE has p rows of p answers.

The answer of (x, y) is in row x, column y. Text files separate the answers by whitespace or commas; `.npy` files hold
one array of whole numbers. Nothing in the file is executed.
"""

from __future__ import annotations

import re
from math import isqrt
from pathlib import Path

import numpy as np

from engine.networks.config import MAX_P, OPERATIONS, InvalidConfig, Operation

TABLE_PREFIX = "table:"
_SEPARATORS = re.compile(r"[\s,;]+")
_MAX_BYTES = 16 * MAX_P**2
# The digits of an answer; `int` refuses thousands of them.
_MAX_DIGITS = len(str(MAX_P))


def parse_operation(text: str) -> tuple[Operation, tuple[int, ...] | None]:
    """The name of an operation, and the answers of `table:FILE`, row by row of x.

    Raises:
        InvalidConfig: no such operation, or the file is not a table of answers.
    """
    if text.startswith(TABLE_PREFIX):
        return "table", read_answer_table(Path(text.removeprefix(TABLE_PREFIX)).expanduser())
    named: list[Operation] = [operation for operation in OPERATIONS if operation != "table"]
    for operation in named:
        if text == operation:
            return operation, None
    raise InvalidConfig(f"The operation is one of {', '.join(named)} or table:FILE; found {text!r}.")


def read_answer_table(path: Path) -> tuple[int, ...]:
    """Read p rows of p answers, each from 0 to p - 1; p is the number of rows.

    Raises:
        InvalidConfig: the file cannot be read or holds something else.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InvalidConfig(f"{path} is larger than a table of {MAX_P:,} rows of {MAX_P:,} answers.")
        rows = _npy_rows(path) if path.suffix == ".npy" else _text_rows(path)
    except OSError as error:
        raise InvalidConfig(f"{path} cannot be read: {error.strerror or error}.") from error
    p = len(rows)
    for number, row in enumerate(rows):
        if len(row) != p:
            raise InvalidConfig(
                f"{path} has {p:,} rows, and row {number} has {len(row):,} answers; expected p rows of p answers."
            )
        for answer in row:
            if not 0 <= answer < p:
                raise InvalidConfig(f"Row {number} of {path} holds {answer}; an answer is 0 to p - 1 = {p - 1}.")
    return tuple(answer for row in rows for answer in row)


def table_size(table: tuple[int, ...]) -> int:
    """p, of a table of p^2 answers."""
    return isqrt(len(table))


def _text_rows(path: Path) -> list[list[int]]:
    """The numbers of each line that is not empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"{path} is not a text file; expected p rows of p whole numbers.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        words = [word for word in _SEPARATORS.split(line) if word]
        for word in words:
            if not (word.isascii() and word.isdecimal() and len(word) <= _MAX_DIGITS):
                raise InvalidConfig(f"Line {number} of {path} holds {word[:40]!r}; expected whole numbers.")
        if words:
            rows.append([int(word) for word in words])
    return rows


def _npy_rows(path: Path) -> list[list[int]]:
    """The rows of an array; object arrays, which would need a pickle, are rejected."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: a false size in the header allocates nothing
    except OSError:
        raise
    except Exception as error:  # numpy does not document what damaged headers raise
        raise InvalidConfig(f"{path} is not a .npy file of numbers: {error}") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "iu":
        found = f"{array.ndim} axes of {array.dtype}" if isinstance(array, np.ndarray) else "several arrays"
        raise InvalidConfig(f"{path} holds {found}; expected 2 axes of whole numbers.")
    rows: list[list[int]] = array.tolist()
    return rows
