"""Updates of the screen that write a line from its first changed cell on."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.control import Control
from textual._compositor import ChopsUpdate  # there is no public name for it


class CroppedUpdate(ChopsUpdate):
    """An update of parts of lines.

    Textual's own begins at the left edge of the widget: what changes at the right of a pane costs the whole line.
    """

    def render_segments(self, console: Console) -> str:
        """The sequences and text that go to the terminal."""
        parts: list[str] = []
        for y, first, end in self.spans:
            for widget_end, (left, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                start, stop = max(left, first), min(widget_end, end)
                if strip is None or start >= stop:
                    continue
                parts.append(Control.move_to(start, y).segment.text)
                parts.append(strip.crop(start - left, stop - left).render(console))
        return "".join(parts)


def cropped(update: RenderableType | None) -> RenderableType | None:
    """The same update, without unchanged cells at the start of its lines if it is one of parts of lines."""
    return CroppedUpdate(update.chops, update.spans, update.chop_ends) if isinstance(update, ChopsUpdate) else update
