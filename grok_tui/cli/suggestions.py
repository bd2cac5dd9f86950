"""What a mistyped command, run or argument was probably meant to be."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from engine.errors import UnreadableRun, WrongUsage
from engine.runs.remote.address import RunLocation
from grok_tui.cli.commands import COMMANDS

COMMAND_NAMES = tuple(command.name for command in COMMANDS)
# Options that take one value and can be repeated, and what their values look like.
_REPEATABLE = {
    "--without-cluster": r"\d+|rest",
    "--without-head": r"\d+",
    "--where": r".*[<>=].*",
    "--grid": r"[\w-]+=.*",
    "--name": r"\w+=.*",
}


_SIMILAR = 0.7  # difflib's ratio; at its default of 0.6 `seed1` is like `sweep`


class MissingRun(UnreadableRun):
    """No file or folder has the name of a run; `word` is what was passed."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


def closest(word: str, names: Iterable[str]) -> str | None:
    """The name that is most like a word; None if none is like it.

    >>> closest("trian", ["show", "train"]), closest("x", ["show", "train"])
    ('train', None)
    """
    return next(iter(get_close_matches(word, list(names), n=1, cutoff=_SIMILAR)), None)


def require_command(name: str) -> None:
    """Check that there is a command of that name.

    Raises:
        WrongUsage: there is none.
    """
    if name not in COMMAND_NAMES:
        near = closest(name, COMMAND_NAMES)
        hint = f" Did you mean {near}?" if near else ""
        raise WrongUsage(f"There is no command {name!r}.{hint} Commands: {', '.join(COMMAND_NAMES)}.")


def require_run(location: RunLocation | None, *, commands: Iterable[str] = ()) -> None:
    """Check that the file or folder of a run exists; `commands` are what its name may be a typo of.

    Raises:
        MissingRun: it does not exist.
    """
    if not isinstance(location, Path) or not _is_missing(location):
        return
    word = str(location)
    near = closest(location.name, _siblings(location))
    if near is None and (command := closest(word, commands)) is not None:
        raise MissingRun(word, f"{word} does not exist. Did you mean grok-tui {command}?")
    hint = f" Did you mean {location.with_name(near)}?" if near else ""
    if location.suffix and not near:
        raise MissingRun(word, f"{word} does not exist.")
    raise MissingRun(word, f"{word} does not exist.{hint} To train a run there: grok-tui train {shlex.quote(word)}")


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):  # opening the run explains it
        return False
    return False


def _siblings(path: Path) -> list[str]:
    """The names beside a path, of a folder that is not huge."""
    try:
        return [entry.name for entry, _ in zip(path.parent.iterdir(), range(10_000), strict=False)]
    except OSError:
        return []


def repeated_option(arguments: Sequence[str], word: str) -> str | None:
    """A sentence if a word is a second value of an option that takes one, as in `--without-cluster rest 52`.

    >>> repeated_option(["show", "ablation", "--without-cluster", "rest", "52"], "52")
    '--without-cluster takes one value; repeat it for another: --without-cluster rest --without-cluster 52.'
    """
    before = list(arguments)[: arguments.index(word)] if word in arguments else []
    values = [word]
    while before and not before[-1].startswith("-"):
        values.insert(0, before.pop())
    option = before[-1] if before else ""
    if len(values) < 2 or not all(re.fullmatch(_REPEATABLE.get(option, "(?!)"), value) for value in values):
        return None
    written = " ".join(f"{option} {shlex.quote(value)}" for value in values)
    return f"{option} takes one value; repeat it for another: {written}."


def misspelt_command(arguments: Sequence[str]) -> str | None:
    """A sentence if the first argument is no command and no run, but like a command."""
    first = next(iter(arguments), "-")
    if first.startswith("-") or first in COMMAND_NAMES or not _is_missing(Path(first)):
        return None
    command = closest(first, COMMAND_NAMES)
    return None if command is None else f"{first} does not exist. Did you mean grok-tui {command}?"
