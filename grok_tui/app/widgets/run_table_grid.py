"""The table of runs above one or two figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message

from grok_tui import run_views
from grok_tui.app.widgets.pane_group import PaneGroup
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.palette import Palette
from grok_tui.run_views.run_table import VIEW as TABLE
from grok_tui.run_views.table_height import table_lines

# From this width on there are two figures.
_WIDE_COLUMNS = 140


class RunTableGrid(PaneGroup):
    """The pane of the table and those of the figures; exactly one pane has the focus."""

    class Rearranged(Message):
        """There is room for more figures, or for fewer."""

    def __init__(self, figures: Sequence[str], palette: Callable[[], Palette]) -> None:
        super().__init__(id="runs-panes", title="runs")
        self._palette = palette
        self.table = ViewPane(TABLE, palette, id="runs")
        # Until their views are imported, the panes have their names alone.
        self.figures = [
            ViewPane(replace(TABLE, name=name), palette, id=f"figure-{n}") for n, name in enumerate(figures)
        ]
        self._loaded = False
        self._n_runs = 0

    def compose(self) -> ComposeResult:
        yield self.table
        yield from self.figures

    @property
    def available(self) -> list[ViewPane]:
        return [self.table, *(self.figures if self.has_class("wide") else self.figures[:1])]

    @property
    def figure_names(self) -> tuple[str, ...]:
        return tuple(pane.view.name for pane in self.figures)

    def load_figures(self) -> None:
        """Give the panes of the figures their views, which are imported for this: the first rows do not wait for it."""
        if not self._loaded:
            self._loaded = True
            for pane in self.figures:
                pane.change_view(run_views.RUN_VIEWS[pane.view.name])

    def show_figure(self, name: str) -> None:
        """Show a figure in the focused pane, or in the first one if the table has the focus; the other one is kept."""
        self.load_figures()
        focused = self.focused_pane
        place = focused if focused in self.figures else self.figures[0]
        if place.view.name == name:
            return
        for other in self.figures:
            if other is not place and other.view.name == name:
                other.change_view(place.view)
        place.change_view(run_views.RUN_VIEWS[name])

    def make_room(self, n_runs: int) -> None:
        """Give the table the lines that its rows need."""
        self._n_runs = n_runs
        height = self.size.height
        if not self.zoomed and height:
            self.styles.grid_rows = f"{table_lines(n_runs, height)} 1fr"

    def toggle_zoom(self) -> None:
        super().toggle_zoom()
        self.styles.grid_rows = "1fr"
        self.make_room(self._n_runs)

    def on_resize(self, event: Resize) -> None:
        was_wide = self.has_class("wide")
        self.set_class(self.app.size.width >= _WIDE_COLUMNS, "wide")
        if self.has_class("wide") != was_wide:
            self.post_message(self.Rearranged())
        if not self.zoomed:
            available = self.available
            for pane in self.panes:
                pane.display = pane in available
        self.make_room(self._n_runs)
