"""The heart of the app: one selection, one engine thread, and panes that follow in one frame."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.timer import Timer

from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.app.worker import LatestWinsWorker
from grok_tui.queries.prefetch import prefetch
from grok_tui.queries.view_answers import ViewAnswers, answer_views
from grok_tui.render.cells import clean
from grok_tui.render.palette import Palette
from grok_tui.session.keymap import key_label
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import WORKSPACES, Workspace
from grok_tui.terminal.display import display_palette
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.session.selection import Selection

# Panes that stay behind the selection for longer say so; sooner it would only blink.
_LATE_SECONDS = 0.3
# So long at most the engine waits for a picture to be drawn: a screen that was taken away never tells.
_DRAWING_SECONDS = 0.3
# So many errors are kept for the log.
_ERRORS_KEPT = 50


class Instrument(App[None]):
    """Whenever the selection moves, the engine's thread asks every view on show and all panes are drawn together.

    `failure` holds the error that kept the run from being opened, `next_run` a run to be opened after this one;
    the app has then ended by itself. `notice` is told once the run is open. `errors` are the tracebacks of what
    failed unexpectedly, oldest first.
    """

    def __init__(
        self,
        opening: Callable[[], OpenRun],
        exports: Path | None = None,
        settings: Settings | None = None,
        notice: str = "",
    ) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.failure: Exception | None = None
        self.next_run: Path | None = None
        self.errors: deque[str] = deque(maxlen=_ERRORS_KEPT)
        self.explorer: Explorer | None = None
        self.second: Explorer | None = None  # a run to compare with
        self.selection: Selection | None = None
        self.workspace: Workspace = WORKSPACES[0]
        self.clusters: Sequence[Cluster] = ()
        self._opening = opening
        self._notice = notice
        self._exports = exports or Path.cwd()
        self._worker: LatestWinsWorker | None = None
        self._told: set[str] = set()
        self._drawn = Event()  # whether what was handed over last is on the screen
        self._drawn.set()
        self._direction = 1
        self._late: Timer | None = None

    def on_mount(self) -> None:
        self._late = self.set_interval(_LATE_SECONDS, self._mark_late, pause=True)
        # After the first paint: importing torch holds the interpreter for a second or more.
        self.call_after_refresh(self.run_worker, self._open, thread=True, exit_on_error=False)

    def _open(self) -> None:
        try:
            opened = self.opened()
        except Exception as error:  # whatever it is, the person is told outside the alternate screen
            self.failure = error
            self.call_from_thread(self.exit)
            return
        if opened is not None:
            self.call_from_thread(self.run_worker, self.begin(opened))

    def opened(self) -> OpenRun | None:
        """The run, opened, on a thread of its own; None if the app ended before."""
        return self._opening()

    async def begin(self, opened: OpenRun) -> None:
        """Show a run that is open."""
        self.explorer, self.second, self._worker = opened.explorer, opened.second, LatestWinsWorker()
        self.tell_warnings()
        if self._notice:
            self.notify(self._notice, severity="error", markup=False)
        await self.arrange(opened.layout)
        self.move(opened.selection)

    def tell_warnings(self) -> None:
        """What of the run was skipped, each once; what may only be half written is not worth a word yet."""
        from engine import lasting_warnings

        runs = [explorer.run for explorer in (self.explorer, self.second) if explorer]
        self.tell(chain.from_iterable(map(lasting_warnings, runs)))

    def tell(self, warnings: Iterable[str]) -> None:
        """Tell each of these once."""
        for warning in warnings:
            if warning not in self._told:
                self._told.add(warning)
                self.notify(clean(warning), severity="warning", markup=False)

    async def arrange(self, layout: Layout) -> None:
        """Take up a layout; what it means is said where panes are arranged."""
        raise NotImplementedError

    def palette(self) -> Palette:
        """The colours and glyphs of the figures, as the settings and the theme have it now."""
        found = None if self.is_headless else self.console.color_system  # without a terminal nothing is amiss
        return display_palette(self.settings, self.current_theme.dark, found)

    @property
    def panes(self) -> list[ViewPane]:
        """The panes of the workspace on show, whatever lies above them."""
        return list(self.screen_stack[0].query(ViewPane))

    def move(self, selection: Selection) -> None:
        """Point somewhere else: every pane follows when the engine has the answers, all in one frame."""
        if self._worker is None or self.explorer is None or selection == self.selection:
            return
        if self.selection is not None:
            before, after = self.selection.epoch, selection.epoch
            self._direction = -1 if after < before else 1
        self.selection = selection
        self.ask()

    def change(self, **fields: Any) -> None:
        """Point somewhere else in some respects."""
        if self.selection:
            self.move(replace(self.selection, **fields))

    def ask(self) -> None:
        """Have every pane follow the selection."""
        selection, names = self.selection, self.workspace.views
        if self._worker is None or self.explorer is None or selection is None:
            return
        for pane in self.panes:
            pane.expect()
        if self._late is not None:
            self._late.reset()
            self._late.resume()
        growing = [name for name in names if VIEWS[name].grows]
        show_curves = partial(self._answer, selection, growing) if growing else None
        ahead = prefetch(self.explorer, self.second, selection, self._direction, names, show_curves)
        self._worker.submit(partial(self._answer, selection, names), ahead)

    def _answer(self, selection: Selection, names: Sequence[str]) -> None:
        """On the engine's thread: ask every view, then hand all answers over at once.

        The engine goes on while they are drawn, but hands nothing over before that is done: no frame waits in a queue.
        """
        assert self.explorer is not None
        answers = answer_views(self.explorer, selection, names, self.second)
        self._drawn.wait(_DRAWING_SECONDS)
        if self.is_running:
            self._drawn.clear()
            self.call_later(self._show, answers)

    def _show(self, answers: ViewAnswers) -> None:
        try:
            self._draw(answers)
        finally:
            self.call_after_refresh(self._drawn.set)

    def _draw(self, answers: ViewAnswers) -> None:
        self.clusters = answers.clusters
        with self.batch_update():
            self.show_status(answers.where)
            for pane in self.panes:
                answer = answers.views.get(pane.view.name)
                if answer is None:
                    continue
                if isinstance(answer, Exception):
                    pane.show_failure(self.sentence_of(answer))
                else:
                    pane.show(answer, answers.provenance.get(pane.view.name))
                if answers.selection != self.selection:
                    pane.expect()
            if answers.selection == self.selection and self._late is not None:
                self._late.pause()

    def key_of(self, action: str) -> str:
        """The key that an action, by its id in the table of keys, has: the person's own where that is set."""
        return key_label(action, self.settings.keys)

    def show_status(self, where: str) -> None:
        """The line on top: the workspace, and where in the run it stands."""
        self.screen_stack[0].query_one(StatusLine).say(f"{self.workspace.name} · {clean(where)}")

    def sentence_of(self, error: Exception) -> str:
        """What to say of an error; one that nobody foresaw goes to the log as well."""
        from engine import GrokError

        if isinstance(error, GrokError):
            return clean(str(error))
        self.errors.append("".join(traceback.format_exception(error)))
        return f"This could not be computed: {clean(str(error)) or type(error).__name__}. The palette's log has more."

    def on_view_pane_broken(self, message: ViewPane.Broken) -> None:
        self.errors.append("".join(traceback.format_exception(message.error)))

    def _mark_late(self) -> None:
        for pane in self.panes:
            pane.mark_late()
