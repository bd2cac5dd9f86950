"""A drawing or a table as text, ANSI, SVG, CSV or JSON, and a way to write it that never overwrites."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from grok_tui.render.cells import Drawing, Style
from grok_tui.render.svg import to_svg
from grok_tui.render.table import Table

__all__ = ["to_ansi", "to_csv", "to_json", "to_svg", "to_text", "write_new"]


def to_text(drawing: Drawing) -> str:
    """The characters alone, one line a row, no trailing blanks."""
    return drawing.plain()


def to_ansi(drawing: Drawing) -> str:
    """The drawing in SGR sequences, colours of 24 bits: only what changes is sent; a styled line ends in a reset."""
    lines = []
    for line in drawing.lines:
        parts, current = [], Style()
        for text, style in line:
            if style != current:
                parts.append(_sgr(current, style))
                current = style
            parts.append(text)
        lines.append("".join(parts) + ("\x1b[0m" if current != Style() else ""))
    return "\n".join(lines)


def to_csv(table: Table) -> str:
    """A header row of column names, then the values in full precision; None is an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_printable(column.name) for column in table.columns])
    writer.writerows([_printable(v) if isinstance(v, str) else v for v in row] for row in table.rows)
    return out.getvalue()


def to_json(view: str, provenance: Mapping[str, object], table: Table) -> str:
    """Strict JSON, one table row a line, full precision; NaN and infinity are null."""
    encode = json.JSONEncoder(allow_nan=False, separators=(", ", ": ")).encode
    rows = ",\n".join(f"    {encode([_plain(v) for v in row])}" for row in table.rows)
    told = json.dumps(_plain(provenance), allow_nan=False, indent=2).replace("\n", "\n  ")
    names = encode([column.name for column in table.columns])
    body = f"[\n{rows}\n  ]" if rows else "[]"
    parts = {"view": encode(view), "provenance": told, "columns": names, "rows": body}
    return "{\n" + ",\n".join(f'  "{name}": {part}' for name, part in parts.items()) + "\n}\n"


def write_new(path: Path, content: str) -> Path:
    """Write to `path`, or to name-1, name-2, ... where that exists; returns where. All or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        # A private temporary file becomes an ordinary one: readable as the umask says.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        return _claim(Path(temporary), path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _claim(temporary: Path, path: Path) -> Path:
    """The first free name for the temporary file. A link, unlike a rename, fails where a name is taken."""
    number = 0
    while True:
        target = path if number == 0 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            os.link(temporary, target)
            return target
        except FileExistsError:
            number += 1
        except OSError:
            # No hard links on this file system: reserve the name, then move onto it.
            try:
                os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                number += 1
                continue
            temporary.replace(target)
            return target


def _plain(value: object) -> object:
    """What strict JSON can hold."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item) for item in value]
    # numpy's scalars and arrays know how to become Python's.
    return _plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def _printable(text: str) -> str:
    """No control characters: a table may be read in a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)


@lru_cache(maxsize=8192)
def _sgr(old: Style, new: Style) -> str:
    """From one style to another: plain weight and default colours can only be reached by a reset."""
    lost = (
        (old.bold and not new.bold)
        or (old.fg is not None and new.fg is None)
        or (old.bg is not None and new.bg is None)
    )
    codes = ["0"] if lost else []
    known = Style() if lost else old
    if new.bold and not known.bold:
        codes.append("1")
    if new.fg is not None and new.fg != known.fg:
        codes.append(_colour(new.fg, 38))
    if new.bg is not None and new.bg != known.bg:
        codes.append(_colour(new.bg, 48))
    return f"\x1b[{';'.join(codes)}m"


def _colour(colour: str, code: int) -> str:
    return f"{code};2;{int(colour[1:3], 16)};{int(colour[3:5], 16)};{int(colour[5:7], 16)}"
