"""A canvas as text, to compare with a picture of it."""

from grok_tui.render.charts.canvas import Canvas


def canvas_text(canvas: Canvas) -> str:
    """One line a row, without trailing blanks; an empty braille cell is a space."""
    return "\n".join("".join(map(chr, row)).replace("\u2800", " ").rstrip() for row in canvas.glyphs.tolist())
