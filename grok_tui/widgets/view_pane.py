"""A pane: one view's newest answer, drawn at the pane's size."""

from __future__ import annotations

from typing import Any

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.render.cells import Drawing, Style
from grok_tui.render.palette import DARK, LIGHT, Palette
from grok_tui.views.view import View
from grok_tui.widgets.drawn import strips_of


class ViewPane(Widget, can_focus=True):
    """Shows a view; keeps the old picture, marked, while a new one is computed; says what failed when it does."""

    DEFAULT_CSS = """
    ViewPane { border: round $panel-lighten-2; padding: 0 1; border-title-color: $text-muted; }
    ViewPane:focus { border: round $accent; border-title-color: $text; }
    """

    def __init__(self, view: View[Any], **options: Any) -> None:
        super().__init__(**options)
        self.view = view
        self.answer: Any = None
        self.failure: str | None = None
        self._strips: list[Strip] = []
        self.up_to_date = False
        self.border_title = view.name
        self.border_subtitle = "opening"

    def show(self, answer: Any) -> None:
        """Draw a new answer."""
        self.answer, self.failure, self.up_to_date = answer, None, True
        self.border_title, self.border_subtitle = self.view.title(answer), ""
        self._redraw()

    def show_failure(self, sentence: str) -> None:
        """Say what kept the view from being computed."""
        self.answer, self.failure, self.up_to_date = None, sentence, True
        self.border_title, self.border_subtitle = self.view.name, ""
        self._redraw()

    def mark_stale(self) -> None:
        """What is shown is not yet what is selected."""
        self.up_to_date = False
        self.border_subtitle = "computing"

    @property
    def palette(self) -> Palette:
        return DARK if self.app.current_theme.dark else LIGHT

    def on_resize(self) -> None:
        self._redraw()

    def render_line(self, y: int) -> Strip:
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def _redraw(self) -> None:
        """Draw anew and repaint only the lines that changed."""
        old, self._strips = self._strips, strips_of(self._draw(self.size)) if self.size else []
        changed = [y for y, strip in enumerate(self._strips) if y >= len(old) or old[y] != strip]
        if len(old) == len(self._strips):
            if changed:
                self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))
        else:
            self.refresh()

    def _draw(self, size: Size) -> Drawing:
        palette = self.palette
        if self.failure is not None:
            return Drawing.of_lines(_wrapped(self.failure, size.width), size.width, Style(fg=palette.warning))
        if self.answer is None:
            return Drawing.of_lines([], size.width)
        return self.view.draw(self.answer, size.width, size.height, palette)


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, max(width, 1))
