"""`grok-tui serve [RUN [RUN_B]]`: the explorer in a browser.

The process of a visitor is this same command, with `VISITOR` in its environment: it reads the same options, and shows
the explorer through Textual's driver for the web.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cyclopts import Parameter

from engine import GrokError, WrongUsage
from engine.runs.remote.address import RunLocation
from grok_tui.cli.explore import SecondRun, contains_runs
from grok_tui.cli.open_explorer import announce_own_code, open_explorer
from grok_tui.cli.options import (
    DEFAULT_DISPLAY,
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    DEFAULT_SELECTION,
    DisplayOptions,
    EngineOptions,
    RunArgument,
    RunOptions,
    SelectionOptions,
)
from grok_tui.cli.output import check_readings, narrate, narrate_warnings
from grok_tui.cli.run_opener import RunOpener
from grok_tui.serve.access import Access, is_loopback
from grok_tui.session.settings import Settings, read_settings, settings_path, with_overrides

VISITOR = "GROK_TUI_VISITOR"
TOKEN = "GROK_TUI_TOKEN"


def serve(
    run: RunArgument = None,
    second: SecondRun = None,
    /,
    *,
    host: Annotated[str, Parameter(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="the port to listen on; 0: any that is free")] = 8000,
    allow_remote: Annotated[
        bool, Parameter(help="with --host: let other machines connect, which need the token")
    ] = False,
    token: Annotated[
        str | None,
        Parameter(help="what a visitor must know; default: none on this machine alone, else a new one", env_var=TOKEN),
    ] = None,
    max_visitors: Annotated[int, Parameter(help="how many may explore at once; each needs a process")] = 8,
    idle_minutes: Annotated[float, Parameter(help="disconnect a visitor who presses no key for so long")] = 30.0,
    selection_options: SelectionOptions = DEFAULT_SELECTION,
    display: DisplayOptions = DEFAULT_DISPLAY,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> int:
    """Let visitors explore RUN in a browser; ends with ctrl+c."""
    settings = with_overrides(read_settings(settings_path()), {**display.settings, "graphics": "none"})
    engine_options = engine_options.with_defaults(settings)
    if os.environ.get(VISITOR):
        opener = RunOpener(run, run_options, engine_options, settings, second, selection_options, fresh=True)
        return _explore(opener, settings)
    _check_options(port, max_visitors, idle_minutes)
    access = _access(host, token, allow_remote)
    _check_runs(run, second, run_options, engine_options)
    return _serve(access, port, max_visitors, idle_minutes * 60, _title(run, second))


def _explore(opener: RunOpener, settings: Settings) -> int:
    """In the process of a visitor: show the explorer."""
    from grok_tui.app.run_loop import explore_runs
    from grok_tui.terminal.shutdown import exit_now

    exit_now(explore_runs(opener, opener.of_next_run, settings))


def _check_options(port: int, max_visitors: int, idle_minutes: float) -> None:
    if not 0 <= port < 1 << 16:
        raise WrongUsage(f"--port is a number from 0 to 65535; found {port}.")
    if max_visitors < 1:
        raise WrongUsage(f"--max-visitors is at least 1; found {max_visitors}.")
    if not idle_minutes > 0:
        raise WrongUsage(f"--idle-minutes is above 0; found {idle_minutes:g}.")


def _access(host: str, token: str | None, allow_remote: bool) -> Access:
    """Who may connect.

    Raises:
        WrongUsage: other machines could, without --allow-remote.
    """
    if token is not None and not token.strip():
        raise WrongUsage(f"--token is empty; leave out --token and {TOKEN} for a new token.")
    if is_loopback(host):
        return Access(host, token)
    if not allow_remote:
        raise WrongUsage(
            f"--host {host} lets other machines connect; pass --allow-remote as well, "
            "or leave out --host and connect by `ssh -L 8000:localhost:8000`."
        )
    return Access(host, token or secrets.token_urlsafe(16))


def _check_runs(
    run: RunLocation | None, second: RunLocation | None, run_options: RunOptions, engine_options: EngineOptions
) -> None:
    """Open the runs once, so that an error is reported here rather than to a visitor."""
    if isinstance(run, Path) and contains_runs(run):
        raise GrokError(f"{run} is a folder of runs; pass one of them: grok-tui serve shows a run.")
    announce_own_code(run_options)
    locations = [run] if second is None else [run, second]
    explorers = [open_explorer(location, run_options, engine_options) for location in locations]
    narrate_warnings(*explorers)
    check_readings(*explorers, force=run_options.force_reading)


def _title(run: RunLocation | None, second: RunLocation | None) -> str:
    names = ["the bundled run" if run is None else run.name, *([] if second is None else [second.name])]
    return f"grok-tui · {' and '.join(names)}"


def _serve(access: Access, port: int, max_visitors: int, idle_seconds: float, title: str) -> int:
    try:
        from grok_tui.serve.server import make_app
        from grok_tui.serve.server import serve as run_server
        from grok_tui.serve.visitors import Limits, Visitors
    except ImportError as error:
        raise GrokError(f"grok-tui serve needs {error.name}; install grok-tui[serve].") from error
    command = [sys.executable, "-m", "grok_tui", *sys.argv[1:]]
    with TemporaryDirectory(prefix="grok-tui-serve-") as folder:
        environment = {VISITOR: "1", **_threads_of(max_visitors)}
        visitors = Visitors(command, environment, Limits(max_visitors, idle_seconds), Path(folder))

        def announce(chosen: int) -> None:
            narrate(f"{title}: {_address(access, chosen)}")
            if not is_loopback(access.host):
                narrate("The connection is not encrypted, and whoever has the token can explore the run.")
            narrate("ctrl+c ends the server and all visitors.")

        asyncio.run(run_server(make_app(visitors, access, title), access.host, port, announce))
    return 0


def _threads_of(max_visitors: int) -> dict[str, str]:
    """The variable that gives each visitor an equal share of the cores, unless it is set.

    Processes with more threads than cores between them wait for each other's threads most of the time.
    """
    name = "OMP_NUM_THREADS"
    return {} if name in os.environ else {name: str(max(1, (os.cpu_count() or 1) // max_visitors))}


def _address(access: Access, port: int) -> str:
    name = f"[{access.host}]" if ":" in access.host else access.host
    return f"http://{name}:{port}/{'' if access.token is None else f'?token={access.token}'}"
