"""A pane: one view's newest answer, drawn at the pane's size under its title."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import Any

from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.render.cells import Drawing, Style, above, clean, fit, put
from grok_tui.render.headlines import fitted_title
from grok_tui.render.palette import Palette
from grok_tui.render.probe import Cell, Reading, area_at, next_area, pointed
from grok_tui.views.comparison import drawn_by
from grok_tui.views.view import View
from grok_tui.widgets.drawn import changed_regions, strip_of


class ViewPane(Widget, can_focus=True):
    """Shows a view; keeps the old picture under its own title while a new one is computed; says what failed."""

    class Broken(Message):
        """An answer could not be drawn."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    def __init__(self, view: View[Any], palette: Callable[[], Palette], **options: Any) -> None:
        super().__init__(**options)
        self.view = view
        self.crosshair: Cell | None = None
        self.reading: Reading | None = None  # what stands under the crosshair
        self._epoch: int | None = None  # of the crosshair, where epochs lie across
        self._palette = palette
        self.answer: Any = None
        self.failure: str | None = None
        self.up_to_date = False
        self._late = False
        self._drawing = Drawing.of_lines([])
        self._base = RichStyle.null()

    @property
    def title(self) -> str:
        """What the picture shows, which may be older than the selection."""
        return self.view.name if self.answer is None else drawn_by(self.view, self.answer).title(self.answer)

    def show(self, answer: Any) -> None:
        """Draw a new answer."""
        self.answer, self.failure = answer, None
        self._settle()

    def show_failure(self, sentence: str) -> None:
        """Say what kept the view from being computed."""
        self.answer, self.failure = None, sentence
        self._settle()

    def expect(self) -> None:
        """Another answer is on its way."""
        self.up_to_date = False

    def mark_late(self) -> None:
        """Say that the picture is not yet what is selected; for computing that takes long enough to be noticed."""
        if not self.up_to_date:
            self._late = True
            self._redraw()

    def point(self, cell: Cell | None, epoch: int | None = None) -> None:
        """Lay a crosshair over a cell of the pane, at its edge where the cell lies outside; or take it away.

        Where epochs lie across it stands in the column of `epoch`.
        """
        width, height = self.size
        self.crosshair = cell and (min(max(cell[0], 0), width - 1), min(max(cell[1], 1), height - 1))
        self._epoch = epoch
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
        """Whether the crosshair is where epochs lie across."""
        area = self.crosshair and area_at(self._drawing.areas, *self.crosshair)
        return bool(area and area.at)

    def beyond(self, right: int) -> Cell | None:
        """Where the crosshair comes into what stands right (or, `right` < 0, left) of what it is on."""
        return self.crosshair and next_area(self._drawing.areas, *self.crosshair, right)

    def drawn(self, palette: Palette) -> Drawing:
        """The pane as it is, in other colours."""
        width, height = self.size
        picture = fit(self._picture(width, height - 1, palette), width, height - 1)
        return fit(above(self._head(width, palette), picture), width, height)

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

    def on_focus(self) -> None:
        self._redraw()

    def on_blur(self) -> None:
        self._redraw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are drawn: there is no border, padding or filter that Textual would have to add."""
        return [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]

    def render_line(self, y: int) -> Strip:
        if y >= self._drawing.height:
            return Strip.blank(self.size.width, self._base)
        return strip_of(self._drawing.lines[y], self._drawing.width, self._base)

    def _settle(self) -> None:
        self.up_to_date, self._late = True, False
        self._redraw()

    def _redraw(self) -> None:
        """Draw anew and repaint only what changed."""
        width, height = self.size
        if not self.size:
            return
        palette = self._palette()
        old = self._drawing
        try:
            self._drawing = self.drawn(palette)
        except Exception as error:  # a view that cannot draw takes nothing else down
            self.failure = f"This could not be drawn: {clean(str(error)) or type(error).__name__}."
            self.post_message(self.Broken(error))
            self._drawing = self.drawn(palette)
        self.reading = None
        if self.crosshair is not None:
            self.crosshair, self.reading = pointed(self._drawing.areas, *self.crosshair, self._epoch)
            style = Style(palette.background, palette.accent, bold=True) if palette.colour else Style(bold=True)
            self._drawing = put(self._drawing, *self.crosshair, palette.text("┼"), style)
        if (old.width, old.height) != (width, height):
            self.refresh()
        elif regions := changed_regions(old, self._drawing):
            self.refresh(*regions)

    def _head(self, width: int, palette: Palette) -> Drawing:
        """The title in a rule; heavy and in the accent colour where the keys go."""
        late = " · computing" if self._late else ""
        rule, colour = ("━", palette.accent) if self.has_focus else ("─", palette.muted)
        if palette.ascii:
            rule = "=" if self.has_focus else "-"
        title = fitted_title(self.title, self.view.name, width - 4 - len(late))
        line = palette.text(f"{rule}{rule} {title}{late} ".ljust(width, rule))
        return Drawing.of_lines([line], width, palette.style(colour, bold=self.has_focus))

    def _picture(self, width: int, height: int, palette: Palette) -> Drawing:
        if self.failure is not None:
            return Drawing.of_lines(wrap(palette.text(self.failure), width), width, palette.style(palette.warning))
        if self.answer is None:
            return Drawing.of_lines(["opening the run"], width, palette.style(palette.muted))
        return drawn_by(self.view, self.answer).draw(self.answer, width, height, palette)
