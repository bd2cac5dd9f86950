"""The panel of the tour: the stop, what to see there, and a key to try."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from grok_tui.render.cell_text import clean, from_cells, to_cells
from grok_tui.render.palette import Palette


@dataclass(frozen=True)
class PanelText:
    """What the panel shows: a heading, the keys of the tour beside it, the sentences, and the key to try."""

    heading: str
    keys: str
    sentences: Sequence[str]
    key: str
    hint: str


class TourPanel(VerticalScroll, can_focus=False):
    """Below the panes; as high as its text, up to half of the screen."""

    DEFAULT_CSS = """
    TourPanel { height: auto; max-height: 50%; padding: 0 1; background: $surface; display: none; }
    TourPanel.on { display: block; }
    """

    def __init__(self, palette: Callable[[], Palette]) -> None:
        super().__init__(id="tour")
        self._palette = palette
        self.text: PanelText | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="tour-heading")
        yield Static(id="tour-text")
        yield Static(id="tour-key")

    def show(self, text: PanelText | None) -> None:
        """Show a stop; None: no tour is on."""
        self.text = text
        self.set_class(text is not None, "on")
        self._draw()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self.text is None:
            return
        self.query_one("#tour-heading", Static).update(self._heading(self.text))
        shown = self._palette().text(clean(" ".join(self.text.sentences)))
        self.query_one("#tour-text", Static).update(Text(shown))
        line = Text()
        if self.text.key:
            line.append("Try ").append(self._palette().text(self.text.key), style="bold")
            line.append(self._palette().text(f": {clean(self.text.hint)}."))
        self.query_one("#tour-key", Static).update(line)

    def _heading(self, text: PanelText) -> Text:
        """The heading, and at the right end the keys, if there is room for both."""
        palette, width = self._palette(), self.size.width
        heading, keys = palette.text(to_cells(text.heading)), palette.text(text.keys)
        line = Text(no_wrap=True).append(from_cells(heading), style=self._heading_style)
        if len(heading) + len(keys) + 2 <= width:
            line.append(" " * (width - len(heading) - len(keys))).append(keys, style="dim")
        return line

    @property
    def _heading_style(self) -> str:
        palette = self._palette()
        return f"bold {palette.accent}" if palette.colour else "bold"
