"""The explorer: one selection, a few panes, one engine thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static

from grok_tui.asking import Answers, ask
from grok_tui.keys import KEYS
from grok_tui.render.cells import clean
from grok_tui.selection import nearest_epoch, step_cluster, step_epoch, step_in_cluster
from grok_tui.session import Opened
from grok_tui.views import VIEWS
from grok_tui.widgets.help_screen import HelpScreen
from grok_tui.widgets.key_bar import KeyBar
from grok_tui.widgets.number_prompt import NumberPrompt
from grok_tui.widgets.view_pane import ViewPane
from grok_tui.workspaces import WORKSPACES, Workspace

if TYPE_CHECKING:
    from engine import Explorer, LatestWins
    from engine.neurons import Cluster
    from grok_tui.selection import Selection

_PLAY_SECONDS = 0.25
# Unless its curves are on show, measuring the run waits until no key was pressed for so long: it would be in the way.
_QUIET_SECONDS = 1.0
# Curves over epochs are drawn anew this often while their measures are being computed.
_GROW_SECONDS = 0.5
# At most this long the app waits for the engine when it ends.
_LAST_STEP_SECONDS = 2.0
# Panes that stay behind the selection for longer say so; sooner it would only blink.
_LATE_SECONDS = 0.3


class GrokApp(App[None]):
    """Opens a run in the background, then redraws all panes whenever the selection moves.

    `failure` holds the error that kept the run from being opened; the app has then ended by itself.
    """

    TITLE = "grok-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(key.keys), key.action, key.what, id=key.id, show=False) for key in KEYS
    ]

    def __init__(self, opening: Callable[[], Opened], exports: Path | None = None) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self._opening = opening
        self._exports = exports or Path.cwd()
        self._explorer: Explorer | None = None
        self._worker: LatestWins | None = None
        self.selection: Selection | None = None
        self._playing: Timer | None = None
        self._direction = 1
        self._workspace: Workspace = WORKSPACES[0]
        self._clusters: Sequence[Cluster] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="where", markup=False)
        with Grid(id="panes"):
            yield from _panes(self._workspace)
        yield KeyBar(KEYS)

    def on_mount(self) -> None:
        self.query_one("#where", Static).update(" grok-tui · opening the run")
        self.query_one("#neuron").focus()
        self._late = self.set_interval(_LATE_SECONDS, self._mark_late, pause=True)
        # After the first paint: importing torch holds the interpreter for a second or more.
        self.call_after_refresh(self.run_worker, self._open, thread=True, exit_on_error=False)

    def _open(self) -> None:
        try:
            opened = self._opening()
        except Exception as error:  # whatever it is, the person is told outside the alternate screen
            self.failure = error
            self.call_from_thread(self.exit)
            return
        self.call_from_thread(self._start, opened)

    def _start(self, opened: Opened) -> None:
        from engine import LatestWins

        self._explorer, self._worker = opened.explorer, LatestWins()
        for warning in opened.explorer.run.warnings:
            self.notify(clean(warning), severity="warning", markup=False)
        self.move(opened.selection)

    def move(self, selection: Selection) -> None:
        """Point somewhere else: every pane follows when the engine has the answers, all in one frame."""
        if self._worker is None or self._explorer is None or selection == self.selection:
            return
        if self.selection is not None:
            before, after = self.selection.epoch, selection.epoch
            self._direction = -1 if after < before else 1
        self.selection = selection
        self._ask()

    def _ask(self) -> None:
        """Have every pane follow the selection."""
        selection, names = self.selection, self._workspace.views
        if self._worker is None or selection is None:
            return
        for pane in self.query(ViewPane):
            pane.expect()
        self._late.reset()
        self._late.resume()
        self._worker.submit(lambda: self._answer(selection, names), self._when_idle(selection, names))

    def _answer(self, selection: Selection, names: Sequence[str]) -> None:
        """On the engine's thread: ask every view, then hand all answers over at once."""
        assert self._explorer is not None
        answers = ask(self._explorer, selection, names)
        if self.is_running:
            self.call_from_thread(self._show, answers)

    def _show(self, answers: Answers) -> None:
        self._clusters = answers.clusters
        with self.batch_update():
            self.query_one("#where", Static).update(f" {self._workspace.name} · {clean(answers.where)}")
            for pane in self.query(ViewPane):
                answer = answers.views.get(pane.view.name)
                if answer is None:
                    continue
                if isinstance(answer, Exception):
                    pane.show_failure(clean(str(answer)))
                else:
                    pane.show(answer)
                if answers.selection != self.selection:
                    pane.expect()
            if answers.selection == self.selection:
                self._late.pause()

    def _mark_late(self) -> None:
        for pane in self.query(ViewPane):
            pane.mark_late()

    def _when_idle(self, selection: Selection, names: Sequence[str]) -> Iterator[None]:
        """The epochs that are likely next, nearest first; then the measures of the whole run, shown as they come."""
        explorer, direction, asked = self._explorer, self._direction, perf_counter()
        assert explorer is not None
        for by in (direction, 2 * direction, -direction, 10 * direction):
            with suppress(Exception):  # a damaged neighbour is told when it is gone to
                explorer.summary(step_epoch(explorer.epochs, selection.epoch, by))
            yield
        growing = [name for name in names if VIEWS[name].over_epochs]
        while not growing and perf_counter() - asked < _QUIET_SECONDS:
            sleep(0.01)
            yield
        shown, waiting = perf_counter(), False
        for _ in explorer.history(selection.reference_epoch).steps():
            waiting = True
            if growing and perf_counter() - shown > _GROW_SECONDS:
                self._answer(selection, growing)
                shown, waiting = perf_counter(), False
            yield
        if growing and waiting:
            self._answer(selection, growing)

    # what the key table names

    def action_step_epoch(self, by: int) -> None:
        if self.selection and self._explorer:
            self._to_epoch(step_epoch(self._explorer.epochs, self.selection.epoch, by))

    def action_first_epoch(self) -> None:
        if self._explorer:
            self._to_epoch(self._explorer.epochs[0])

    def action_last_epoch(self) -> None:
        if self._explorer:
            self._to_epoch(self._explorer.epochs[-1])

    def action_goto_epoch(self) -> None:
        if explorer := self._explorer:
            epochs = explorer.epochs
            question = f"epoch, {epochs[0]:,} to {epochs[-1]:,} (the nearest checkpoint is taken)"
            self.push_screen(NumberPrompt(question), self._arrive)

    def _arrive(self, answer: tuple[int, ...] | None) -> None:
        if answer is not None and self._explorer:
            (wanted,) = answer
            epoch = nearest_epoch(self._explorer.epochs, wanted)
            if epoch != wanted:
                self.notify(f"No checkpoint at epoch {wanted:,}; this is {epoch:,}.")
            self._to_epoch(epoch)

    def action_goto_neuron(self) -> None:
        if self._explorer:
            self.push_screen(NumberPrompt(f"neuron, 0 to {self._explorer.run.config.d_mlp - 1}"), self._to_neuron)

    def _to_neuron(self, answer: tuple[int, ...] | None) -> None:
        if answer is not None and self._explorer:
            self._change_checked("neurons", self._explorer.run.config.d_mlp, neuron=answer[0])

    def action_goto_pair(self) -> None:
        if self._explorer:
            largest = self._explorer.run.config.p - 1
            self.push_screen(NumberPrompt(f"x y, each 0 to {largest}, with a space between", 2), self._to_pair)

    def _to_pair(self, answer: tuple[int, ...] | None) -> None:
        if answer is not None and self._explorer:
            self._change_checked("numbers", self._explorer.run.config.p, x=answer[0], y=answer[1])

    def _change_checked(self, what: str, count: int, **fields: int) -> None:
        """Change the selection to numbers that a person typed, if there are such."""
        from engine import GrokError

        assert self._explorer is not None
        try:
            for number in fields.values():
                self._explorer.check(what, number, count)
        except GrokError as error:
            self.notify(clean(str(error)), severity="warning", markup=False)
        else:
            self._change(**fields)

    def action_step_neuron(self, by: int) -> None:
        if self.selection and self._clusters:
            self._change(neuron=step_in_cluster(self._clusters, self.selection.neuron, by))

    def action_step_cluster(self, by: int) -> None:
        if self.selection and self._clusters:
            self._change(neuron=step_cluster(self._clusters, self.selection.neuron, by))

    def action_step_head(self, by: int) -> None:
        if self.selection and self._explorer:
            self._change(head=(self.selection.head + by) % self._explorer.run.config.n_heads)

    def action_step_dimension(self, by: int) -> None:
        if self.selection and self._explorer:
            self._change(dimension=(self.selection.dimension + by) % self._explorer.run.config.d_model)

    async def action_workspace(self, index: int) -> None:
        if index >= len(WORKSPACES) or WORKSPACES[index] is self._workspace:
            return
        self._workspace = WORKSPACES[index]
        self.remove_class("zoomed")
        grid = self.query_one("#panes", Grid)
        async with grid.batch():
            await grid.remove_children()
            await grid.mount_all(_panes(self._workspace))
        next(iter(self.query(ViewPane))).focus()
        self._ask()

    def action_reference(self) -> None:
        if self.selection:
            self._change(reference_epoch=self.selection.epoch)
            self.notify(f"Key frequencies are now those of epoch {self.selection.epoch:,}.")

    def action_unwrap(self) -> None:
        if self.selection:
            self._change(order="natural" if self.selection.order == "unwrapped" else "unwrapped")

    @property
    def playing(self) -> bool:
        return self._playing is not None

    def action_play(self) -> None:
        if self._playing is not None:
            self._stop_playing()
        elif self._explorer and self.selection:
            if self.selection.epoch == self._explorer.epochs[-1]:
                self.action_first_epoch()
            self._playing = self.set_interval(_PLAY_SECONDS, self._play_on)

    def _play_on(self) -> None:
        if self._explorer and self.selection and self.selection.epoch == self._explorer.epochs[-1]:
            self._stop_playing()
        else:
            self.action_step_epoch(1)

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None

    def action_zoom(self) -> None:
        if isinstance(self.focused, ViewPane):
            zoomed = self.focused
            alone = self.has_class("zoomed")
            self.set_class(not alone, "zoomed")
            for pane in self.query(ViewPane):
                pane.display = alone or pane is zoomed

    def action_export(self) -> None:
        pane = self.focused
        if self._explorer is None or self.selection is None or not isinstance(pane, ViewPane):
            return
        if pane.answer is None or not pane.up_to_date:
            self.notify("This pane has nothing finished to export yet.", severity="warning")
            return
        from grok_tui.showing import render_answer

        width, height = pane.size
        self._export(
            pane.view.name,
            "txt",
            render_answer(pane.view, pane.answer, self._explorer, self.selection, width, height - 1, "text"),
        )

    def action_export_screen(self) -> None:
        self._export(self._workspace.name, "svg", self.export_screenshot(title="grok-tui"))

    def _export(self, what: str, suffix: str, content: str) -> None:
        """Write a new file into the folder the app was started in, and say where."""
        from grok_tui.export import write_new

        if self._explorer is None or self.selection is None:
            return
        name = f"{self._explorer.run.name}-{what}-epoch-{self.selection.epoch:06d}.{suffix}"
        try:
            written = write_new(self._exports / clean(name), content)
        except OSError as error:
            self.notify(f"Not written: {error.strerror}.", severity="error")
        else:
            self.notify(f"Wrote {clean(str(written))}", markup=False)

    def action_help(self) -> None:
        pane = self.focused if isinstance(self.focused, ViewPane) else next(iter(self.query(ViewPane)))
        self.push_screen(HelpScreen(pane.view, KEYS))

    def _to_epoch(self, epoch: int) -> None:
        self._change(epoch=epoch)

    def _change(self, **fields: Any) -> None:
        from dataclasses import replace

        if self.selection:
            self.move(replace(self.selection, **fields))

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width < 76, "narrow")

    async def on_unmount(self) -> None:
        """Stop the engine while it can still hand over its last answer."""
        if self._worker is not None:
            self._worker.stop()
            await asyncio.to_thread(self._worker.join, _LAST_STEP_SECONDS)


def _panes(workspace: Workspace) -> list[ViewPane]:
    return [ViewPane(VIEWS[name], id=name) for name in workspace.views]
