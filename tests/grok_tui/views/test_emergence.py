"""The view of key frequencies by epoch: its table against the definition, and its readouts."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views.emergence import VIEW
from tests.grok_tui.views.view_queries import measure, table_rows


@pytest.fixture
def run(tiny_run) -> Explorer:
    """The tiny run with inferred key frequencies and all metrics."""
    explorer = Explorer(open_run(tiny_run))
    measure(explorer)
    return explorer


def test_the_table_holds_the_key_frequencies_of_each_epoch(exact) -> None:
    expected = []
    for epoch in exact.epochs:
        neurons = exact.summary(epoch).neurons
        for k in (1, 2, 3):
            count = sum(f == k and s >= 0.85 for f, s in zip(neurons.frequency, neurons.share, strict=True))
            if count >= 2:
                expected.append({"epoch": epoch, "frequency": k, "neurons": count, "key_at_reference": True})
    assert expected
    assert table_rows(exact, "emergence") == expected


def test_a_crosshair_reads_neurons_at_an_epoch(run) -> None:
    answer = VIEW.query(run, initial_selection(run))
    strips = answer.strips
    (area,) = VIEW.draw(answer, 70, 20, MONO).areas
    last = area.read(area.width - 1, 0)
    column, at_40 = area.read_epoch(40, 0)
    assert (column, at_40.text) == (area.width - 1, last.text)
    assert area.read_epoch(41, 0) is None
    assert last.text == f"epoch 40, k = {strips.frequencies[0]}: {strips.neurons[0, -1]:.0f} neurons"
    assert area.read(0, area.height - 1).text.startswith(f"epoch 0, k = {strips.frequencies[-1]}: ")


@pytest.mark.parametrize("width", [24, 70])
def test_each_epoch_has_its_own_readout_even_if_several_share_a_column(run, width) -> None:
    answer = VIEW.query(run, initial_selection(run))
    (area,) = VIEW.draw(answer, width, 20, MONO).areas
    texts = {area.read_epoch(epoch, row)[1].text for epoch in run.epochs for row in range(area.height)}
    strips = answer.strips
    assert texts == {
        f"epoch {epoch:,.0f}, k = {k}: {neurons:.0f} neurons"
        for k, by_epoch in zip(strips.frequencies, strips.neurons, strict=True)
        for epoch, neurons in zip(strips.epochs, by_epoch, strict=True)
    }


def test_an_epoch_that_is_not_measured_yet_is_named_so(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    measure(explorer, 3)
    (area,) = VIEW.draw(VIEW.query(explorer, initial_selection(explorer)), 70, 20, MONO).areas
    assert area.read_epoch(15, 0)[1].text == "epoch 15, not measured"
    assert area.read_epoch(40, 0) is None
