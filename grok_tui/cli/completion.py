"""`grok-tui completion SHELL`: a script that completes commands, options, views, choices and paths."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(name="SHELL", help="the shell")],
    /,
) -> None:
    """Print the completion script of a shell."""
    from grok_tui.cli.bash_completion import bash_script
    from grok_tui.cli.main import app

    print(bash_script(app) if shell == "bash" else app.generate_completion(shell=shell))
