"""Compare: pin an epoch, and show both sides or their difference."""

from __future__ import annotations

from grok_tui.app.actions.context import Handlers, RunContext
from grok_tui.session.comparison_target import counterpart_of


class CompareActions:
    """With a second run open there is always a comparison; a pin then fixes the epoch of that run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def handlers(self) -> Handlers:
        return {"compare.pin": self._toggle_pin, "compare.difference": self._toggle_difference}

    def _toggle_pin(self) -> None:
        run = self._run
        if run.selection.pinned_epoch is not None:
            run.change(pinned_epoch=None)
            run.notify("Unpinned.")
            return
        epoch = run.selection.epoch
        run.change(pinned_epoch=epoch)
        difference, pin = run.key_label("compare.difference"), run.key_label("compare.pin")
        run.notify(
            f"Pinned epoch {epoch:,}: go to another to compare; {difference} shows the difference, {pin} unpins."
        )

    def _toggle_difference(self) -> None:
        run = self._run
        if counterpart_of(run.explorer, run.selection, run.second) is None:
            run.notify(f"Nothing to compare with: {run.key_label('compare.pin')} pins this epoch.", severity="warning")
        else:
            run.change(difference=not run.selection.difference)
