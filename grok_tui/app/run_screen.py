"""The screen of an open run: one selection, one engine worker, and panes that follow in one frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider

from engine import is_settled, lasting_warnings
from engine.networks.layers import n_layers
from grok_tui.app.actions.ablate import AblateActions
from grok_tui.app.actions.compare import CompareActions
from grok_tui.app.actions.crosshair import CrosshairActions
from grok_tui.app.actions.export import ExportActions
from grok_tui.app.actions.jump import JumpActions
from grok_tui.app.actions.layout import LayoutActions
from grok_tui.app.actions.play import PlayActions
from grok_tui.app.actions.selection import SelectionActions
from grok_tui.app.actions.token_window import TokenWindowActions
from grok_tui.app.actions.tour import TourActions
from grok_tui.app.answer_loop import AnswerLoop
from grok_tui.app.command_palette import RunCommands
from grok_tui.app.error_log import ErrorLog
from grok_tui.app.follower import POLL_SECONDS, Follower
from grok_tui.app.pane_screen import PaneScreen, action_bindings
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.pane_grid import PaneGrid
from grok_tui.app.widgets.run_header import RunHeader
from grok_tui.app.widgets.tour_panel import TourPanel
from grok_tui.app.widgets.workspace_tabs import WorkspaceTabs
from grok_tui.app.worker import LatestWinsWorker
from grok_tui.queries.training_state import TrainingObserver, TrainingState, training_texts
from grok_tui.queries.view_answers import ViewAnswers
from grok_tui.render.cell_text import clean
from grok_tui.render.palette import Palette
from grok_tui.session import saved_session
from grok_tui.session.ablation_selection import ablated_texts
from grok_tui.session.comparison_target import at_selected_layer
from grok_tui.session.cpu_threads import use_free_cores
from grok_tui.session.keymap import KEYS, configured_keys, explorer_keys, key_label
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.selection import selection_after_growth
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import workspace_named
from grok_tui.terminal.terminal_images import TerminalImages

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster

# Panes older than this are marked as computing; marking sooner would only blink.
_LATE_SECONDS = 0.3


class RunScreen(PaneScreen[PaneGrid]):
    """Composes the panes with the controllers of the keys; satisfies `actions.context.RunContext`."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {RunCommands}
    BINDINGS: ClassVar[list[BindingType]] = action_bindings(KEYS)

    def __init__(
        self,
        opened: OpenRun,
        settings: Settings,
        palette: Callable[[], Palette],
        errors: ErrorLog,
        exports: Path,
        write_to_terminal: Callable[[str], None],
        *,
        images: TerminalImages | None = None,
        has_table: bool = False,
    ) -> None:
        workspace, focused = workspace_named(opened.layout.workspace), opened.layout.focused
        grid = PaneGrid(workspace, palette, images, focused, key_label("pane.zoom", settings.keys))
        super().__init__(grid, configured_keys(settings.keys), settings, palette, errors, exports)
        self.header = RunHeader(palette, grid.workspace, settings.keys)
        self._has_table = has_table
        self._opened = opened
        self.selection = opened.selection
        self.clusters: Sequence[Cluster] = ()
        self.worker = LatestWinsWorker(prepare=use_free_cores)
        self._layout_at_start = opened.layout
        self._answers = AnswerLoop(opened.explorer, opened.second, self.worker, self._deliver)
        self._follower = Follower(self._explorers, self.worker, self._report_growth)
        self._observer = TrainingObserver(opened.explorer.run.path)
        self._training: TrainingState | None = None  # at the last poll
        self._known_epochs = self.explorer.epochs
        self._settled = False  # whether all files of the runs could be read at the last poll
        self._direction = 1

        self.select = SelectionActions(self)
        self.play = PlayActions(self)
        self.layout_actions = LayoutActions(self)
        self._panel = TourPanel(palette)
        self.tour = TourActions(
            self, self._panel, self.layout_actions, opened.tour, self._show_touring, self._call_on_screen
        )
        window = TokenWindowActions(self)
        controllers = (
            self.select,
            self.play,
            self.layout_actions,
            CompareActions(self),
            AblateActions(self),
            CrosshairActions(self, self.select.step_epoch, self.select.choose, window.pan),
            window,
            ExportActions(self, write_to_terminal),
            JumpActions(self, self.select.choose, self.header.jump_places),
            self.tour,
        )
        self.add_controllers(controllers, self.select.choose)

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.grid
        yield self._panel
        keys = explorer_keys(self.settings.keys, has_table=self._has_table, has_layers=self._has_layers)
        yield KeyBar(keys, self.palette())

    def on_mount(self) -> None:
        self._late_timer = self.set_interval(_LATE_SECONDS, self._mark_late, pause=True)
        self.set_interval(POLL_SECONDS, self._follower.poll)
        self.warn_once(chain.from_iterable(lasting_warnings(explorer.run) for explorer in self._explorers))
        self._restore_layout()
        self.request_answers()
        self.call_later(self.tour.start)

    def on_resize(self) -> None:
        self.header.fit_screen()

    def _restore_layout(self) -> None:
        self.grid.panes[0].focus()
        if self._layout_at_start.focused is not None:
            self.grid.focus_view(self._layout_at_start.focused)
        if self._layout_at_start.zoomed:
            self.grid.zoom(self.grid.focused_pane)
        # On a small screen the panes scroll; only after the layout is it known where they are.
        self.call_after_refresh(lambda: self.grid.focused_pane.scroll_visible(animate=False, top=True))

    async def on_unmount(self) -> None:
        await self.end_workers(self.worker)

    # The open runs

    @property
    def explorer(self) -> Explorer:
        """Of the run, with the selected layer on show."""
        return self._opened.explorer.at_layer(self.selection.layer)

    @property
    def second(self) -> Explorer | None:
        """Of the run to compare with."""
        return at_selected_layer(self._opened.explorer, self._opened.second, self.selection)[1]

    @property
    def _explorers(self) -> list[Explorer]:
        """As they were opened."""
        return [explorer for explorer in (self._opened.explorer, self._opened.second) if explorer is not None]

    @property
    def _has_layers(self) -> bool:
        run = self._opened.explorer.run
        return run.has_weights and n_layers(run.config) > 1

    # The selection and its answers

    def show_playing(self, text: str | None) -> None:
        """Show how the run plays, and the key that pauses it; None: it does not play."""
        self.header.show_state("playing", () if text is None else (text,))
        self.query_one(KeyBar).show_playing(text is not None)

    def _show_touring(self, touring: bool) -> None:
        self.query_one(KeyBar).show_touring(touring)

    def _call_on_screen(self, function: Callable[[], None]) -> None:
        """From the worker's thread."""
        if self.app.is_running:
            self.call_later(function)

    def change(self, **fields: Any) -> None:
        """Select something else in these respects; all panes follow in one frame once it is computed."""
        selection = replace(self.selection, **fields)
        if selection != self.selection:
            self._direction = -1 if selection.epoch < self.selection.epoch else 1
            if selection.layer != self.selection.layer:
                self.clusters = ()
            self.selection = selection
            self.request_answers()

    def request_answers(self) -> None:
        """Have all panes answer the selection."""
        for pane in self.grid.panes:
            pane.expect()
        self.header.show_workspace(self.grid.workspace)
        self.header.show_state("ablation", ablated_texts(self.selection.ablation))
        self._late_timer.reset()
        self._late_timer.resume()
        self._answers.request(self.selection, self.grid.views, self._direction, self.tour.steps())

    def _deliver(self, answers: ViewAnswers) -> None:
        """On the worker's thread: hand the answers to the screen."""
        if self.app.is_running:
            self.call_later(self._show, answers)
        else:
            self._answers.frame_painted()

    def _show(self, answers: ViewAnswers) -> None:
        try:
            with self.app.batch_update():
                self._draw(answers)
        finally:
            self.call_after_refresh(self._answers.frame_painted)

    def _draw(self, answers: ViewAnswers) -> None:
        if answers.selection.layer == self.selection.layer:
            self.clusters = answers.clusters
        self.warn_once(answers.contradictions)
        self.header.show_status(clean(answers.status))
        current = answers.selection == self.selection
        for pane in self.grid.panes:
            answer = answers.views.get(pane.view.name)
            if answer is None:
                continue
            if isinstance(answer, Exception):
                pane.show_failure(self.errors.sentence(answer))
            else:
                pane.show(answer, answers.provenance.get(pane.view.name))
            if not current:
                pane.expect()
        if current:
            self._late_timer.pause()

    async def on_workspace_tabs_chosen(self, message: WorkspaceTabs.Chosen) -> None:
        await self.action_run(f"workspace.{message.number}")

    def on_key_bar_workspaces_pressed(self) -> None:
        self.header.step_workspace(1)

    def _mark_late(self) -> None:
        for pane in self.grid.panes:
            pane.mark_late()

    # Runs that grow

    def _report_growth(self, grown: bool, failures: Sequence[Exception]) -> None:
        """On the worker's thread, after each poll."""
        settled, before = all(is_settled(explorer.run) for explorer in self._explorers), self._settled
        self._settled = settled
        training, known = self._observer.read(), self._training
        self._training = training
        if (grown or failures or not (settled and before) or training != known) and self.app.is_running:
            self.app.call_from_thread(self._follow, grown, failures)

    def _follow(self, grown: bool, failures: Sequence[Exception]) -> None:
        """Show new checkpoints: at the last epoch the selection moves to the new last one, elsewhere it stays."""
        self.header.show_state("training", training_texts(self._training))
        self.warn_once(chain.from_iterable(lasting_warnings(explorer.run) for explorer in self._explorers))
        self.warn_once(map(self.errors.sentence, failures))
        before, self._known_epochs = self._known_epochs, self.explorer.epochs
        if grown:
            selection = selection_after_growth(self.selection, before, self._known_epochs)
            self._direction, self.selection = 1, selection
            self.request_answers()

    # The session

    def save_session(self) -> None:
        """Save the position and layout for the next time the run is opened."""
        layout = Layout(self.grid.workspace.name, self.grid.focused_pane.view.name, self.grid.zoomed)
        saved_session.save_session(self.explorer, self.selection, layout, self.tour.position)
