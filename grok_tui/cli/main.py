"""The command line: assembles the commands and turns errors into one sentence and an exit status.

Data goes to stdout, narration to stderr. Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError
from rich.console import Console

from engine import GrokError, InvalidConfig, WrongUsage
from grok_tui.cli.explore import explore
from grok_tui.cli.output import narrate
from grok_tui.terminal.output_encoding import configure_output_encoding

# Imported only when they run: numpy, torch and Textual take seconds.
_COMMANDS = {
    "show": "Print one view: a drawing as text, ansi or svg, a table as csv or json.",
    "report": "Print every metric of one epoch.",
    "info": "Describe RUN: its model, checkpoints, recorded losses, split and training settings.",
    "runs": "Print a table of all runs at and below each PATH, or of groups of them.",
    "convert": "Convert any readable run SRC to a native run DST.",
}

app = App(
    name="grok-tui",
    help="Watch a one-layer transformer grok modular addition, epoch by epoch.",
    version=lambda: version("grok-tui"),
    help_format="plaintext",
    error_console=Console(stderr=True),
    suppress_keyboard_interrupt=False,  # main handles it
)
app.default(explore)
for _name, _help in _COMMANDS.items():
    app.command(f"grok_tui.cli.{_name}:{_name}", name=_name, help=_help)
app.command(
    "grok_tui.cli.train.command:train",
    name="train",
    help="Train a run into the folder RUN with the study's settings unless overridden, or continue RUN.",
)
app.command(
    "grok_tui.cli.sweep.command:sweep",
    name="sweep",
    help="Train a run for each point of a grid into the folder SWEEP, or continue SWEEP.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; an error is one sentence on stderr."""
    configure_output_encoding()
    try:
        _require_stdout()
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()  # here, where its errors are handled
    except CycloptsError as error:
        narrate(f"{' '.join(str(error).split())} Try grok-tui --help.")
        return 2
    except GrokError as error:
        narrate(str(error))
        return 2 if isinstance(error, WrongUsage | InvalidConfig) else 1
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
