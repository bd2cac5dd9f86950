"""The frequencies of every epoch by each rule: table, marks, facts, readouts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import Explorer, open_run
from engine.explorer.frequency_history import FrequencyHistory
from engine.explorer.run_metrics import RunMetricsSnapshot
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.frequency_history import FrequencyHistoryAnswer, RuleHistory
from tests.grok_tui.views.checks import assert_drawings
from tests.grok_tui.views.view_queries import measure, table_rows

VIEW = VIEWS["frequency-history"]


@pytest.fixture
def answer() -> FrequencyHistoryAnswer:
    """Two checkpoints; 7 is transient, and the logits have nothing."""
    history = FrequencyHistory(
        epochs=np.array([0.0, 100.0]),
        frequencies=(3, 7),
        neurons=np.array([[0.0, 40.0], [30.0, 0.0]]),
        logits=np.zeros((2, 2)),
        embedding=np.array([[0.031, 0.25], [0.0, 0.0]]),
        committed=np.array([[5.0, 44.0], [31.0, 2.0]]),
        transient=(7,),
        committed_at=np.array([0.0, np.nan, 100.0, np.nan]),
    )
    return FrequencyHistoryAnswer(100, 100, (3,), RuleHistory(RunMetricsSnapshot((), total=0), history))


def test_a_wide_pane_has_a_block_for_each_rule(answer) -> None:
    lines = VIEW.draw(answer, 120, 20, MONO).plain().splitlines()
    text = "\n".join(lines)
    (names,) = [line.split("  ") for line in lines if "by neurons" in line and "by W_E" in line and "now" not in line]
    assert [name.strip() for name in names if name.strip()] == ["by neurons", "by logits", "by W_E"]
    (three,) = [line for line in lines if line.startswith("▸  3")]
    assert "40" in three
    assert three.rstrip().endswith("25%")
    assert any(line.startswith("   7~") for line in lines)
    for fact in (
        "▸ key at epoch 100: 3",
        "~ transient: 7",
        "now by neurons: 3",
        "now by logits: none",
        "now by W_E: 3",
    ):
        assert fact in text
    assert "2 of 4 neurons never commit: 1, 3" in text


def test_a_narrow_pane_has_the_neurons_alone(answer) -> None:
    text = VIEW.draw(answer, 40, 14, MONO).plain()
    assert "by neurons" in text
    assert "by W_E" not in text


def test_frequencies_that_do_not_fit_are_counted(answer) -> None:
    history = answer.rules.history
    longer = {name: np.vstack([getattr(history, name)] * 2) for name in ("neurons", "logits", "embedding", "committed")}
    more = replace(answer, rules=replace(answer.rules, history=replace(history, frequencies=(1, 2, 3, 7), **longer)))
    assert "… 2 more" in VIEW.draw(more, 60, 9, MONO).plain()
    assert "more" not in VIEW.draw(more, 60, 14, MONO).plain()


def test_the_readout_names_the_rule(answer) -> None:
    areas = VIEW.draw(answer, 120, 20, MONO).areas
    texts = [area.read(area.width - 1, 0).text for area in areas]
    assert texts == [
        "epoch 100, k = 3: 40 by neurons",
        "epoch 100, k = 3: not by logits",
        "epoch 100, k = 3: 25% by W_E",
    ]


def test_the_table_has_every_rule(answer) -> None:
    table = VIEW.table(answer)
    assert [column.name for column in table.columns] == [
        *("epoch", "frequency", "tuned_neurons", "committed_neurons", "logit_energy", "embedding_energy"),
        *("key_at_reference", "transient"),
    ]
    assert table.rows == (
        (0, 3, 0, 5, 0.0, 0.031, True, False),
        (0, 7, 30, 31, 0.0, 0.0, False, True),
        (100, 3, 40, 44, 0.0, 0.25, True, False),
        (100, 7, 0, 2, 0.0, 0.0, False, True),
    )


def test_a_run_without_sum_directions_has_two_rules(squaring_run) -> None:
    explorer = Explorer(open_run(squaring_run), keys=[1, 2])
    measure(explorer)
    found = VIEW.query(explorer, initial_selection(explorer))
    assert list(found.rules.strips) == ["neurons", "embedding"]
    assert {row["logit_energy"] for row in table_rows(explorer, "frequency-history")} <= {None}


def test_drawings_have_the_size_of_the_pane(exact) -> None:
    assert_drawings(VIEW, exact)
