"""The errors of the command line parser as one sentence: what was found, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, RepeatArgumentError, UnusedCliTokensError

from grok_tui.cli.commands import COMMANDS, EXPLORE
from grok_tui.cli.suggestions import misspelt_command, repeated_option

_TYPES = {int: "a whole number", float: "a number"}


def usage_sentence(error: CycloptsError, arguments: Sequence[str]) -> str:
    """The sentence for an error, with the command whose help explains it."""
    if (sentence := misspelt_command(arguments)) is not None:
        return sentence
    command = next((command for command in COMMANDS if [command.name] == list(arguments[:1])), EXPLORE)
    name = f"grok-tui {command.name}".strip()
    return f"{_sentence(error, arguments, name, command.usage.splitlines()[0])} Try {name} --help."


def _sentence(error: CycloptsError, arguments: Sequence[str], command: str, usage: str) -> str:
    if isinstance(error, UnusedCliTokensError):
        return _too_many(error.unused_tokens or [], arguments, command, usage)
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return _missing(error, command, usage)
    if isinstance(error, RepeatArgumentError):
        return f"{error.token.keyword} takes one value and was passed more than once."
    if isinstance(error, CoercionError) and error.token is not None and error.argument is not None:
        expected = _expected(error.target_type)
        if expected is not None:
            name = error.token.keyword or error.argument.name
            return f"{name} is {expected}; found {error.token.value!r}."
    return " ".join(str(error).split())


def _too_many(unused: Sequence[str], arguments: Sequence[str], command: str, usage: str) -> str:
    first = next(iter(unused), "")
    if (sentence := repeated_option(arguments, first)) is not None:
        return sentence
    if command == "grok-tui":
        return f"The explorer takes one run or two; found also {first!r}. grok-tui runs PATH... shows many."
    return f"{first!r} is one argument too many; usage: {usage}."


def _missing(error: MissingArgumentError, command: str, usage: str) -> str:
    assert error.argument is not None
    option = error.keyword or error.argument.name
    if not option.startswith("-"):
        return f"{command} needs {option}; usage: {usage}."
    count, _ = error.argument.token_count()
    if count <= 1:
        return f"{option} needs a value."
    return f"{option} needs {count} values; found {len(error.tokens_so_far) % count}."


def _expected(kind: Any) -> str | None:
    """What values of a type are, in words; None for a choice, whose error lists them, and for other types."""
    if kind in _TYPES:
        return _TYPES[kind]
    if get_origin(kind) not in (Union, UnionType):
        return None
    parts = [_TYPES.get(part) or _literal(part) for part in get_args(kind)]
    return None if None in parts else " or ".join(map(str, parts))


def _literal(kind: Any) -> str | None:
    return " or ".join(map(str, get_args(kind))) if get_origin(kind) is Literal else None
