"""A screen of panes, of one run or of many: its keys, its footer, its warnings, and the end of its threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.events import Key as KeyPressed
from textual.screen import Screen
from textual.theme import Theme

from engine.errors import GrokError
from grok_tui.app.actions.context import Counted, Handler, Handlers
from grok_tui.app.error_log import ErrorLog
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.mouse_widget import PaneChosen, PaneDoubleClicked, PaneWheeled
from grok_tui.app.widgets.pane_group import PaneGroup
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.cell_text import clean
from grok_tui.render.palette import Palette
from grok_tui.render.target import Target
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import APP_ACTIONS, Key, key_label
from grok_tui.session.settings import Settings

# How long a screen waits for the last steps of its threads when it ends.
_LAST_STEP_SECONDS = 2.0

Group = TypeVar("Group", bound=PaneGroup)


class Controller(Protocol):
    """Handles actions of the key table."""

    def handlers(self) -> Handlers: ...


def _ignore(target: Target) -> None:
    """Selects nothing: until the screen has controllers."""


class Worker(Protocol):
    """A thread that a screen has started."""

    def stop(self) -> None: ...
    def join(self, timeout: float) -> None: ...


def action_bindings(keys: Sequence[Key]) -> list[BindingType]:
    """The bindings of a key table, except those of the app."""
    return [
        Binding(",".join(key.keys), f"run('{key.id}')", key.what, id=key.id, show=False)
        for key in keys
        if key.id not in APP_ACTIONS
    ]


class PaneScreen(Screen[None], Generic[Group]):
    """`grid` has the panes. `handlers` are the handlers of actions by their ids, those of `add_controllers`."""

    AUTO_FOCUS = ""

    def __init__(
        self,
        grid: Group,
        keys: Sequence[Key],
        settings: Settings,
        palette: Callable[[], Palette],
        errors: ErrorLog,
        exports: Path,
    ) -> None:
        """`keys` are those of the screen, as the user has configured them."""
        super().__init__()
        self.grid = grid
        self._keys = keys
        self.settings = settings
        self.palette = palette
        self.errors = errors
        self.exports = exports
        self.handlers: dict[str, Handler] = {}
        self._choose: Callable[[Target], None] = _ignore
        self._shown_warnings: set[str] = set()
        self._seen_keys: set[str] = set()

    def add_controllers(self, controllers: Iterable[Controller], choose: Callable[[Target], None]) -> None:
        """Have controllers handle their actions; `choose` selects what a clicked cell stands for."""
        self._choose = choose
        for controller in controllers:
            self.handlers.update(controller.handlers())

    async def action_run(self, action_id: str) -> None:
        """Run an action of the key table."""
        await self._run(self.handlers[action_id])

    async def press_counted(self, key: str, count: int | None) -> None:
        """Run the action of a key with a count; a key whose action takes none is pressed without it."""
        ids = (entry.id for entry in self._keys if key in map(key_name, entry.keys))
        handler = self.handlers.get(next(ids, ""))
        if isinstance(handler, Counted):
            await self._run(partial(handler.run, count))
        else:
            self.app.call_later(self.app.simulate_key, key)

    async def _run(self, handler: Handler) -> None:
        try:
            result = handler()
            if isawaitable(result):
                await result
        except GrokError as error:
            self.notify(clean(str(error)), severity="warning", markup=False)

    def key_label(self, action_id: str) -> str:
        """The first key of an action, as the user has configured it."""
        return key_label(action_id, self.settings.keys)

    def warn_once(self, warnings: Iterable[str]) -> None:
        """Notify of each warning that was not shown before."""
        for warning in warnings:
            if warning not in self._shown_warnings:
                self._shown_warnings.add(warning)
                self.notify(clean(warning), severity="warning", markup=False)

    async def end_workers(self, *workers: Worker) -> None:
        """Stop threads while they can still deliver."""
        for worker in workers:
            worker.stop()
        for worker in workers:
            await asyncio.to_thread(worker.join, _LAST_STEP_SECONDS)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._redraw_panes)

    def on_resize(self) -> None:
        for bar in self.query(KeyBar):
            bar.fit_screen()

    def _compositor_refresh(self) -> None:
        """Below a transparent screen, forget what that one was given to repaint.

        Textual would repaint the whole terminal again after each message to this screen.
        """
        super()._compositor_refresh()
        if self.app.screen is not self:
            self._repaint_required = False
            self._exchange_repaint_regions()

    def on_screen_suspend(self) -> None:
        """Another screen is above this one: unless it is transparent, it tints this one, and images cannot be."""
        tinted = self.app.screen.styles.background.a > 0
        for pane in self.grid.panes:
            pane.show_images(not tinted)

    def on_screen_resume(self) -> None:
        for pane in self.grid.panes:
            pane.show_images(True)

    def on_key(self, event: KeyPressed) -> None:
        """Answer a key without an action, each once."""
        if event.key in self._seen_keys:
            return
        self._seen_keys.add(event.key)
        if event.key not in self.active_bindings:
            name = event.character if event.is_printable and event.character else event.key
            self.notify(f"{name} does nothing here; {self.key_label('help')} lists the keys.", markup=False)

    def on_descendant_focus(self, _: DescendantFocus) -> None:
        # Events of two panes that are focused in a row may arrive in either order.
        if isinstance(self.focused, ViewPane):
            self.query_one(KeyBar).show_for(self.focused.view.keys)

    def on_view_pane_broken(self, message: ViewPane.Broken) -> None:
        self.errors.record(message.error)

    def on_pane_chosen(self, message: PaneChosen) -> None:
        self._choose(message.target)

    async def on_pane_double_clicked(self, message: PaneDoubleClicked) -> None:
        """Open the run of a row, else zoom."""
        opens = message.target is not None and message.target.run is not None
        await self.action_run("runs.open" if opens else "pane.zoom")

    async def on_pane_wheeled(self, message: PaneWheeled) -> None:
        for action_id in message.action_ids:
            if action_id in self.handlers:
                await self.action_run(action_id)
                return

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        self.app.call_later(self.app.simulate_key, message.key)  # a key that the screen sends does not reach it

    def _redraw_panes(self, _: Theme) -> None:
        for pane in self.grid.panes:
            pane.redraw()
