"""Export a drawing as text or ANSI, a table as CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from grok_tui.render.cell_text import from_cells
from grok_tui.render.cells import Drawing, Style
from grok_tui.render.table import Table


def to_text(drawing: Drawing) -> str:
    """The text without styles and without trailing blanks, one line per row."""
    return drawing.plain()


def to_ansi(drawing: Drawing) -> str:
    """The text with SGR sequences in 24-bit colours, which contain only changes; a styled line ends in a reset."""
    lines = []
    for line in drawing.lines:
        parts, current = [], Style()
        for text, style in line:
            if style != current:
                parts.append(_sgr(current, style))
                current = style
            parts.append(from_cells(text))
        lines.append("".join(parts) + ("\x1b[0m" if current != Style() else ""))
    return "\n".join(lines)


def to_csv(table: Table) -> str:
    """A header row of column names, then the values in full precision. None is an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_printable(column.name) for column in table.columns])
    writer.writerows([_printable(v) if isinstance(v, str) else v for v in row] for row in table.rows)
    return out.getvalue()


def to_json(view: str, provenance: Mapping[str, object], table: Table) -> str:
    """Strict JSON in full precision, one line per row of the table. NaN and infinity are null."""
    encode = json.JSONEncoder(allow_nan=False, separators=(", ", ": ")).encode
    rows = ",\n".join(f"    {encode([_to_json_types(v) for v in row])}" for row in table.rows)
    provenance_json = json.dumps(_to_json_types(provenance), allow_nan=False, indent=2).replace("\n", "\n  ")
    names = encode([column.name for column in table.columns])
    body = f"[\n{rows}\n  ]" if rows else "[]"
    parts = {"view": encode(view), "provenance": provenance_json, "columns": names, "rows": body}
    return "{\n" + ",\n".join(f'  "{name}": {part}' for name, part in parts.items()) + "\n}\n"


def _to_json_types(value: object) -> object:
    """Convert a value to types of strict JSON."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _to_json_types(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_to_json_types(item) for item in value]
    # numpy scalars and arrays
    return _to_json_types(value.tolist()) if hasattr(value, "tolist") else str(value)


def _printable(text: str) -> str:
    """Replace control characters: a terminal may show the table."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)


@lru_cache(maxsize=8192)
def _sgr(old: Style, new: Style) -> str:
    """The SGR sequence from one style to another. It needs a reset to remove boldness or a colour."""
    needs_reset = (
        (old.bold and not new.bold)
        or (old.fg is not None and new.fg is None)
        or (old.bg is not None and new.bg is None)
    )
    codes = ["0"] if needs_reset else []
    known = Style() if needs_reset else old
    if new.bold and not known.bold:
        codes.append("1")
    if new.fg is not None and new.fg != known.fg:
        codes.append(_colour(new.fg, 38))
    if new.bg is not None and new.bg != known.bg:
        codes.append(_colour(new.bg, 48))
    return f"\x1b[{';'.join(codes)}m"


def _colour(colour: str, code: int) -> str:
    """The SGR parameters of a colour; `code` is 38 for the foreground, 48 for the background."""
    return f"{code};2;{int(colour[1:3], 16)};{int(colour[3:5], 16)};{int(colour[5:7], 16)}"
