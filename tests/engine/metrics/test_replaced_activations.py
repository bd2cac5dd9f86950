"""Interventions and ablations of a network with a tail that is not linear, against its definition over all pairs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.metrics.ablation import ablate
from engine.metrics.ablation_spec import Ablation
from engine.metrics.logit_sums import read_logits
from engine.metrics.neuron_clusters import clusters, describe_neurons
from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.replaced_activations import losses_of_interventions
from engine.networks.parts import MissingPart
from tests.engine.bare_network import BareConfig, bare_network
from tests.engine.metrics import plain_metrics as plain

KEYS = (2,)  # neurons of frequency 1 are the rest


class Model:
    def __init__(self, p: int) -> None:
        self.network = bare_network(BareConfig(p))
        self.spectra = compute_spectra(self.network).spectra
        self.groups = clusters(describe_neurons(self.spectra), KEYS)
        self.sums = read_logits(self.network.logit_slabs(), self.network.task).sums()
        self.post = self.network.post_rows(slice(None))  # [x, y, neuron]

    def tail(self, post: Tensor) -> Tensor:
        return self.network.logits(slice(None), post)

    def replaced(self, **values) -> Tensor:
        """The logits with the activations of `cluster` or `rest` replaced."""
        post = self.post.clone()
        for name, group in zip(("cluster", "rest"), self.groups, strict=True):
            if name in values:
                post[..., group.neurons] = values[name]
        return self.tail(post)

    @property
    def filtered(self) -> Tensor:
        return plain.on_block(self.post[..., self.groups[0].neurons], 2)

    def mean(self, index: int) -> Tensor:
        return self.post[..., self.groups[index].neurons].mean(dim=(0, 1))

    def logits(self, ablation: Ablation) -> Tensor:
        ablated = ablate(self.network, self.spectra, self.groups, KEYS, ablation)
        logits = torch.cat([slab for _, slab in ablated.logit_slabs()])
        torch.testing.assert_close(ablated.logits_for_pair(2, 3), logits[2, 3])
        return logits


@pytest.fixture(params=[7, 8])
def model(request) -> Model:
    return Model(request.param)


def test_the_clusters_of_the_test_are_not_empty(model) -> None:
    assert [len(group.neurons) > 2 for group in model.groups] == [True, True]


def test_interventions_replace_activations_and_rerun_the_tail(model) -> None:
    found = losses_of_interventions(model.network, model.spectra, model.groups, model.sums)

    def loss(logits: Tensor) -> float:
        return plain.loss_grid(logits).mean().item()

    without_rest = loss(model.replaced(cluster=model.filtered, rest=model.mean(1)))
    assert found.rerun
    assert found.key_frequency_only_with_rest == pytest.approx(loss(model.replaced(cluster=model.filtered)))
    assert found.key_frequency_only_without_rest == pytest.approx(without_rest)
    assert found.without_cluster[None] == pytest.approx(without_rest)
    assert found.without_cluster[2] == pytest.approx(loss(model.replaced(cluster=model.mean(0))))


def test_ablated_clusters_are_zero_or_their_mean(model) -> None:
    ablation = Ablation(clusters=frozenset({2}))
    torch.testing.assert_close(model.logits(ablation), model.replaced(cluster=0.0))
    torch.testing.assert_close(model.logits(replace(ablation, fill="mean")), model.replaced(cluster=model.mean(0)))
    both = Ablation(clusters=frozenset({2, None}), fill="mean")
    torch.testing.assert_close(model.logits(both), model.replaced(cluster=model.mean(0), rest=model.mean(1)))


def test_presets_rerun_the_tail_too(model) -> None:
    only = Ablation(preset="key-frequencies")
    torch.testing.assert_close(model.logits(only), model.replaced(cluster=model.filtered))
    no_rest = Ablation(preset="key-frequencies-no-rest")
    torch.testing.assert_close(model.logits(no_rest), model.replaced(cluster=model.filtered, rest=model.mean(1)))
    without = replace(only, clusters=frozenset({2}))
    torch.testing.assert_close(model.logits(without), model.replaced(cluster=model.mean(0)))
    zeroed = Ablation(clusters=frozenset({None}), preset="sum-directions")
    expected = model.replaced(rest=0.0)
    expected = plain.corrected(plain.on_sum_directions(expected, KEYS), expected)
    torch.testing.assert_close(model.logits(zeroed), expected)


@pytest.mark.parametrize(
    ("ablation", "part"),
    [(Ablation(heads=frozenset({0})), "attention"), (Ablation(direct=True), "a path around the MLP")],
)
def test_parts_that_the_network_lacks_cannot_be_ablated(model, ablation, part) -> None:
    with pytest.raises(MissingPart, match=rf"needs {part}; this network is a bare network\."):
        model.logits(ablation)
