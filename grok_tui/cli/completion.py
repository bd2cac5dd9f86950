"""`grok-tui completion SHELL`: a script that completes commands, options, views, choices and paths."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

# The script of cyclopts only defines a function, which zsh calls if that is also the name of the file.
_ZSH_CALL = """\
if [[ ${funcstack[1]} == _* ]]; then
  _cyclopts_grok-tui "$@"
else
  compdef _cyclopts_grok-tui grok-tui
fi
"""


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(name="SHELL", help="the shell")],
    /,
) -> None:
    """Print the completion script of a shell."""
    from grok_tui.cli.bash_completion import bash_script
    from grok_tui.cli.main import app

    if shell == "bash":
        print(bash_script(app))
    else:
        print(app.generate_completion(shell=shell) + (_ZSH_CALL if shell == "zsh" else ""))
