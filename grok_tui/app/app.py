"""The explorer: the screen, its keys, and how it begins and ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.containers import Grid
from textual.driver import Driver
from textual.events import DescendantFocus
from textual.theme import Theme

from grok_tui.app.actions.ablate import KnockingOut
from grok_tui.app.actions.compare import Comparing
from grok_tui.app.actions.crosshair import Pointing
from grok_tui.app.actions.export import Leaving
from grok_tui.app.actions.follow import Following
from grok_tui.app.actions.play import Playing
from grok_tui.app.command_palette import Commands
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import KEYS, configured_keys
from grok_tui.terminal.compact_driver import compact_driver
from grok_tui.terminal.shutdown import ShutdownHandler

# At most this long the app waits for the engine when it ends.
_LAST_STEP_SECONDS = 2.0
# How often it looks whether its terminal is still there.
_TERMINAL_SECONDS = 1.0

# The actions of the keys, by id.
ACTIONS = {
    "epoch.next": "step_epoch(1)",
    "epoch.previous": "step_epoch(-1)",
    "epoch.next10": "step_epoch(10)",
    "epoch.previous10": "step_epoch(-10)",
    "epoch.first": "first_epoch",
    "epoch.last": "last_epoch",
    "epoch.goto": "goto_epoch",
    "epoch.play": "play",
    "play.faster": "play_speed(1)",
    "play.slower": "play_speed(-1)",
    "play.backwards": "play_backwards",
    "play.loop": "play_loop",
    "epoch.reference": "reference",
    "compare.pin": "pin",
    "compare.difference": "difference",
    "neuron.next": "step_neuron(1)",
    "neuron.previous": "step_neuron(-1)",
    "neuron.goto": "goto_neuron",
    "cluster.next": "step_cluster(1)",
    "cluster.previous": "step_cluster(-1)",
    "pair.goto": "goto_pair",
    "head.next": "step_head(1)",
    "head.previous": "step_head(-1)",
    "dimension.next": "step_dimension(1)",
    "dimension.previous": "step_dimension(-1)",
    "axis.x": "log_axis('x')",
    "axis.y": "log_axis('y')",
    "crosshair": "crosshair",
    "map.unwrap": "unwrap",
    "ablate.cluster": "ablate_cluster",
    "ablate.head": "ablate_head",
    "ablate.direct": "ablate_direct",
    "ablate.preset": "next_preset",
    "ablate.fill": "toggle_fill",
    "ablate.whole": "whole_model",
    "workspace.1": "workspace(0)",
    "workspace.2": "workspace(1)",
    "workspace.3": "workspace(2)",
    "workspace.4": "workspace(3)",
    "workspace.5": "workspace(4)",
    "workspace.6": "workspace(5)",
    "workspace.7": "workspace(6)",
    "workspace.8": "workspace(7)",
    "workspace.9": "workspace(8)",
    "pane.next": "app.focus_next",
    "pane.previous": "app.focus_previous",
    "pane.zoom": "zoom",
    "export.pane": "export",
    "export.screen": "export_screen",
    "export.copy": "copy",
    "palette": "command_palette",
    "help": "help",
    "quit": "quit",
}


class GrokApp(Pointing, KnockingOut, Playing, Comparing, Leaving, Following):
    """Opens a run in the background, then redraws all panes whenever the selection moves."""

    TITLE = "grok-tui"
    NOTIFICATION_TIMEOUT = 3
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(key.keys), ACTIONS[key.id], key.what, id=key.id, show=False) for key in KEYS
    ]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.theme = self.settings.theme
        self.set_class(self.palette().ascii, "ascii-only")
        self._departure = ShutdownHandler(lambda status: self.exit(return_code=status))
        own = self.settings.keys.items()
        self.set_keymap({name: ",".join(key_name(one.strip()) for one in keys.split(",")) for name, keys in own})

    def get_driver_class(self) -> type[Driver]:
        return compact_driver(super().get_driver_class())

    def compose(self) -> ComposeResult:
        yield StatusLine(self.palette)
        with Grid(id="panes"):
            yield from self.panes_of(self.workspace)
        yield KeyBar(configured_keys(self.settings.keys), self.palette())

    def on_mount(self) -> None:  # Textual calls that of every class
        self.query_one(StatusLine).say("grok-tui · opening the run")
        self.query_one("#neuron").focus()
        self.theme_changed_signal.subscribe(self, self._recolour)
        if not self.is_headless and threading.current_thread() is threading.main_thread():
            self._departure.install(asyncio.get_running_loop())
            self.set_interval(_TERMINAL_SECONDS, self._departure.check_terminal)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, ViewPane):
            self.screen_stack[0].query_one(KeyBar).show_for(event.widget.view.keys)

    def _recolour(self, _: Theme) -> None:
        for pane in self.panes:
            pane.redraw()

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="an action, a view, an epoch, a run, a word of the help"))

    def action_help_quit(self) -> None:
        """Ctrl+C, which in a terminal is so easily pressed."""
        self.notify(f"{self.key_of('quit')} quits.")

    def open_next(self, run: Path) -> None:
        """End, and say which run is to be opened next."""
        self.next_run = run
        self.exit()

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave, and leave word for next time."""
        self.keep_session()
        super().exit(result, return_code, message)

    async def on_unmount(self) -> None:
        """Stop the engine while it can still hand over its last answer."""
        if self._worker is not None:
            self._worker.stop()
            await asyncio.to_thread(self._worker.join, _LAST_STEP_SECONDS)
