"""Metrics against settings."""

from __future__ import annotations

import pytest

from engine.many_runs.fields import UnknownField
from engine.many_runs.phase_diagram import phase_diagram
from engine.many_runs.statistic import Statistic
from tests.engine.many_runs.rows import row_of

ROWS = [
    row_of("a", weight_decay=1.0, p=7, grokked=900, keys=(1, 2)),
    row_of("b", weight_decay=1.0, p=7, grokked=1_100, keys=(3,)),
    row_of("c", weight_decay=0.3, p=7, final={"accuracy.test": 0.4}),
    row_of("d", weight_decay=0.3, p=11),
    row_of("e", "damaged"),
    row_of("f", p=11),
]


def test_a_metric_against_two_settings() -> None:
    diagram = phase_diagram(ROWS, "grokked", "weight-decay", "p")
    assert (diagram.x, diagram.x_values, diagram.y_values) == ("weight_decay", (0.3, 1.0), (7, 11))
    (absent, grokked), (unmeasured, no_run) = diagram.cells
    assert (grokked.n, grokked.mean, grokked.absent) == (2, 1_000.0, 0)
    assert absent == unmeasured == Statistic(0, None, None, absent=1)
    assert no_run == Statistic(0, None, None)
    assert diagram.left_out == 2


def test_a_metric_against_one_setting() -> None:
    diagram = phase_diagram(ROWS, "share_grokked", "weight_decay")
    assert (diagram.y, diagram.y_values) == (None, ())
    ((low, high),) = diagram.cells
    assert (low.n, low.mean, low.absent) == (1, 0.0, 1)
    assert (high.n, high.mean) == (2, 1.0)


def test_the_number_of_key_frequencies_is_a_metric() -> None:
    ((low, high),) = phase_diagram(ROWS, "n_key_frequencies", "weight_decay").cells
    assert (low.mean, high.mean) == (0.0, 1.5)


def test_unknown_fields_are_rejected() -> None:
    with pytest.raises(UnknownField, match="did you mean weight_decay"):
        phase_diagram(ROWS, "grokked", "wight_decay")
    with pytest.raises(UnknownField, match="did you mean grokked"):
        phase_diagram(ROWS, "groked", "p")
