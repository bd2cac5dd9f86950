"""What does not fit is said."""

from __future__ import annotations

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette


def truncate_with_note(drawing: Drawing, width: int, height: int, palette: Palette) -> Drawing:
    """A drawing at exactly that size, like `fit`; how many of its lines are left out stands in place of the last."""
    missing = drawing.height - height
    if missing <= 0 or height < 2:
        return fit(drawing, width, height)
    note = palette.text(f"… {missing + 1:,} more lines in a larger pane")
    kept = fit(drawing, drawing.width, height - 1)
    return fit(above(kept, Drawing.of_lines([note], width, palette.style(palette.muted))), width, height)
