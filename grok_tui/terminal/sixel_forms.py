"""The forms in which an image can be painted as Sixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.maps.coarse_image import STEPS, CoarsePixels, coarse_pixels
from grok_tui.render.maps.map_image import MapImage
from grok_tui.terminal.sixel import SixelRuns, sixel_runs, sixel_text


class SixelForms:
    """An image in the forms of `STEPS`, by their index: each is computed once."""

    form_count = len(STEPS)

    def __init__(self, image: MapImage) -> None:
        self.image = image
        self._pixels: dict[int, CoarsePixels] = {}
        self._runs: dict[int, SixelRuns] = {}

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.image.columns, self.image.rows

    @property
    def has_gaps(self) -> bool:
        """Whether some values are absent."""
        return bool((self.image.levels >= len(self.image.colours)).any())

    def size(self, step: int) -> int:
        """The bytes that the whole image takes."""
        return self._runs_of(step).size

    def text(self, step: int) -> str:
        """The sequence that paints the whole image."""
        pixels, colours = self._pixels_of(step)
        return sixel_text(self._runs_of(step), colours, (pixels.shape[0], pixels.shape[1]))

    def text_of_cells(self, step: int, rows: slice, columns: slice, shown: NDArray[np.bool_]) -> str:
        """The sequence that paints some rows and columns of cells, but only those that are `shown` [row, column]."""
        pixels, colours = self._pixels_of(step)
        size = self.image.size
        height, width = size.cell_height, size.cell_width
        part = pixels[rows.start * height : rows.stop * height, columns.start * width : columns.stop * width]
        in_shown = shown[rows, columns].repeat(height, axis=0).repeat(width, axis=1)
        part = np.where(in_shown, part, len(colours)).astype(np.uint8)
        return sixel_text(sixel_runs(part, len(colours)), colours, (part.shape[0], part.shape[1]))

    def _pixels_of(self, step: int) -> CoarsePixels:
        if step not in self._pixels:
            self._pixels[step] = coarse_pixels(self.image, STEPS[step])
        return self._pixels[step]

    def _runs_of(self, step: int) -> SixelRuns:
        if step not in self._runs:
            pixels, colours = self._pixels_of(step)
            self._runs[step] = sixel_runs(pixels, len(colours))
        return self._runs[step]
