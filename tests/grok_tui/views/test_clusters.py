"""The table of clusters against the engine's clusters, and its marks of an ablation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.metrics.ablation_spec import Ablation
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import clusters
from grok_tui.views.shared.frequency_rules import rule_facts

ABLATION = Ablation(frozenset({2, None}), frozenset({1}), direct=True)


def test_one_row_per_cluster(explorer) -> None:
    rows = clusters.table(clusters.query(explorer, initial_selection(explorer))).rows
    found = explorer.clusters(40, 40)
    assert [row[:2] for row in rows] == [(c.frequency, len(c.neurons)) for c in found]
    assert [row[2:5] for row in rows] == [
        (c.share_mean, c.variance_explained_mean, c.fraction_active_mean) for c in found
    ]
    assert rows[-1][0] is None
    assert not any(row[-1] for row in rows)


def test_an_ablation_marks_clusters_and_changes_no_number(explorer) -> None:
    before, after = (
        clusters.query(explorer, replace(initial_selection(explorer), ablation=ablation))
        for ablation in (Ablation(), ABLATION)
    )
    original, marked = clusters.table(before), clusters.table(after)
    assert [row[:-1] for row in original.rows] == [row[:-1] for row in marked.rows]
    assert [(row[0], row[-1]) for row in marked.rows] == [(1, False), (2, True), (3, False), (None, True)]
    wide, narrow = (clusters.draw(after, width, 12, MONO).plain() for width in (60, 40))
    assert "2 ablated" in wide
    assert "rest ablated" in wide
    assert "2 out" in narrow
    assert "rest out" in narrow


def test_frequencies_by_energy_are_below_the_table_where_there_is_room(explorer) -> None:
    answer = clusters.query(explorer, initial_selection(explorer))
    assert answer.rules.keys == (1, 2, 3)
    high, low = (clusters.draw(answer, 60, height, MONO).plain() for height in (12, 6))
    for fact in rule_facts(answer.rules):
        assert fact in high
        assert fact not in low
    assert "rest" in low


def test_the_selected_neuron_s_cluster_is_selected(explorer) -> None:
    for index, cluster in enumerate(explorer.clusters(40, 40)):
        if len(cluster.neurons):
            answer = clusters.query(explorer, initial_selection(explorer, neuron=int(cluster.neurons[0])))
            assert answer.selected == index


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (100, 30)])
def test_drawings_have_the_size_of_the_pane(explorer, size) -> None:
    answer = clusters.query(explorer, replace(initial_selection(explorer), ablation=ABLATION))
    for palette in (DARK, MONO, ASCII):
        drawing = clusters.draw(answer, *size, palette)
        assert (drawing.width, drawing.height) == size
