"""Pointing at a value: the crosshair, and what is selected by it; the axes it reads."""

from __future__ import annotations

from grok_tui.app.actions.layout import Arranging
from grok_tui.app.actions.selection import Moving
from grok_tui.app.widgets.crosshair import Crosshair, EpochCursor
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import configured_keys

# Actions that end the crosshair, and do what they always do.
_LEFT_FOR = ("workspace.", "pane.", "export.", "palette", "help")


class Pointing(Moving, Arranging):
    """A pair is taken from any map over pairs; on charts over epochs the crosshair is the epoch cursor."""

    def action_crosshair(self) -> None:
        pane = self.focused_pane
        if pane is None or not pane.readable:
            self.notify("This pane has nothing to read off.", severity="warning")
        else:
            epochs = EpochCursor(lambda: self.selection.epoch if self.selection else None, self.action_step_epoch)
            left_for = [key for key in configured_keys(self.settings.keys) if key.id.startswith(_LEFT_FOR)]
            names = [key_name(one) for key in left_for for one in key.keys]
            self.push_screen(Crosshair(pane, epochs, self._take, names))

    def _take(self, x: int, y: int) -> None:
        self.go_to_pair(x, y)
        self.notify(f"The pair is {x}, {y} now; workspace {self.key_of('workspace.6')} shows it.")

    def action_log_axis(self, axis: str) -> None:
        """Charts over epochs with the other kind of axis than the focused one has."""
        pane = self.focused_pane
        if self.selection is None or pane is None:
            return
        own = axis == "y" and pane.view.log_y
        field = f"log_{axis}"
        told = getattr(self.selection, field)
        log = not (own if told is None else told)
        self.change(**{field: None if log == own else log})
        self.notify(f"{axis} axes over epochs are {'logarithmic' if log else 'linear'}.", timeout=2)
