"""Numbers in the cells of a small grid are whole and do not touch."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.render.palette import DARK
from grok_tui.views.shared.coefficient_grid import draw_coefficient_grid

VALUES = np.array([[46.43, 5.02], [-16.2, -0.4]])


@pytest.mark.parametrize(
    ("width", "numbers"),
    [
        (21, ["+46.4", "+5.02", "-16.2", "-0.400"]),
        (14, ["+46.4", "+5.02", "-16.2", "-0"]),
        (12, ["+46", "+5", "-16", "-0"]),
        (10, ["+46", "+5", "-16", "-0"]),
        (6, ["+", "+5", "-", "-0"]),
    ],
)
def test_numbers_are_shortened_before_they_touch(width, numbers) -> None:
    drawing = draw_coefficient_grid(VALUES, ("a", "b"), ("c", "d"), width, 3, DARK)
    assert [word for line in drawing.plain().splitlines()[1:] for word in line.split()[1:]] == numbers
