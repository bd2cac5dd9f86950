"""Interventions on clusters against the oracle."""

from __future__ import annotations

import numpy as np
import pytest

from engine.metrics.frequency_filtering import intervention_losses
from engine.metrics.neuron_clusters import Neurons, clusters
from engine.metrics.neuron_spectra import compute_spectra
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import KEYS_OF


def test_intervention_losses_match_the_oracle(model) -> None:
    folded, expected = model
    spectra, keys = compute_spectra(folded).spectra, KEYS_OF[len(model[1].logits)]
    n = folded.config.d_mlp
    # Assigned clusters: a random network has none.
    frequency = np.array([keys[i % 2] for i in range(n)])
    share = np.where(np.arange(n) < n - 3, 0.9, 0.5)
    groups = clusters(Neurons(frequency, share, share, share), keys)
    found = intervention_losses(folded, spectra, groups, expected.logits.mean(dim=(0, 1)))

    parts = {}
    for group in groups:
        post, W_logit = expected.post[..., group.neurons], folded.W_logit[group.neurons]
        parts[group.frequency] = (post if group.frequency is None else plain.on_block(post, group.frequency)) @ W_logit
    total = sum(parts.values())

    def loss(logits) -> float:
        return plain.loss_grid(plain.corrected(logits, expected.logits), expected.sign).mean().item()

    assert found.key_frequency_only_with_rest == pytest.approx(loss(total))
    assert found.key_frequency_only_without_rest == pytest.approx(loss(total - parts[None]))
    for frequency_or_rest, part in parts.items():
        assert found.without_cluster[frequency_or_rest] == pytest.approx(loss(total - part))
