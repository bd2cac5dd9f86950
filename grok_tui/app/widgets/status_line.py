"""The top line: workspace, run, epoch and what the numbers depend on."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import Static

from grok_tui.render.cell_text import from_cells, to_cells
from grok_tui.render.palette import Palette
from grok_tui.render.titles import fit_parts


class StatusLine(Static):
    """One line of parts, the most important first; a part that does not fit is dropped whole."""

    DEFAULT_CSS = "StatusLine { height: 1; background: $panel; color: $text; text-style: bold; }"

    def __init__(self, palette: Callable[[], Palette]) -> None:
        super().__init__(id="where", markup=False)
        self._palette = palette
        self._line = ""

    def show(self, line: str) -> None:
        self._line = line
        width = self.size.width - 1
        if len(to_cells(line)) > width:
            line = line.replace("key frequencies", "keys")
        # No new layout: it would take longer than drawing a pane.
        self.update(from_cells(self._palette().text(f" {fit_parts(line, width)}")), layout=False)

    def on_resize(self) -> None:
        self.show(self._line)
