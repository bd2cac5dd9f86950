"""Shows the table of runs and explores those that are opened from it, in turn, until the user quits.

Does not import the explorer, and with it torch, before a run is opened: the first rows do not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok_tui.app.run_source import RunSource
from grok_tui.app.run_table_app import RunTableApp
from grok_tui.app.run_table_screen import TableState
from grok_tui.app.validation import validate_names
from grok_tui.session.settings import Settings, settings_path
from grok_tui.terminal.terminal_query import TerminalInput

if TYPE_CHECKING:
    from grok_tui.app.run_loop import OpenerOf


def browse_runs(
    source: RunSource, opener_of: OpenerOf, settings: Settings, terminal: TerminalInput | None = None
) -> int:
    """Show the table of runs, explore those that are opened from it, and return to it; returns the exit status.

    Raises:
        GrokError: a setting names an unknown theme, action or key.
    """
    validate_names(settings, settings_path())
    state, notice = TableState(), ""
    terminal = terminal or TerminalInput()
    while True:
        app = RunTableApp(source, state, settings=settings, terminal=terminal, notice=notice)
        app.run()
        if app.next_run is None:
            return app.return_code or 0
        from grok_tui.app.run_loop import explore_from, sentence_of

        state = app.table.state
        opener = opener_of(app.next_run, app.second)
        ending = explore_from(opener, opener_of, settings, terminal, has_table=True)
        if not ending.went_back and ending.failure is None:
            return ending.status
        notice = "" if ending.failure is None else sentence_of(ending.failure)
