"""Pointing at a value: the crosshair, and what is selected by it; the axes it reads."""

from __future__ import annotations

from grok_tui.actions.arranging import Arranging
from grok_tui.actions.moving import Moving
from grok_tui.render.probe import Reading
from grok_tui.widgets.crosshair import Crosshair


class Pointing(Moving, Arranging):
    """A pair is taken from any map over pairs, an epoch from any chart over epochs."""

    def action_crosshair(self) -> None:
        pane = self.focused_pane
        if pane is None or not pane.readable:
            self.notify("This pane has nothing to read off.", severity="warning")
        else:
            self.push_screen(Crosshair(pane, self._take))

    def _take(self, reading: Reading) -> None:
        if reading.pair is not None:
            self.go_to_pair(*reading.pair)
            self.notify(f"The pair is {reading.pair[0]}, {reading.pair[1]} now; workspace 6 shows it.")
        elif reading.epoch is not None:
            self.go_to_epoch(reading.epoch)

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
