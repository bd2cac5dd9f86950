"""The command line: assembles the commands and turns errors into one sentence and an exit status.

Data goes to stdout, narration to stderr. Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

import engine
from engine import GrokError, InvalidConfig, WrongUsage
from grok_tui.cli import option_groups
from grok_tui.cli.commands import COMMANDS, EXPLORE
from grok_tui.cli.explore import explore
from grok_tui.cli.help_pages import TextFormatter
from grok_tui.cli.output import narrate
from grok_tui.terminal.output_encoding import configure_output_encoding

# Without it every flag has a `--no-...` and every list an `--empty-...`.
_NO_NEGATIVES = Parameter(negative=())


def make_app(formatter: TextFormatter) -> App:
    """The command line, with help pages that `formatter` prints."""
    made = App(
        name="grok-tui",
        help=EXPLORE.help,
        usage=f"Usage: {EXPLORE.usage}",
        help_epilogue=EXPLORE.epilogue,
        help_format="plaintext",
        help_formatter=formatter,
        version=lambda: engine.__version__,
        version_flags=("--version", "-V"),
        suppress_keyboard_interrupt=False,  # main handles it
        group_commands=option_groups.COMMANDS,
        group_arguments=option_groups.ARGUMENTS,
        group_parameters=option_groups.OTHER,
        default_parameter=_NO_NEGATIVES,
    )
    for flag in ("--help", "--version"):
        made[flag].group = option_groups.HELP
    made.default(explore)
    for place, command in enumerate(COMMANDS):  # imported only when they run: numpy, torch and Textual take seconds
        made.command(
            command.function,
            name=command.name,
            help=command.help,
            usage=f"Usage: {command.usage}",
            help_epilogue=command.epilogue,
            group_parameters=command.group,
            default_parameter=_NO_NEGATIVES,
            sort_key=place,
        )
    return made


app = make_app(TextFormatter())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; an error is one sentence on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    configure_output_encoding()
    try:
        _require_stdout()
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()  # here, where its errors are handled
    except CycloptsError as error:
        from grok_tui.cli.usage_errors import usage_sentence

        narrate(usage_sentence(error, arguments))
        return 2
    except GrokError as error:
        from grok_tui.cli.suggestions import MissingRun, repeated_option

        hint = repeated_option(arguments, error.word) if isinstance(error, MissingRun) else None
        narrate(hint or str(error))
        return 2 if hint or isinstance(error, WrongUsage | InvalidConfig) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of the pipe has ended, as `head` does: not an error
        _discard_stdout()
        return 0
    except OSError as error:
        if error.filename is None:  # a file that is written is named by `writing`
            _discard_stdout()
        narrate(f"{error.filename or 'The output could not be written'}: {error.strerror or error}.")
        return 1
    return status if isinstance(status, int) else 0


def _require_stdout() -> None:
    """Check that stdout is open; a closed stderr is replaced, because nothing can be told there.

    Raises:
        WrongUsage: stdout is closed, as by `>&-`.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 (until the process ends)
    if sys.stdout is None:
        raise WrongUsage("stdout is closed; redirect it to a file, or to /dev/null.")


def _discard_stdout() -> None:
    """Let Python's flush at exit go nowhere instead of failing again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
