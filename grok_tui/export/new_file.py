"""Write exports without overwriting anything."""

from __future__ import annotations

from pathlib import Path

from engine.runs.atomic_files import create_atomically


def write_new(path: Path, content: str | bytes) -> Path:
    """Write to `path`, or to name-1, name-2, ... if it exists; returns the path written."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    target, number = path, 0
    while True:
        try:
            create_atomically(target, data)
            return target
        except FileExistsError:
            number += 1
            target = path.with_name(f"{path.stem}-{number}{path.suffix}")
