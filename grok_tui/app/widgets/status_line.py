"""The top line: workspace, run, epoch and what the numbers depend on; at its right end what goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich.text import Text
from textual.widgets import Static

from grok_tui.render.cell_text import from_cells, to_cells
from grok_tui.render.fit_states import fit_states
from grok_tui.render.palette import Palette
from grok_tui.render.titles import fit_parts

_GAP, _MARGIN = 3, 1  # blanks before and after the states
# If the epoch leaves fewer cells, the states take half of the line instead.
_LEAST = 20
# Which checkpoint it is; dropped where the epochs have no room beside it.
_COUNT = re.compile(r" \([\d,]+ of [\d,]+\)")


class StatusLine(Static):
    """One line of parts, the most important first; a part that does not fit is dropped whole."""

    DEFAULT_CSS = "StatusLine { height: 1; background: $panel; color: $text; text-style: bold; }"

    def __init__(self, palette: Callable[[], Palette]) -> None:
        super().__init__(id="where", markup=False)
        self._palette = palette
        self._line = ""
        self._states: Sequence[Sequence[str]] = ()

    def show(self, line: str, states: Sequence[Sequence[str]] = ()) -> None:
        """Show a line, and states at its right end, each with its texts from the longest to the shortest."""
        self._line, self._states = line, states
        palette, width = self._palette(), max(self.size.width - 1, 0)
        right = palette.text(fit_states(states, _room_for_states(to_cells(line), width)))
        room = width - (_GAP + len(right) + _MARGIN if right else 0)
        if len(to_cells(line)) > room:
            line = line.replace("key frequencies", "keys")
        if len(to_cells(_up_to_epoch(line))) > room:
            line = _COUNT.sub("", line, count=1)
        left = palette.text(fit_parts(line, room))
        shown = Text(f" {from_cells(left)}", no_wrap=True)
        if right:
            shown.append(" " * (width - len(left) - len(right) - _MARGIN))
            shown.append(right, style=palette.accent if palette.colour else "reverse")
        # No new layout: it would take longer than drawing a pane.
        self.update(shown, layout=False)

    def on_resize(self) -> None:
        self.show(self._line, self._states)


def _room_for_states(line: str, width: int) -> int:
    """The cells that the states may take: those that the line leaves up to its epoch, or half of them."""
    left = width - len(_up_to_epoch(line)) - _GAP - _MARGIN
    return left if left >= _LEAST else width // 2


def _up_to_epoch(line: str) -> str:
    """The parts of a line up to the one with the epoch."""
    before, found, after = line.partition(" · epoch ")
    return before + found + after.partition(" · ")[0]
