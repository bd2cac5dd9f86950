"""The completion script of bash 3.2 and later.

That of cyclopts takes a folder with the name of a command for the command, and adds no slash to folders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.argument import Argument

_FILES = "FILES"  # in place of words: paths
_EXPLORE = "explore"  # the name of no command, for the options without one


@dataclass(frozen=True)
class Completions:
    """What can follow a command: its options, what completes their values, and its arguments by position."""

    options: tuple[str, ...]
    values: dict[str, str]  # by option: words, _FILES or nothing, as for a number
    arguments: tuple[str, ...]
    repeats: bool  # the last argument can be repeated


def completions_of(app: App) -> Completions:
    """The completions of a command, from its parameters."""
    arguments = [argument for argument in app.assemble_argument_collection() if not argument.children]
    options = [argument for argument in arguments if argument.index is None and argument.show]
    positional = sorted((argument for argument in arguments if argument.index is not None), key=_index)
    return Completions(
        (*(name for option in options for name in option.names), "--help"),
        {name: _words(option) for option in options if not _is_flag(option) for name in option.names},
        tuple(map(_words, positional)),
        any(argument.is_var_positional() for argument in positional),
    )


def _is_flag(option: Argument) -> bool:
    return option.hint is bool or bool in get_args(option.hint)


def _index(argument: Argument) -> int:
    return argument.index or 0


def _words(argument: Argument) -> str:
    choices = argument.get_choices(force=True)
    return " ".join(choices) if choices else _FILES if _has_path(argument.hint) else ""


def _has_path(kind: Any) -> bool:
    return kind is Path or any(map(_has_path, get_args(kind)))


def bash_script(app: App) -> str:
    """The script, for `eval` or a folder of completions."""
    names = [name for name in app if not name.startswith("-")]
    pages = {_EXPLORE: completions_of(app), **{name: completions_of(app[name]) for name in names}}
    with_value = sorted({name for page in pages.values() for name in page.values})
    return _SCRIPT.format(
        commands=" ".join(names),
        explore=_EXPLORE,
        with_value="|".join(with_value),
        options=_cases((name, " ".join(page.options)) for name, page in pages.items()),
        values=_cases(
            (f"{name}:{option}", words)
            for name, page in pages.items()
            for option, words in page.values.items()
            if words
        ),
        arguments=_cases(
            (f"{name}:{place}", words)
            for name, page in pages.items()
            for place, words in _arguments(page, names if name == _EXPLORE else ())
        ),
    )


def _arguments(page: Completions, commands: Sequence[str]) -> Iterable[tuple[str, str]]:
    """The words for each position; those of commands come first, at the first one."""
    for place, words in enumerate(page.arguments):
        last = page.repeats and place == len(page.arguments) - 1
        yield "*" if last else str(place), " ".join([*(commands if place == 0 else ()), words])


def _cases(words: Iterable[tuple[str, str]]) -> str:
    """The cases of a `case` statement that sets `words`."""
    return "\n".join(f"    {pattern}) words='{text}' ;;" for pattern, text in words)


_SCRIPT = """\
# Completion of grok-tui for bash. To load it: eval "$(grok-tui completion bash)"

_grok_tui_options() {{
  case "$1" in
{options}
  esac
}}

_grok_tui_values() {{
  case "$1" in
{values}
  esac
}}

_grok_tui_arguments() {{
  case "$1" in
{arguments}
  esac
}}

# Paths that begin with $1, quoted; a slash, and no space, behind a folder.
_grok_tui_files() {{
  local path quoted
  while IFS= read -r path; do
    if [[ -d "${{path/#\\~\\//$HOME/}}" ]]; then
      path="$path/"
      compopt -o nospace 2>/dev/null
    fi
    printf -v quoted '%q' "$path"
    COMPREPLY+=("${{quoted/#\\\\\\~/~}}")
  done < <(compgen -f -- "$1")
}}

_grok_tui() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local command={explore} words="" place=0 i word
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    case "$word" in
      {with_value})
        ((i++))
        [[ "${{COMP_WORDS[i]}}" == "=" ]] && ((i++))
        ;;
      -*) ;;
      *)
        if [[ $command == {explore} && $place -eq 0 && " {commands} " == *" $word "* ]]; then
          command="$word"
        else
          ((place++))
        fi
        ;;
    esac
  done
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $previous == "=" ]]; then
    previous="${{COMP_WORDS[COMP_CWORD-2]}}"
  fi
  case "$previous" in
    {with_value}) _grok_tui_values "$command:$previous" ;;
    *)
      if [[ $current == -* ]]; then
        _grok_tui_options "$command"
      else
        _grok_tui_arguments "$command:$place"
      fi
      ;;
  esac
  COMPREPLY=($(compgen -W "${{words//FILES/}}" -- "$current"))
  [[ " $words " == *" FILES "* ]] && _grok_tui_files "$current"
  return 0
}}

complete -F _grok_tui grok-tui
"""
