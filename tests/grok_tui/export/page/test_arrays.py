"""What stands in the place of arrays and of long values."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.export.page.arrays import BLANK, ArrayPool
from tests.grok_tui.export.page.embedded import numbers, resolved


def test_a_short_array_is_a_list_with_null_for_absent_numbers() -> None:
    assert ArrayPool().add(np.array([1.5, np.nan, np.inf])) == [1.5, None, None]


@pytest.mark.parametrize("dtype", ["f4", "i2", "i1", "u1"])
def test_a_long_array_comes_back(dtype: str) -> None:
    pool, values = ArrayPool(), np.arange(100)
    stored = pool.add(values, dtype)
    assert numbers({"arrays": pool.arrays}, stored).tolist() == values.tolist()


def test_an_array_is_stored_once() -> None:
    pool = ArrayPool()
    first, other, again = (pool.add(np.arange(50.0) + shift) for shift in (0, 1, 0))
    assert first == again != other
    assert len(pool.arrays) == 2


def test_a_map_in_levels_is_off_by_half_a_level_and_keeps_its_holes() -> None:
    pool, values = ArrayPool(), np.random.default_rng(0).normal(size=(9, 9))
    values[3, 4] = np.nan
    low, high = np.nanmin(values), np.nanmax(values)
    levels = numbers({"arrays": pool.arrays}, pool.add_levels(values, low, high)).reshape(9, 9)
    assert levels[3, 4] == BLANK
    back = low + levels * (high - low) / (BLANK - 1)
    assert np.nanmax(np.abs(back - values)[~np.isnan(values)]) <= 0.5001 * (high - low) / (BLANK - 1)


def test_long_values_are_shared() -> None:
    pool = ArrayPool()
    one, two = (pool.share({"x": at, "names": ["a long list"] * 9}) for at in (1, 2))
    assert one["names"] == two["names"] == {"o": 0}
    assert resolved({"objects": pool.objects}, two) == {"x": 2, "names": ["a long list"] * 9}
