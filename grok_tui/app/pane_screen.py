"""A screen of panes, of one run or of many: its keys, its footer, its warnings, and the end of its threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from inspect import isawaitable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.events import Key as KeyPressed
from textual.screen import Screen
from textual.theme import Theme

from engine.errors import GrokError
from grok_tui.app.actions.context import Handler, Handlers
from grok_tui.app.error_log import ErrorLog
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.pane_group import PaneGroup
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.cell_text import clean
from grok_tui.render.palette import Palette
from grok_tui.session.keymap import APP_ACTIONS, Key, key_label
from grok_tui.session.settings import Settings

# How long a screen waits for the last steps of its threads when it ends.
_LAST_STEP_SECONDS = 2.0

Group = TypeVar("Group", bound=PaneGroup)


class Controller(Protocol):
    """Handles actions of the key table."""

    def handlers(self) -> Handlers: ...


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
        self, grid: Group, settings: Settings, palette: Callable[[], Palette], errors: ErrorLog, exports: Path
    ) -> None:
        super().__init__()
        self.grid = grid
        self.settings = settings
        self.palette = palette
        self.errors = errors
        self.exports = exports
        self.handlers: dict[str, Handler] = {}
        self._shown_warnings: set[str] = set()
        self._seen_keys: set[str] = set()

    def add_controllers(self, controllers: Iterable[Controller]) -> None:
        """Have controllers handle their actions."""
        for controller in controllers:
            self.handlers.update(controller.handlers())

    async def action_run(self, action_id: str) -> None:
        """Run an action of the key table."""
        try:
            result = self.handlers[action_id]()
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

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, ViewPane):
            self.query_one(KeyBar).show_for(event.widget.view.keys)

    def on_view_pane_broken(self, message: ViewPane.Broken) -> None:
        self.errors.record(message.error)

    def _redraw_panes(self, _: Theme) -> None:
        for pane in self.grid.panes:
            pane.redraw()
