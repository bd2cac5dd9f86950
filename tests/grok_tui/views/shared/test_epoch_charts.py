"""Charts over epochs: how panels are arranged, and the line of facts above them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.views.shared.epoch_charts import arrangement, curve_facts
from grok_tui.views.shared.epoch_curves import Curve, Curves


@pytest.mark.parametrize(
    ("count", "width", "height", "expected"),
    [(2, 100, 28, (1, 2)), (2, 200, 20, (2, 1)), (4, 100, 28, (2, 2)), (4, 58, 20, (1, 2)), (1, 20, 5, (1, 1))],
)
def test_panels_are_arranged_in_columns_and_rows_by_size(count, width, height, expected) -> None:
    assert arrangement(count, width, height) == expected


def test_facts_are_the_values_at_the_epoch_and_at_the_marked_epoch(exact) -> None:
    curves = Curves.of(exact.run_metrics(40).snapshot(), [Curve("a", "A", np.arange(5.0))])
    assert curve_facts(curves, 20, ["a", "absent"]) == ["A 2"]
    assert curve_facts(replace(curves, marked_epoch=40), 20, ["a"], ".1f") == ["A 2.0 against 4.0"]
    assert curve_facts(curves, 21, ["a"]) == []
