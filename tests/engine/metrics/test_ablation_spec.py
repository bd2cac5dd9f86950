"""Which ablations are valid."""

from __future__ import annotations

import pytest

from engine.errors import UnknownQuery
from engine.metrics.ablation_spec import Ablation, require_clusters


def test_nothing_is_ablated_by_default() -> None:
    assert Ablation().nothing
    assert Ablation(fill="mean").nothing
    assert not Ablation(direct=True).nothing


def test_only_clusters_of_key_frequencies_and_the_rest_can_be_ablated() -> None:
    require_clusters(Ablation(clusters=frozenset({2, None})), [1, 2], 40)
    with pytest.raises(UnknownQuery, match=r"Frequency 9 .* epoch 1,000 are 1, 2; choose one of them, or the rest"):
        require_clusters(Ablation(clusters=frozenset({9})), [1, 2], 1_000)
    with pytest.raises(UnknownQuery, match="are none"):
        require_clusters(Ablation(clusters=frozenset({9})), [], 40)
