"""Comparing: an epoch to hold all others against, and whether both are shown or their difference."""

from __future__ import annotations

from grok_tui.app.explorer_app import Instrument
from grok_tui.session.comparison_target import counterpart_of


class Comparing(Instrument):
    """With a second run open there is always something to compare with; a pin then holds that run's epoch."""

    def action_pin(self) -> None:
        if self.selection is None:
            return
        if self.selection.pinned_epoch is not None:
            self.change(pinned_epoch=None)
            self.notify("Unpinned.")
        else:
            epoch = self.selection.epoch
            self.change(pinned_epoch=epoch)
            difference, pin = self.key_of("compare.difference"), self.key_of("compare.pin")
            self.notify(
                f"Pinned epoch {epoch:,}: go to another to compare; {difference} shows the difference, {pin} unpins."
            )

    def action_difference(self) -> None:
        if self.explorer is None or self.selection is None:
            return
        if counterpart_of(self.explorer, self.selection, self.second) is None:
            self.notify(f"Nothing to compare with: {self.key_of('compare.pin')} pins this epoch.", severity="warning")
        else:
            self.change(difference=not self.selection.difference)
