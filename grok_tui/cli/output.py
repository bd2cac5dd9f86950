"""Where the data and the messages of a command go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine import GrokError, WrongUsage
from grok_tui.render.cell_text import clean
from grok_tui.terminal.output_encoding import use_utf8, wants_ascii

if TYPE_CHECKING:
    from engine import Explorer

Format = TypeVar("Format", bound=str)
_STDOUT, _STDERR = 1, 2  # file descriptors


def narrate(text: str) -> None:
    """Print text for people to stderr, line by line, with control characters escaped."""
    for line in text.splitlines():
        print(clean(line), file=sys.stderr)


@contextmanager
def waiting_line(text: str) -> Iterator[None]:
    """Show a line on stderr while a block runs; without a terminal it stays."""
    if not sys.stderr.isatty():
        narrate(text)
        yield
        return
    print(clean(text), end="", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def choose_encoding(ascii: bool | None) -> None:
    """Let --no-ascii win against the C locale; without an option say on stderr why drawings are ASCII."""
    if ascii is False:
        use_utf8()
    elif ascii is None and wants_ascii(os.environ):
        narrate("The locale is C, so the output is ASCII; for Unicode pass --no-ascii or set LC_ALL=C.UTF-8.")


@contextmanager
def prints_as_narration() -> Iterator[None]:
    """Have whatever libraries print meanwhile go to stderr, also from other threads and from C++."""
    sys.stdout.flush()
    stdout = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(stdout, _STDOUT)
        os.close(stdout)


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


def check_no_terminal(form: str, output: Path | None, *, ending: str | None = None) -> None:
    """Check that a picture or a page is not printed to a terminal; the ending of its files is `form`, or another.

    Raises:
        WrongUsage: stdout is a terminal, and there is no file.
    """
    if output is None and sys.stdout.isatty():
        raise WrongUsage(f"A {form} is not text for a terminal; pass --output FILE.{ending or form}.")


def check_output(output: Path | None, *, force: bool) -> None:
    """Check before any computation that the output file can be written.

    Raises:
        GrokError: its folder does not exist, or the file exists and `force` does not overwrite it.
        WrongUsage: `force` without a file.
    """
    if output is None:
        if force:
            raise WrongUsage("--force overwrites the file of --output; pass --output FILE too, or omit it.")
    elif not output.parent.is_dir():
        raise GrokError(f"{output}: the folder {output.parent} does not exist.")
    elif output.is_dir():
        raise GrokError(f"{output} is a folder; pass the name of a file to --output.")
    elif output.is_file() and not force:
        raise _existing(output)


def _existing(output: Path) -> GrokError:
    return GrokError(f"{output} exists; pass --force to overwrite it, or another name to --output.")


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


def deliver(content: str | bytes, output: Path | None, *, force: bool = False) -> None:
    """Write to stdout, or to a file, which must not exist unless `force`; a pipe or a device is written to.

    Raises:
        GrokError: the file exists or cannot be written.
    """
    if output is None and isinstance(content, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    if output is None:
        assert isinstance(content, str)
        sys.stdout.write(content if content.endswith("\n") else f"{content}\n")
        return
    from engine.runs.atomic_files import create_atomically, write_atomically  # tempfile and its imports

    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    with writing(output):
        try:
            if output.exists() and not output.is_file():
                output.write_bytes(data)
            elif force:
                write_atomically(output, data)
            else:
                create_atomically(output, data)
        except FileExistsError:
            raise _existing(output) from None
    narrate(f"Wrote {output}.")
