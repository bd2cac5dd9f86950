"""Which tokens the maps show: all, or as many as fit, in natural order."""

from __future__ import annotations

from grok_tui.app.actions.context import Handlers, RunContext
from grok_tui.app.widgets.view_pane import ViewPane

_KEY = "map.window"  # among the keys of each view with such a map


class TokenWindowActions:
    """The key goes from window to window; the crosshair moves the window by tokens."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def handlers(self) -> Handlers:
        return {_KEY: self._next}

    def _next(self) -> None:
        run, grid = self._run, self._run.grid
        panes = [pane for pane in (grid.focused_pane, *grid.available) if _KEY in pane.view.keys and pane.readable]
        if not panes:
            run.notify("No pane of this workspace has a map over tokens.", severity="warning")
            return
        pane, window = panes[0], run.selection.window
        if window is None:
            if min(pane.pixels) >= self._count:
                run.notify(f"All {self._count} tokens have a column of their own here.")
            else:
                run.change(
                    window=(0, 0), order="natural" if run.selection.order == "unwrapped" else run.selection.order
                )
            return
        x, y = (min(first, last) for first, last in zip(window, self._last(pane), strict=True))
        if (x, y) == self._last(pane):
            run.change(window=None)
        else:
            columns, rows = pane.pixels
            run.change(window=self._clipped(pane, x + columns, y + rows))

    def pan(self, pane: ViewPane, right: int, down: int) -> bool:
        """Move the window of a pane by tokens; whether it moved."""
        window = self._run.selection.window
        if window is None or _KEY not in pane.view.keys or self._run.selection.order == "unwrapped":
            return False
        before = self._clipped(pane, *window)
        after = self._clipped(pane, before[0] + right, before[1] + down)
        self._run.change(window=after)
        return after != before

    @property
    def _count(self) -> int:
        return len(self._run.explorer.order.tokens)

    def _last(self, pane: ViewPane) -> tuple[int, int]:
        """The first x and y of the last window."""
        columns, rows = pane.pixels
        return max(self._count - columns, 0), max(self._count - rows, 0)

    def _clipped(self, pane: ViewPane, x: int, y: int) -> tuple[int, int]:
        last_x, last_y = self._last(pane)
        return min(max(x, 0), last_x), min(max(y, 0), last_y)
