"""Where a command's data goes: to stdout or into a new file, in the format that is told or that the name asks for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

Format = TypeVar("Format", bound=str)


def format_of(output: Path | None, told: Format | None, known: Mapping[str, Format]) -> Format:
    """The format to write in: as told, else as the file's ending asks for, else the first of those `known` by ending.

    Raises:
        WrongUsage: nothing was told, and no format ends like that.
    """
    from engine.errors import WrongUsage

    if told is not None:
        return told
    if output is None:
        return next(iter(known.values()))
    ending = output.suffix.removeprefix(".").lower()
    if ending not in known:
        endings = ", ".join(f".{one}" for one in known)
        raise WrongUsage(f"A file ends in one of {endings}, or --format says what it holds; found {str(output)!r}.")
    return known[ending]


def check_folder(output: Path | None) -> None:
    """See, before anything is computed, that there is a folder to write into.

    Raises:
        GrokError: there is none.
    """
    from engine.errors import GrokError

    if output is not None and not output.parent.is_dir():
        raise GrokError(f"There is no folder {output.parent} to write {output.name} into.")


def deliver(content: str, output: Path | None) -> Path | None:
    """Write to stdout, or to a new file; returns that file."""
    if output is None:
        sys.stdout.write(content if content.endswith("\n") else f"{content}\n")
        return None
    from grok_tui.export.new_file import write_new

    return write_new(output, content)
