"""A pane: one view's newest answer, drawn at the pane's size under its title."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.app.widgets.strips import changed_regions, strip_of
from grok_tui.export.pane import PaneContent
from grok_tui.render.cells import Drawing, Style, clean, put
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Cell, Readout, area_at, crosshair_readout, next_area
from grok_tui.views.view import View

CrosshairMoved = Callable[[], None]


def _no_epoch() -> None:
    return None


class ViewPane(Widget, can_focus=True):
    """Shows a view; keeps the old picture under its own title while a new one is computed; says what failed."""

    class Broken(Message):
        """An answer could not be drawn."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    def __init__(self, view: View[Any], palette: Callable[[], Palette], **options: Any) -> None:
        super().__init__(**options)
        self.content = PaneContent(view)
        self.crosshair: Cell | None = None
        self.reading: Readout | None = None  # what stands under the crosshair
        self._crosshair_moved: CrosshairMoved | None = None
        self._epoch: Callable[[], int | None] = _no_epoch  # of the crosshair, where epochs lie across
        self._palette = palette
        self.up_to_date = False
        self._late = False
        self._drawing = Drawing.of_lines([])
        self._base = RichStyle.null()

    @property
    def view(self) -> View[Any]:
        return self.content.view

    @property
    def title(self) -> str:
        return self.content.title

    @property
    def answer(self) -> Any:
        """What was computed for it last; None before, and where that failed."""
        return self.content.answer

    @property
    def failure(self) -> str | None:
        return self.content.failure

    def show(self, answer: Any, provenance: Mapping[str, Any] | None = None) -> None:
        """Draw a new answer."""
        self._show_content(PaneContent(self.view, answer, None, provenance))

    def show_failure(self, sentence: str) -> None:
        """Say what kept the view from being computed."""
        self._show_content(PaneContent(self.view, failure=sentence))

    def expect(self) -> None:
        """Another answer is on its way."""
        self.up_to_date = False

    def mark_late(self) -> None:
        """Say that the picture is not yet what is selected; for computing that takes long enough to be noticed."""
        if not self.up_to_date:
            self._late = True
            self._redraw()

    def show_crosshair(self, cell: Cell, epoch: Callable[[], int | None], moved: CrosshairMoved) -> None:
        """Lay a crosshair over a cell of the pane; `moved` is told whenever it, or what is under it, is another.

        Where epochs lie across it stands in the column of `epoch`.
        """
        self._epoch, self._crosshair_moved = epoch, moved
        self.move_crosshair(cell)

    def move_crosshair(self, cell: Cell) -> None:
        """Move it to another cell, or to the pane's edge where that lies outside."""
        width, height = self.size
        self.crosshair = min(max(cell[0], 0), width - 1), min(max(cell[1], 1), height - 1)
        self._redraw()

    def hide_crosshair(self) -> None:
        """Take it away."""
        self.crosshair, self._crosshair_moved = None, None
        self._redraw()

    @property
    def middle(self) -> tuple[int, int]:
        """The middle of the first thing that can be read off."""
        area = self._drawing.areas[0]
        return area.left + area.width // 2, area.top + area.height // 2

    def spelt(self, text: str) -> str:
        """A text in the glyphs that the pane may use."""
        return self._palette().text(text)

    @property
    def readable(self) -> bool:
        """Whether there is anything to read off."""
        return bool(self._drawing.areas)

    @property
    def on_epochs(self) -> bool:
        """Whether the crosshair is on the epoch cursor: where epochs lie across, and its epoch is among them."""
        area, epoch = self.crosshair and area_at(self._drawing.areas, *self.crosshair), self._epoch()
        if not self.crosshair or not area or not area.read_epoch or epoch is None:
            return False
        return area.read_epoch(epoch, self.crosshair[1] - area.top) is not None

    def beyond(self, right: int) -> Cell | None:
        """Where the crosshair comes into what stands right (or, `right` < 0, left) of what it is on."""
        return self.crosshair and next_area(self._drawing.areas, *self.crosshair, right)

    def redraw(self) -> None:
        """Draw anew, in the colours of now."""
        # The widget's own: looking them up takes a fifth of drawing.
        self._base = self.rich_style if self._palette().colour else RichStyle.null()
        self.refresh()
        self._redraw()

    def on_mount(self) -> None:
        self.redraw()

    def on_resize(self) -> None:
        self._redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Light the focused pane. `on_focus` would be too early: Textual sets `has_focus` after it."""
        super().watch_has_focus(has_focus)
        self._redraw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are drawn: there is no border, padding or filter that Textual would have to add."""
        return [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]

    def render_line(self, y: int) -> Strip:
        if y >= self._drawing.height:
            return Strip.blank(self.size.width, self._base)
        return strip_of(self._drawing.lines[y], self._drawing.width, self._base)

    def _show_content(self, content: PaneContent) -> None:
        self.content, self.up_to_date, self._late = content, True, False
        self._redraw()

    def _redraw(self) -> None:
        """Draw anew and repaint only what changed."""
        width, height = self.size
        if not self.size:
            return
        palette = self._palette()
        old = self._drawing
        try:
            self._drawing = self._drawn(palette)
        except Exception as error:  # a view that cannot draw takes nothing else down
            sentence = f"This could not be drawn: {clean(str(error)) or type(error).__name__}."
            self.content = PaneContent(self.view, failure=sentence)
            self.post_message(self.Broken(error))
            self._drawing = self._drawn(palette)
        self.reading = None
        if self.crosshair is not None:
            self.crosshair, self.reading = crosshair_readout(self._drawing.areas, *self.crosshair, self._epoch())
            style = Style(palette.background, palette.accent, bold=True) if palette.colour else Style(bold=True)
            self._drawing = put(self._drawing, *self.crosshair, palette.text("┼"), style)
        if (old.width, old.height) != (width, height):
            self.refresh()
        elif regions := changed_regions(old, self._drawing):
            self.refresh(*regions)
        if self._crosshair_moved is not None:
            self._crosshair_moved()

    def _drawn(self, palette: Palette) -> Drawing:
        note = " · computing" if self._late else ""
        return self.content.drawn(*self.size, palette, focused=self.has_focus, note=note)
