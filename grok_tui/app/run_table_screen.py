"""The screen of the table of runs: the rows as they are read, and figures of those that are marked or on show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.events import DescendantFocus

from engine.errors import WrongUsage
from engine.many_runs.run_row import RunRow
from grok_tui.app.actions.export import ExportActions
from grok_tui.app.actions.jump import JumpActions
from grok_tui.app.actions.runs_figures import FigureActions
from grok_tui.app.actions.runs_selection import RunsActions
from grok_tui.app.command_palette import TableCommands
from grok_tui.app.error_log import ErrorLog
from grok_tui.app.figure_loop import FigureLoop
from grok_tui.app.pane_screen import PaneScreen, action_bindings
from grok_tui.app.run_source import POLL_SECONDS, MetricsComputer, RowFollower, RunSource
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.run_table_grid import RunTableGrid
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.queries.runs_provenance import runs_provenance
from grok_tui.render.cell_text import clean
from grok_tui.render.palette import Palette
from grok_tui.run_views.run_table import VIEW as TABLE
from grok_tui.run_views.run_view import RunsView, ShownRuns, group_fields, show_runs
from grok_tui.session.keymap import SCREENS, table_keys
from grok_tui.session.runs_selection import FIGURES, RunsSelection
from grok_tui.session.settings import Settings

# While the cursor moves, the figures wait until it rests for so long: drawing a thousand curves takes a tenth second.
_DEBOUNCE_SECONDS = 0.06
# In the footer: before and after the keys of the focused pane.
_FIRST = ("quit", "runs.open", "runs.mark")
_EVERYWHERE = ("runs.sort", "runs.filter", "figure.1", "figure.2", "figure.3", "figure.4", "pane.zoom", "export.pane")


@dataclass(frozen=True)
class TableState:
    """What the table restores when the user comes back from a run: its rows, selection and figures."""

    rows: tuple[RunRow, ...] = ()
    selection: RunsSelection = field(default_factory=RunsSelection)
    figures: tuple[str, ...] = FIGURES[:2]


class RunTableScreen(PaneScreen[RunTableGrid]):
    """Composes the table and the figures with the controllers of the keys; satisfies `actions.context.RunsContext`."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {TableCommands}
    BINDINGS: ClassVar[list[BindingType]] = action_bindings(SCREENS[1])

    def __init__(
        self,
        source: RunSource,
        state: TableState,
        settings: Settings,
        palette: Callable[[], Palette],
        errors: ErrorLog,
        exports: Path,
        write_to_terminal: Callable[[str], None],
        open_runs: Callable[[Sequence[Path]], None],
    ) -> None:
        keys = table_keys(settings.keys)
        super().__init__(RunTableGrid(state.figures, palette), keys, settings, palette, errors, exports)
        self.open_runs = open_runs
        self.rows = {row.path: row for row in state.rows}
        self.selection = state.selection
        self.runs: ShownRuns = show_runs(state.rows, state.selection)
        self._source = source
        self.reading = True  # until all rows have been read once
        self._follower = RowFollower(source, self.rows, self._deliver_rows, self._deliver_failure)
        self._metrics = MetricsComputer(source, self._deliver_metrics)
        self._figures = FigureLoop(self._deliver_figure)
        self.handlers["help"] = self._show_help
        runs = RunsActions(self)
        controllers = (
            runs,
            FigureActions(self),
            ExportActions(self, write_to_terminal),
            JumpActions(self, runs.choose, list),
        )
        self.add_controllers(controllers, runs.choose)

    @property
    def state(self) -> TableState:
        """What is restored when the user comes back."""
        return TableState(tuple(self.rows.values()), self.selection, self.grid.figure_names)

    def compose(self) -> ComposeResult:
        yield StatusLine(self.palette)
        yield self.grid
        yield KeyBar(table_keys(self.settings.keys), self.palette(), TABLE.keys, _FIRST, _EVERYWHERE)

    def on_mount(self) -> None:
        self.set_interval(POLL_SECONDS, self._follower.poll)
        self._figures_timer = self.set_interval(_DEBOUNCE_SECONDS, self.request_figures, pause=True)
        self.grid.table.focus()
        self.show_selection()
        self._follower.read_now()

    async def on_unmount(self) -> None:
        await self.end_workers(self._follower, self._metrics, self._figures)

    # The selection and its figures

    def change(self, **fields: Any) -> None:
        """Select something else in these respects; the table follows at once, the figures once they are computed."""
        selection = replace(self.selection, **fields)
        if selection == self.selection:
            return
        self.selection = selection
        if set(fields) == {"cursor"}:
            self.runs = replace(self.runs, selection=selection)
            self._show_table()
            self._figures_timer.reset()
            self._figures_timer.resume()
        else:
            self.show_selection()

    def check(self, **fields: Any) -> ShownRuns:
        """The runs that a selection would show.

        Raises:
            WrongUsage: the filter, the order or the groups cannot be parsed, or name an unknown field.
        """
        runs = show_runs(tuple(self.rows.values()), replace(self.selection, **fields), self.runs)
        if "group_by" in fields:
            group_fields(runs.chosen.rows, runs.selection.group_by)
        return runs

    def show_selection(self) -> None:
        """Show the runs and request the figures."""
        self._show_runs()
        self.request_figures()

    def _show_runs(self) -> None:
        """Show the runs in the table; the figures are then those of other runs."""
        try:
            self.runs = self.check()
        except WrongUsage as error:  # the run that had the field was deleted
            self.notify(clean(str(error)), severity="warning", markup=False)
            self.selection = replace(self.selection, where="", order="name", group_by="")
            self.runs = self.check()
        self.grid.make_room(len(self.runs.shown.rows))
        self._show_table()
        self._show_status()

    def _show_table(self) -> None:
        self._show(self.grid.table, self.runs, TABLE.query(self.runs))
        self._mark_stale()

    def request_figures(self) -> None:
        """Have the figures on show computed for the runs on show."""
        self._figures_timer.pause()
        self._mark_stale()
        names = [pane.view.name for pane in self.grid.available if pane is not self.grid.table]
        self._figures.request(self.runs, names)
        self._metrics.request(self._by_urgency())

    def _mark_stale(self) -> None:
        for pane in self.grid.figures:
            pane.expect()

    def _by_urgency(self) -> list[RunRow]:
        """The run under the cursor, the marked ones, those on show, all others."""
        current = [] if self.runs.current is None else [self.runs.current]
        marked = [row for row in self.runs.shown.rows if row.path in self.selection.marks]
        ordered = (*current, *marked, *self.runs.shown.rows, *self.rows.values())
        return list({row.path: row for row in ordered}.values())

    def _deliver_figure(self, runs: ShownRuns, name: str, answer: Any) -> None:
        if self.app.is_running:
            self.call_later(self._show_figure, runs, name, answer)

    def _show_figure(self, runs: ShownRuns, name: str, answer: Any) -> None:
        """Show a figure; that of runs which have changed since is shown until the next one comes."""
        self.grid.load_figures()
        for pane in self.grid.figures:
            if pane.view.name == name:
                self._show(pane, runs, answer)
                if runs is not self.runs:
                    pane.expect()

    def _show(self, pane: ViewPane, runs: ShownRuns, answer: Any) -> None:
        if isinstance(answer, Exception):
            pane.show_failure(self.errors.sentence(answer))
            return
        assert isinstance(pane.view, RunsView)
        pane.show(answer, runs_provenance(runs, self._source.folders, pane.view))

    def _show_status(self) -> None:
        parts = [f"{len(self.rows):,} {'run' if len(self.rows) == 1 else 'runs'} found"]
        parts += ["reading"] if self.reading else []
        growing = sum(row.state == "growing" for row in self.rows.values())
        parts += [f"{growing:,} growing"] if growing else []
        missing = len(self._metrics.missing(list(self.rows.values()))) + (self._metrics.current is not None)
        parts += [f"computing metrics, {missing:,} to go"] if missing and not self.reading else []
        parts.append(", ".join(clean(str(folder)) for folder in self._source.folders))
        self.query_one(StatusLine).show(" · ".join(parts))

    # Rows, from the threads

    def _deliver_rows(self, rows: Sequence[RunRow], paths: Sequence[Path] | None) -> None:
        if self.app.is_running and (rows or paths is not None):
            self.call_later(self._take_rows, rows, paths)

    def _take_rows(self, rows: Sequence[RunRow], paths: Sequence[Path] | None) -> None:
        """Show new and changed rows; when all runs are known, without those that were deleted."""
        before, was_reading = set(self.rows), self.reading
        self.rows.update((row.path, row) for row in rows)
        if paths is not None:
            self.reading = False
            if set(paths) != set(self.rows):
                self.rows = {path: self.rows[path] for path in paths if path in self.rows}
        if rows or set(self.rows) != before or was_reading != self.reading:
            self._show_runs()
            if not self.reading or self._figures.is_due:
                self.request_figures()

    def _deliver_metrics(self, row: RunRow, failure: Exception | None) -> None:
        """Have the row read again, with its metrics."""
        if not self.app.is_running:
            return
        if failure is None:
            self._follower.read_now()
        else:
            self.call_later(self._warn, failure, f"{row.name} has no metrics. ")

    def _deliver_failure(self, error: Exception) -> None:
        if self.app.is_running:
            self.call_later(self._warn, error)

    def _warn(self, error: Exception, before: str = "") -> None:
        """Show why something could not be read or computed, once."""
        self.warn_once([clean(before) + self.errors.sentence(error)])
        self._show_status()

    # Panes

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Load the figures before the footer shows the keys of one."""
        if event.widget in self.grid.figures:
            self.grid.load_figures()

    def on_run_table_grid_rearranged(self) -> None:
        self.request_figures()

    def _show_help(self) -> None:
        pane = self.grid.focused_pane
        self.app.push_screen(HelpScreen(pane.view, table_keys(self.settings.keys), None, self.palette(), pane))
