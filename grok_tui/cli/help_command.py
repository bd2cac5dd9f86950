"""`grok-tui help [COMMAND]`: the same page as `grok-tui COMMAND --help`; with --man, the man page."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from engine import WrongUsage, __version__
from grok_tui.cli.suggestions import require_command


def show_help(
    command: Annotated[
        str | None, Parameter(name="COMMAND", help="the command; default: the explorer and a list of all")
    ] = None,
    /,
    *,
    man: Annotated[bool, Parameter(help="print the man page of all commands, in roff")] = False,
) -> None:
    """Print the help of a command, or the man page.

    Raises:
        WrongUsage: there is no such command, or --man with a command.
    """
    from grok_tui.cli.main import app, make_app

    if command is not None:
        require_command(command)
    if not man:
        app.help_print([] if command is None else [command])
        return
    if command is not None:
        raise WrongUsage(f"--man prints one page for all commands; omit {command!r}.")
    from datetime import date

    from grok_tui.cli.man_page import man_page, read_pages

    print(man_page(read_pages(make_app), __version__, date.today()), end="")
