"""Read the columns of losses in a JSON file, or in a file with a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.runs.losses.columns import InvalidColumns, columns_in, columns_of_rows


def json_columns(data: bytes) -> dict[str, Any]:
    """The recognised columns of a history: a dict of lists, a list of dicts, or dicts keyed by their epochs.

    Raises:
        InvalidColumns: the file is not JSON, or records too many values.
    """
    content = _parse(data)
    if isinstance(content, list):
        return columns_of_rows(content)
    if not isinstance(content, dict):
        return {}
    if content and all(isinstance(row, dict) and key.isdecimal() for key, row in content.items()):
        return columns_of_rows([{"epoch": key, **row} for key, row in content.items()])
    return columns_in(content)


def json_lines_columns(data: bytes) -> tuple[dict[str, Any], str | None]:
    """The recognised columns of a file with one object a line, and a warning about lines that are not JSON.

    A last line without a newline is ignored unless it is complete.

    Raises:
        InvalidColumns: no line is JSON, or too many values.
    """
    lines = data.split(b"\n")
    rows: list[Mapping[str, Any]] = []
    damaged: list[int] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = _parse(line)
        except InvalidColumns:
            if number < len(lines):
                damaged.append(number)
            continue
        if isinstance(row, dict):
            rows.append(row)
    if damaged and not rows:
        raise InvalidColumns("no line of it is JSON")
    more = f" and {len(damaged) - 1:,} more" if len(damaged) > 1 else ""
    return columns_of_rows(rows), f"line {damaged[0]:,}{more} was skipped: not JSON" if damaged else None


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidColumns(f"it is not JSON ({error})") from error
