"""`grok-tui help [COMMAND]`: the same page as `grok-tui COMMAND --help`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from grok_tui.cli.suggestions import require_command


def show_help(
    *command: Annotated[str, Parameter(name="COMMAND", help="the command; default: the explorer and a list of all")],
) -> None:
    """Print the help of a command.

    Raises:
        WrongUsage: there is no such command.
    """
    from grok_tui.cli.main import app

    for name in command[:1]:
        require_command(name)
    app.help_print(list(command))
