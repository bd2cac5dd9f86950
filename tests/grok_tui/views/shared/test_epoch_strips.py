"""Maps with epochs across: checkpoints on a linear axis of columns, and the pointers above."""

from __future__ import annotations

import numpy as np

from grok_tui.render.palette import ASCII, MONO
from grok_tui.views.shared.epoch_strips import column_of, pointers, resample_to_columns

EPOCHS = np.array([0.0, 10.0, 20.0, 100.0])


def test_the_axis_is_linear_in_epochs() -> None:
    assert [column_of(epoch, EPOCHS, 11) for epoch in (0, 10, 20, 100, 101)] == [0, 1, 2, 10, None]


def test_a_column_shows_the_nearest_checkpoint_or_the_maximum_of_several() -> None:
    stretched = resample_to_columns(np.array([[1.0, 2.0, 3.0, 4.0]]), EPOCHS, 11)
    assert stretched.tolist() == [[1, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4]]
    squeezed = resample_to_columns(np.array([[1.0, 5.0, 3.0, 4.0]]), EPOCHS, 2)
    assert squeezed.tolist() == [[5, 4]]


def test_a_pointer_has_its_number_on_the_side_with_room() -> None:
    assert pointers([8], 10, [1_000], MONO).plain() == "  1,000 ▼"
    assert pointers([2], 10, [40], ASCII).plain() == "  v 40"


def test_pointers_never_divide_a_number() -> None:
    for second in range(40):
        line = pointers([12, second], 40, (9_000, 14_000), MONO).plain()
        assert "▼ 9,000" in line
        rest = line.replace("▼ 9,000", "")
        assert rest.replace("14,000", "").strip() in ("▽", "")
    assert "▽ 14,000" in pointers([12, 25], 40, (9_000, 14_000), MONO).plain()
