"""Read values with the crosshair, and choose linear or logarithmic axes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from grok_tui.app.actions.context import Handlers, RunContext
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.target import Target
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import configured_keys

# Actions whose keys leave the crosshair and do what they always do.
_LEAVING_ACTIONS = ("workspace.", "pane.", "export.", "palette", "help")


class CrosshairActions:
    """Enter selects what is under the crosshair; on charts over epochs it is the epoch cursor."""

    def __init__(
        self,
        run: RunContext,
        step_epoch: Callable[[int], None],
        choose: Callable[[Target], None],
        pan: Callable[[ViewPane, int, int], bool],
    ) -> None:
        self._run = run
        self._step_epoch = step_epoch
        self._choose = choose
        self._pan = pan

    def handlers(self) -> Handlers:
        return {
            "crosshair": self._show,
            "axis.x": partial(self._toggle_log_axis, "x"),
            "axis.y": partial(self._toggle_log_axis, "y"),
        }

    def _show(self) -> None:
        from grok_tui.app.widgets.crosshair import Crosshair, CrosshairKeys, EpochCursor

        run, pane = self._run, self._run.grid.focused_pane
        if not pane.readable:
            waiting = pane.answer is None and pane.failure is None
            reason = "is still being computed" if waiting else "has no values to read"
            run.notify(f"This pane {reason}.", severity="warning")
            return
        cursor = EpochCursor(lambda: run.selection.epoch, self._step_epoch)
        keys = configured_keys(run.settings.keys)
        leaving = [key_name(name) for key in keys if key.id.startswith(_LEAVING_ACTIONS) for name in key.keys]
        counting = [key_name(name) for key in keys if key.id == "count" for name in key.keys]
        crosshair_keys = CrosshairKeys(leaving, counting, run.key_label("count"))
        run.app.push_screen(Crosshair(pane, cursor, self._select, partial(self._pan, pane), crosshair_keys))

    def _select(self, target: Target) -> None:
        self._choose(target)
        if target.pair is not None:
            self._run.notify(f"This is {target.text}; workspace {self._run.key_label('workspace.6')} shows it.")

    def _toggle_log_axis(self, axis: str) -> None:
        """Toggle the axis of all charts over epochs, from what the focused one has."""
        run, pane = self._run, self._run.grid.focused_pane
        default = axis == "y" and pane.view.log_y
        field = f"log_{axis}"
        current = getattr(run.selection, field)
        log = not (default if current is None else current)
        run.change(**{field: None if log == default else log})
        run.notify(f"{axis} axes over epochs are {'logarithmic' if log else 'linear'}.", timeout=2)
