"""The trig fraction of logits and neurons, from its definition."""

from __future__ import annotations

import pytest

from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.conftest import KEYS
from tests.grok_tui.views.view_queries import table_rows


def test_trig_fraction_is_the_variance_on_the_sum_directions(exact, at_epoch) -> None:
    for row in table_rows(exact, "trig-fraction"):
        network = at_epoch(row["epoch"])[1]
        for name, values in (("logits", network.logits), ("neurons_pre", network.pre), ("neurons_post", network.post)):
            expected = plain.fraction_on(plain.on_sum_directions(values, KEYS, network.sign), values)
            assert row[name] == pytest.approx(expected, rel=1e-6), name
