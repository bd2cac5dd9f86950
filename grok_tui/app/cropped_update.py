"""Updates of the screen that write a line from its first changed cell on."""

from __future__ import annotations

from rich.console import COLOR_SYSTEMS, Console, RenderableType
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate  # there is no public name for it
from textual.strip import Strip


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
                parts.append(_cells(strip, start - left, stop - left, console))
        return "".join(parts)


def _cells(strip: Strip, start: int, stop: int, console: Console) -> str:
    """The cells start..stop-1 of a strip; `Strip.crop` would make another strip, with caches that nothing uses."""
    if start <= 0 and stop >= strip.cell_length:
        return strip.render(console)
    colours = COLOR_SYSTEMS[console.color_system or "truecolor"]
    parts: list[str] = []
    position = 0
    for segment in strip:
        begin, position = position, position + segment.cell_length
        if position <= start:
            continue
        if begin >= stop:
            break
        text, style, _ = _cut(segment, start - begin, stop - begin)
        parts.append(Strip.render_style(style, text, colours) if style else text)
    return "".join(parts)


def _cut(segment: Segment, start: int, stop: int) -> Segment:
    """The part of a segment in its cells start..stop-1, some of which it has."""
    if stop < segment.cell_length:
        segment = segment.split_cells(stop)[0]
    return segment.split_cells(start)[1] if start > 0 else segment


def cropped(update: RenderableType | None) -> RenderableType | None:
    """The same update, without unchanged cells at the start of its lines if it is one of parts of lines."""
    return CroppedUpdate(update.chops, update.spans, update.chop_ends) if isinstance(update, ChopsUpdate) else update
