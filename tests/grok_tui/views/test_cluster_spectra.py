"""The mean squared spectrum of each cluster, against plain float64 definitions."""

from __future__ import annotations

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import cluster_spectra
from tests.engine.known_network import ALWAYS_ON, DEAD, MIXED
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of, known_explorer, squared_spectrum


def test_each_cluster_has_its_mean_spectrum() -> None:
    explorer = known_explorer()
    selection = initial_selection(explorer)
    post = forward_of(explorer, selection).post
    table = cluster_spectra.table(cluster_spectra.query(explorer, selection))
    assert column_names(table) == ["frequency", "component_x", "component_y", "value"]
    members = {2: [ALWAYS_ON, *range(3, 14)], 5: list(range(14, 25)), None: [DEAD, MIXED]}
    for frequency, neurons in members.items():
        rows = [row for row in table.rows if row[0] == frequency]
        assert [row[1:3] for row in rows] == [(i, j) for i in range(11) for j in range(11)]
        expected = squared_spectrum(post[..., neurons]).flatten().tolist()
        assert [row[3] for row in rows] == pytest.approx(expected, abs=1e-5)
    assert len(table.rows) == 3 * 121


def test_empty_clusters_are_omitted(explorer) -> None:
    answer = cluster_spectra.query(explorer, initial_selection(explorer, epoch=0))
    assert all(cluster.neurons > 0 for cluster in answer.clusters)
    assert sum(cluster.neurons for cluster in answer.clusters) == 12


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(cluster_spectra.VIEW, varied_run)
