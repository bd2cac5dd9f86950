"""Read the columns of losses in a CSV file, with any delimiter and any columns beside them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from operator import itemgetter

from engine.runs.losses.column_names import is_split_column
from engine.runs.losses.columns import InvalidColumns, is_recognised, separate_splits

_DELIMITERS = ",;\t|"
_DECIMAL_COMMA = re.compile(r"(-?\d+),(\d+(?:[eE][-+]?\d+)?)")


def csv_columns(data: bytes, *, may_grow: bool) -> dict[str, list[str | None]]:
    """The cells of the recognised columns by the names in the header; none if there is no header with such a name.

    A row that ends early has no value in its last columns. If the file `may_grow`, a last line without a newline is
    ignored: it may be incomplete.

    Raises:
        InvalidColumns: the file is not UTF-8 text, has no such column, or a row has more cells than the header.
    """
    if may_grow:
        data = data[: data.rfind(b"\n") + 1]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidColumns(f"it is not UTF-8 text (byte {error.start:,})") from error
    if "\0" in text:
        raise InvalidColumns("it contains zero bytes")
    text = re.sub(r"\A(?:\s*#[^\n]*\n)+", "", text)  # comments above the header
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = _rows(text, delimiter if delimiter in first else " ")
    header = [name.strip() for name in next(rows, (1, []))[1]]
    places = {name: place for place, name in enumerate(header) if is_recognised(name) or is_split_column(name)}
    if not any(map(is_recognised, places)):
        if any(header):
            raise InvalidColumns(f"none of its columns ({_shown(header)}) has a usual name such as train_loss")
        return {}
    pick = itemgetter(*places.values()) if len(places) > 1 else lambda row: (row[place] for place in places.values())
    picked = [pick(_of_width(row, len(header), line)) for line, row in rows if row[: len(header)] != header]
    columns = zip(*picked, strict=True) if picked else [()] * len(places)
    found = {name: list(cells) for name, cells in zip(places, columns, strict=True)}
    if delimiter != ",":
        found = {name: [cell and _DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in cells] for name, cells in found.items()}
    return separate_splits(found)


def _shown(header: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in header[:5]) + (", ..." if len(header) > 5 else "")


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as error:
        raise InvalidColumns(f"line {reader.line_num:,} is not CSV ({error})") from error


def _of_width(row: list[str], width: int, line: int) -> Sequence[str | None]:
    if len(row) > width:
        raise InvalidColumns(f"line {line:,} has {len(row):,} cells, expected {width:,}")
    return row if len(row) == width else [*row, *[None] * (width - len(row))]
