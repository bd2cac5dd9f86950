"""Truncate a drawing and say how many lines are hidden."""

from __future__ import annotations

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette


def truncate_with_note(drawing: Drawing, width: int, height: int, palette: Palette) -> Drawing:
    """Crop or pad a drawing like `fit`. If lines are cropped, the last line says how many are hidden."""
    hidden = drawing.height - height
    if hidden <= 0 or height < 2:
        return fit(drawing, width, height)
    notes = (f"… {hidden + 1:,} more lines in a larger pane", f"… {hidden + 1:,} more lines", f"… {hidden + 1:,} more")
    note = palette.text(next((text for text in notes if len(text) <= width), "…"))
    visible = fit(drawing, drawing.width, height - 1)
    return fit(above(visible, Drawing.of_lines([note], width, palette.style(palette.muted))), width, height)
