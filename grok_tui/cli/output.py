"""Where the data and the messages of a command go."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine import GrokError, WrongUsage
from grok_tui.render.cell_text import clean

if TYPE_CHECKING:
    from engine import Explorer

Format = TypeVar("Format", bound=str)


def narrate(text: str) -> None:
    """Print text for people to stderr, line by line, with control characters escaped."""
    for line in text.splitlines():
        print(clean(line), file=sys.stderr)


def narrate_warnings(*explorers: Explorer | None) -> None:
    """Print the warnings of the open runs to stderr."""
    for explorer in explorers:
        for warning in () if explorer is None else explorer.run.warnings:
            narrate(f"Warning: {warning}")


def check_readings(*explorers: Explorer | None, force: bool) -> None:
    """Check how the open runs are read against the losses that they record; with `force`, only warn.

    Raises:
        ContradictedReading: the recorded losses contradict the computed ones.
    """
    from engine import ContradictedReading

    for explorer in explorers:
        check = None if explorer is None else explorer.reading_check
        if check is not None and (sentence := check.sentence) is not None:
            if not force:
                raise ContradictedReading(sentence)
            narrate(f"Warning: {sentence}")


def format_of(output: Path | None, explicit: Format | None, by_ending: Mapping[str, Format]) -> Format:
    """The output format: explicit, else by the ending of the file name, else the first of `by_ending`.

    Raises:
        WrongUsage: no explicit format, and a file name with an unknown ending.
    """
    if explicit is not None:
        return explicit
    if output is None:
        return next(iter(by_ending.values()))
    ending = output.suffix.removeprefix(".").lower()
    if ending not in by_ending:
        endings = ", ".join(f".{ending}" for ending in by_ending)
        raise WrongUsage(f"--output ends in {str(output.suffix)!r}; pass --format, or a file name ending in {endings}.")
    return by_ending[ending]


def check_folder(output: Path | None) -> None:
    """Check before any computation that the folder of the output file exists.

    Raises:
        GrokError: it does not.
    """
    if output is not None and not output.parent.is_dir():
        raise GrokError(f"{output}: the folder {output.parent} does not exist.")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name the file or folder that is being written if that fails.

    Raises:
        GrokError: instead of an `OSError`, such as that of a full disk.
    """
    try:
        yield
    except OSError as error:
        raise GrokError(f"{path} could not be written: {error.strerror or error}.") from error


def deliver(content: str, output: Path | None) -> None:
    """Write to stdout, or to a new file; an existing file is not overwritten, the new one gets a number.

    Raises:
        GrokError: the file cannot be written.
    """
    if output is None:
        sys.stdout.write(content if content.endswith("\n") else f"{content}\n")
        return
    from grok_tui.export.new_file import write_new  # tempfile and its imports

    with writing(output):
        written = write_new(output, content)
    narrate(f"Wrote {written}.")
