"""A pane: the latest answer of one view, drawn at the pane's size under its title."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from grok_tui.app.widgets.mouse_widget import MouseWidget
from grok_tui.app.widgets.strips import LineStrips, changed_regions
from grok_tui.export.pane import PaneContent
from grok_tui.render.cell_text import clean
from grok_tui.render.cells import Drawing
from grok_tui.render.crosshair_lines import draw_crosshair
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Cell, Readout, ReadoutArea, area_at, crosshair_readout, nearest_cell, next_area
from grok_tui.terminal.terminal_images import TerminalImages
from grok_tui.views.view import Figure

CrosshairMoved = Callable[[], None]


def _no_epoch() -> None:
    return None


class ViewPane(MouseWidget, can_focus=True):
    """Shows one view. The previous answer stays, under its own title, while a new one is computed."""

    class Broken(Message):
        """An answer could not be drawn."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        view: Figure[Any],
        palette: Callable[[], Palette],
        images: TerminalImages | None = None,
        zoom_hint: Callable[[], str] = str,
        **options: Any,
    ) -> None:
        """`zoom_hint` is shown in the title where two answers have few lines."""
        super().__init__(**options)
        self._zoom_hint = zoom_hint
        self._images: PaneImages | None = None
        if images is not None:
            from grok_tui.app.widgets.pane_images import PaneImages

            self._images = PaneImages(images)
        self._images_shown = True
        self.content = PaneContent(view)
        self.crosshair: Cell | None = None
        self.readout: Readout | None = None  # the value under the crosshair
        self._crosshair_moved: CrosshairMoved | None = None
        self._epoch: Callable[[], int | None] = _no_epoch  # of the crosshair on charts over epochs
        self._palette = palette
        self.up_to_date = False
        self._late = False
        self._drawing = Drawing.of_lines([])
        self._base = RichStyle.null()
        self._strips = LineStrips()

    @property
    def view(self) -> Figure[Any]:
        return self.content.view

    @property
    def title(self) -> str:
        return self.content.title

    @property
    def answer(self) -> Any:
        """The latest answer; None before the first, and after a failure."""
        return self.content.answer

    @property
    def failure(self) -> str | None:
        return self.content.failure

    def show(self, answer: Any, provenance: Mapping[str, Any] | None = None) -> None:
        """Draw a new answer."""
        self._show_content(PaneContent(self.view, answer, None, provenance))

    def show_failure(self, sentence: str) -> None:
        """Show why the view has no answer."""
        self._show_content(PaneContent(self.view, failure=sentence))

    def change_view(self, view: Figure[Any]) -> None:
        """Show another view, which has no answer yet."""
        self._show_content(PaneContent(view))
        self.up_to_date = False

    def expect(self) -> None:
        """Mark the answer as stale: a new one has been requested."""
        self.up_to_date = False

    def mark_late(self) -> None:
        """Show that a stale answer is being recomputed."""
        if not self.up_to_date:
            self._late = True
            self._redraw()

    def show_crosshair(self, cell: Cell, epoch: Callable[[], int | None], moved: CrosshairMoved) -> None:
        """Show a crosshair on a cell; `moved` is called whenever its place or its readout changes.

        On charts over epochs it is in the column of `epoch`.
        """
        self._epoch, self._crosshair_moved = epoch, moved
        self.move_crosshair(cell)

    def move_crosshair(self, cell: Cell) -> None:
        """Move the crosshair to a cell, clipped to the pane."""
        width, height = self.size
        self.crosshair = min(max(cell[0], 0), width - 1), min(max(cell[1], 1), height - 1)
        self._redraw()

    def hide_crosshair(self) -> None:
        self.crosshair, self._crosshair_moved = None, None
        self._redraw()

    @property
    def middle(self) -> tuple[int, int]:
        """The centre of the first readable area."""
        area = self._drawing.areas[0]
        return area.left + area.width // 2, area.top + area.height // 2

    @property
    def crosshair_area(self) -> ReadoutArea | None:
        """The readable area under the crosshair."""
        return self.crosshair and area_at(self._drawing.areas, *self.crosshair)

    @property
    def pixels(self) -> tuple[int, int]:
        """Columns and rows of pixels of the map in the first readable area."""
        area = self._drawing.areas[0]
        return area.width, area.height * self._palette().rows_per_cell

    def glyphs(self, text: str) -> str:
        """The text in the glyphs of the palette (ASCII where configured)."""
        return self._palette().text(text)

    @property
    def readable(self) -> bool:
        """Whether the crosshair can read values here."""
        return bool(self._drawing.areas)

    @property
    def on_epochs(self) -> bool:
        """Whether the crosshair is the epoch cursor: on a chart over epochs that contains the selected epoch."""
        area, epoch = self.crosshair and area_at(self._drawing.areas, *self.crosshair), self._epoch()
        if not self.crosshair or not area or not area.read_epoch or epoch is None:
            return False
        return area.read_epoch(epoch, self.crosshair[1] - area.top) is not None

    def cell_in_next_area(self, right: int, down: int = 0) -> Cell | None:
        """The cell where the crosshair enters the next readable area in a direction."""
        return self.crosshair and next_area(self._drawing.areas, *self.crosshair, right, down)

    def nearest_cell(self, column: int, row: int, *, same_area: bool = False) -> Cell:
        """The nearest cell that can be read, or that is in the area of the crosshair."""
        area = self.crosshair_area if same_area else None
        return nearest_cell(self._drawing.areas if area is None else [area], column, row) or (column, row)

    def redraw(self) -> None:
        """Redraw, with the current colours."""
        # Looking up the widget's own style takes a fifth of the drawing time.
        self._base = self.rich_style if self._palette().colour else RichStyle.null()
        self.refresh()
        self._redraw()

    @property
    def areas(self) -> Sequence[ReadoutArea]:
        return self._drawing.areas

    @property
    def pane_keys(self) -> Sequence[str]:
        return self.view.keys

    def on_mount(self) -> None:
        self.redraw()

    def on_resize(self) -> None:
        self._redraw()

    def on_unmount(self) -> None:
        if self._images is not None:
            self._images.release()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Light the focused pane. `on_focus` would be too early: Textual sets `has_focus` after it."""
        super().watch_has_focus(has_focus)
        self._redraw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The drawn lines; without the border, padding and filters that Textual would apply."""
        return [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]

    def render_line(self, y: int) -> Strip:
        if y >= self._drawing.height:
            return Strip.blank(self.size.width, self._base)
        line, width = self._drawing.lines[y], self._drawing.width
        strip = None if self._images is None else self._images.strip_of(line, y, width, self._base)
        return strip or self._strips.of(y, line, width, self._base)

    def show_images(self, shown: bool) -> None:
        """Show maps as images, or as half-blocks."""
        if self._images is not None and shown != self._images_shown:
            self._images_shown = shown
            self._redraw()

    def _show_content(self, content: PaneContent) -> None:
        self.content, self.up_to_date, self._late = content, True, False
        self._redraw()

    def _redraw(self) -> None:
        """Redraw, and repaint only the cells that changed."""
        width, height = self.size
        if not self.size:
            return
        palette = self._palette()
        old = self._drawing
        try:
            self._drawing = self._drawn(palette)
        except Exception as error:  # one failing view must not take down the others
            sentence = f"This could not be drawn: {clean(str(error)) or type(error).__name__}."
            self.content = PaneContent(self.view, failure=sentence)
            self.post_message(self.Broken(error))
            self._drawing = self._drawn(palette)
        moved = self._place_images()
        self.readout = None
        if self.crosshair is not None:
            self.crosshair = self.nearest_cell(*self.crosshair)
            self.crosshair, self.readout = crosshair_readout(self._drawing.areas, *self.crosshair, self._epoch())
            self._drawing = draw_crosshair(self._drawing, self._drawing.areas, self.crosshair, palette)
        if moved or (old.width, old.height) != (width, height):
            self.refresh()
        elif regions := changed_regions(old, self._drawing) + self._unpainted():
            self.refresh(*regions)
        if self._crosshair_moved is not None:
            self._crosshair_moved()

    def _place_images(self) -> bool:
        """Show the maps of the drawing as images; returns whether other cells than before show images."""
        if self._images is None:
            return False
        drawing = self._drawing if self._images_shown else replace(self._drawing, areas=())
        placed, moved = self._images.place(drawing, true_colour=self._palette().colours == "truecolor")
        self._drawing = replace(placed, areas=self._drawing.areas)
        return moved

    def _unpainted(self) -> list[Region]:
        """The cells by which images that have changed are painted."""
        return [] if self._images is None else self._images.take_unpainted()

    def _drawn(self, palette: Palette) -> Drawing:
        note = " · computing" if self._late else ""
        hint = self._zoom_hint()
        return self.content.draw(*self.size, palette, focused=self.has_focus, note=note, zoom_hint=hint)
