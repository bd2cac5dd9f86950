"""The table of clusters against the engine's clusters, and its marks of an ablation."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine import Explorer
from engine.metrics.ablation_spec import Ablation
from engine.metrics.logit_formula import logit_formula
from grok_tui.queries.view_answers import full_answer
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS, clusters
from grok_tui.views.shared.comparison import view_for
from grok_tui.views.shared.frequency_rules import rule_facts

OUT = 5  # the column that says whether a cluster is ablated
ABLATION = Ablation(frozenset({2, None}), frozenset({1}), direct=True)


def test_one_row_per_cluster(explorer) -> None:
    rows = clusters.table(clusters.query(explorer, initial_selection(explorer))).rows
    found = explorer.clusters(40, 40)
    assert [row[:2] for row in rows] == [(c.frequency, len(c.neurons)) for c in found]
    assert [row[2:5] for row in rows] == [
        (c.share_mean, c.variance_explained_mean, c.fraction_active_mean) for c in found
    ]
    assert rows[-1][0] is None
    assert not any(row[OUT] for row in rows)


def test_an_ablation_marks_clusters_and_changes_no_number(explorer) -> None:
    before, after = (
        clusters.query(explorer, replace(initial_selection(explorer), ablation=ablation))
        for ablation in (Ablation(), ABLATION)
    )
    original, marked = clusters.table(before), clusters.table(after)
    assert [row[:OUT] + row[OUT + 1 :] for row in original.rows] == [row[:OUT] + row[OUT + 1 :] for row in marked.rows]
    assert [(row[0], row[OUT]) for row in marked.rows] == [(1, False), (2, True), (3, False), (None, True)]
    wide, narrow = (clusters.draw(after, width, 12, MONO).plain() for width in (60, 40))
    assert "2 ablated" in wide
    assert "rest ablated" in wide
    assert "2 out" in narrow
    assert "rest out" in narrow


def test_frequencies_by_energy_are_below_the_table_where_there_is_room(explorer) -> None:
    answer = clusters.query(explorer, initial_selection(explorer))
    assert answer.rules.keys == (1, 2, 3)
    high, low = (clusters.draw(answer, 60, height, MONO).plain() for height in (20, 6))
    for fact in rule_facts(answer.rules):
        assert fact in high
        assert fact not in low
    assert "rest" in low


def test_the_selected_neuron_s_cluster_is_selected(explorer) -> None:
    for index, cluster in enumerate(explorer.clusters(40, 40)):
        if len(cluster.neurons):
            answer = clusters.query(explorer, initial_selection(explorer, neuron=int(cluster.neurons[0])))
            assert answer.selected == index


def fields(explorer, **changes) -> list[dict[str, object]]:
    selection = replace(initial_selection(explorer), **changes)
    table = clusters.table(full_answer(VIEWS["clusters"], explorer, selection))
    return [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]


def test_losses_are_those_of_the_ablation_view_and_come_later(explorer) -> None:
    explorer = Explorer(explorer.run, keys=[1, 2, 3])
    first = clusters.query(explorer, initial_selection(explorer))
    with_neurons = [row for row in first.rows if row.neurons]
    assert all(row.loss_zero is None and row.loss_mean is None for row in with_neurons)
    assert "…" in clusters.draw(first, 120, 20, MONO).plain()
    for row in fields(explorer):
        for fill in ("zero", "mean"):
            ablation = Ablation(frozenset({row["frequency"]}), fill=fill)
            expected = explorer.ablate(40, 40, ablation, 3, 4).ablated.scores.loss.all
            assert row[f"loss_{fill}_ablated"] == pytest.approx(expected)


def test_coefficients_are_those_of_the_logit_formula(explorer) -> None:
    expected, _ = logit_formula(explorer.logit_sums(40), explorer.keys(40))
    assert {row["frequency"]: row["logit_coefficient"] for row in fields(explorer)} == {**expected, None: None}


def test_the_strongest_neurons_have_the_most_energy_at_their_frequency(explorer) -> None:
    for row, cluster in zip(fields(explorer), explorer.clusters(40, 40), strict=True):
        energy = {n: explorer.neuron_spectrum(40, n, 40).energy.max() for n in cluster.neurons.tolist()}
        found = [int(number) for number in str(row["strongest_neurons"]).split()]
        expected = sorted(energy, key=lambda neuron: -energy[neuron])[:6]
        assert [energy[n] for n in found] == pytest.approx([energy[n] for n in expected], rel=1e-5)


def test_the_strongest_neurons_of_the_selected_cluster_are_drawn(explorer) -> None:
    answer = clusters.query(explorer, initial_selection(explorer))
    numbers = ", ".join(map(str, answer.strongest[answer.selected]))
    assert numbers in clusters.draw(answer, 100, 20, MONO).plain()
    assert numbers not in clusters.draw(answer, 39, 7, MONO).plain()


def test_columns_are_shortened_and_dropped_but_no_number_is_cut(explorer) -> None:
    answer = full_answer(VIEWS["clusters"], explorer, initial_selection(explorer))
    headers = {width: clusters.draw(answer, width, 6, MONO).plain().splitlines()[0] for width in (38, 62, 120)}
    assert headers[120].split("  ")[-1] == "loss, mean-ablated"
    assert headers[62].endswith("loss, zeroed")
    assert headers[38].split() == ["freq", "neurons", "share", "expl.", "active"]
    bars = [line.count("▄") for line in clusters.draw(answer, 120, 6, MONO).plain().splitlines()[1:5]]
    neurons = [row.neurons for row in answer.rows]
    assert bars == [round(n / max(neurons) * max(bars)) for n in neurons]


def test_a_comparison_has_both_values_of_the_same_cluster_in_a_row(explorer) -> None:
    rows = {epoch: fields(explorer, epoch=epoch) for epoch in (10, 40)}
    for epoch in (10, 40):
        selection = replace(initial_selection(explorer), epoch=epoch, pinned_epoch=50 - epoch)
        target = counterpart_of(explorer, selection, None)
        compared = full_answer(VIEWS["clusters"], explorer, selection, target)
        heading, header, *lines = (
            view_for(VIEWS["clusters"], compared).draw(compared, 130, 12, MONO).plain().splitlines()
        )
        assert heading == "in each column 10→40"
        assert "…" not in header
        for line, first, other in zip(lines, rows[10], rows[40], strict=False):
            assert f"{first['neurons']}→{other['neurons']}" in line.replace(" ", "")
            assert f"{first['loss_zero_ablated']:.2e}→{other['loss_zero_ablated']:.2e}" in line


def test_a_cluster_that_one_run_lacks_is_named_in_its_row(explorer) -> None:
    second = Explorer(explorer.run, keys=[2, 3])
    first = Explorer(explorer.run, keys=[1, 2])
    selection = initial_selection(first)
    compared = full_answer(VIEWS["clusters"], first, selection, counterpart_of(first, selection, second))
    text = view_for(VIEWS["clusters"], compared).draw(compared, 110, 12, MONO).plain()
    names = [re.split("  +", line.strip("▸ "))[0] for line in text.splitlines()[2:6]]
    assert names == ["1 (only A)", "2", "3 (only B)", "rest"]
    assert text.startswith("in each column A|B")


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (100, 30)])
def test_drawings_have_the_size_of_the_pane(explorer, size) -> None:
    answer = clusters.query(explorer, replace(initial_selection(explorer), ablation=ABLATION))
    for palette in (DARK, MONO, ASCII):
        drawing = clusters.draw(answer, *size, palette)
        assert (drawing.width, drawing.height) == size
