"""Read the columns of losses in a CSV file, with any delimiter and any columns beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from operator import itemgetter

from engine.runs.losses.columns import InvalidColumns, is_recognised

_DELIMITERS = ",;\t"


def csv_columns(data: bytes, *, may_grow: bool) -> dict[str, list[str | None]]:
    """The cells of the recognised columns by the names in the header; none if there is no header with such a name.

    A row that ends early has no value in its last columns. If the file `may_grow`, a last line without a newline is
    ignored: it may be incomplete.

    Raises:
        InvalidColumns: the file is not UTF-8 text, or a row has more cells than the header.
    """
    if may_grow:
        data = data[: data.rfind(b"\n") + 1]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidColumns(f"it is not UTF-8 text (byte {error.start:,})") from error
    if "\0" in text:
        raise InvalidColumns("it contains zero bytes")
    first = text.lstrip().partition("\n")[0]
    rows = _rows(text, max(_DELIMITERS, key=first.count))
    header = [name.strip() for name in next(rows, (1, []))[1]]
    places = {name: place for place, name in enumerate(header) if is_recognised(name)}
    if not places:
        return {}
    pick = itemgetter(*places.values()) if len(places) > 1 else lambda row: (row[place] for place in places.values())
    picked = [pick(_of_width(row, len(header), line)) for line, row in rows if row[: len(header)] != header]
    columns = zip(*picked, strict=True) if picked else [()] * len(places)
    return {name: list(cells) for name, cells in zip(places, columns, strict=True)}


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
