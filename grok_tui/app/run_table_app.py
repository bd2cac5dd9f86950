"""The app of the table of runs; a run that is chosen is opened after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from textual.screen import Screen

from grok_tui.app.run_source import RunSource
from grok_tui.app.run_table_screen import RunTableScreen, TableState
from grok_tui.app.terminal_app import TerminalApp
from grok_tui.session.keymap import APP_ACTIONS
from grok_tui.session.settings import Settings
from grok_tui.terminal.terminal_query import TerminalInput


class RunTableApp(TerminalApp):
    """Shows a `RunTableScreen`. `next_run` and `second` are the runs to open; `notice` is shown at the start."""

    app_actions: Mapping[str, str] = {name: method for name, method in APP_ACTIONS.items() if name != "runs.back"}

    def __init__(
        self,
        source: RunSource,
        state: TableState | None = None,
        exports: Path | None = None,
        settings: Settings | None = None,
        notice: str = "",
        terminal: TerminalInput | None = None,
    ) -> None:
        super().__init__(exports, settings, terminal)
        self.second: Path | None = None
        self.notice = notice
        self.table = RunTableScreen(
            source,
            state or TableState(),
            self.settings,
            self.palette,
            self.errors,
            self.exports,
            self.write,
            self._open_runs,
        )

    def get_default_screen(self) -> Screen[None]:
        return self.table

    def on_mount(self) -> None:
        if self.notice:
            self.notify(self.notice, severity="error", markup=False)

    def _open_runs(self, paths: Sequence[Path]) -> None:
        """Exit, and have one run opened, or two compared."""
        self.second = paths[1] if len(paths) > 1 else None
        self.open_next(paths[0])
