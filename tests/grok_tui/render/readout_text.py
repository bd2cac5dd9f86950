"""The readouts of a drawing, for tests."""

from grok_tui.render.cells import Drawing
from grok_tui.render.readout import readout_at


def text_at(drawing: Drawing, column: int, row: int) -> str | None:
    """The text of the readout of a cell; None without a readout."""
    readout = readout_at(drawing.areas, column, row)
    return None if readout is None else readout.text


def pair_at(drawing: Drawing, column: int, row: int) -> tuple[int, int] | None:
    """The input pair of a cell; None without one."""
    readout = readout_at(drawing.areas, column, row)
    return None if readout is None or readout.target is None else readout.target.pair


def all_texts(drawing: Drawing) -> dict[tuple[int, int], str]:
    """The text of every cell (column, row) that has a readout."""
    texts = {(x, y): text_at(drawing, x, y) for x in range(drawing.width) for y in range(drawing.height)}
    return {cell: text for cell, text in texts.items() if text is not None}
