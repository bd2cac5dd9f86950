"""Ablations against a plain forward pass with the same parts replaced, and presets against the interventions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.metrics.ablation import ablate
from engine.metrics.ablation_spec import Ablation, Fill
from engine.metrics.frequency_filtering import intervention_losses
from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import Scores, score
from engine.metrics.neuron_clusters import Neurons, clusters
from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.trig_loss import trig_loss
from engine.networks.config import ModelConfig, Prompt
from engine.networks.folded import fold
from engine.networks.split import Split
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import PlainForward, plain_forward

KEYS, N, HEADS, REST = (1, 3), 12, 3, (10, 11)


class Model:
    """A random network with biases: neurons 0, 2 .. 8 are cluster 1, 1, 3 .. 9 cluster 3, and the last two the rest."""

    def __init__(self, random_weights, prompt: str = "x y =", act_fn="relu", operation="add") -> None:
        standard = ModelConfig.standard(p=7, d_model=9, n_heads=HEADS, d_mlp=N, act_fn=act_fn)
        self.config = replace(standard, prompt=Prompt.parse(prompt, 7), d_head=4, d_vocab=9, operation=operation)
        self.weights = random_weights(self.config, seed=3, dtype=torch.float64)
        self.folded = fold(self.weights, self.config)
        self.spectra = compute_spectra(self.folded).spectra
        frequency = np.array([KEYS[i % 2] for i in range(N)])
        share = np.where(np.isin(np.arange(N), REST), 0.5, 0.9)
        self.groups = clusters(Neurons(frequency, share, share, share), KEYS)

    def logits(self, ablation: Ablation) -> Tensor:
        ablated = ablate(self.folded, self.spectra, self.groups, KEYS, ablation)
        torch.testing.assert_close(ablated.logits_for_pair(3, 5), next(ablated.logit_slabs())[1][3, 5])
        return torch.cat([logits for _, logits in ablated.logit_slabs()])

    def scores(self, ablation: Ablation, split: Split | None = None) -> Scores:
        ablated = ablate(self.folded, self.spectra, self.groups, KEYS, ablation)
        return score(read_logits(ablated.logit_slabs(), self.config.task), split)

    def oracle(self, ablation: Ablation) -> PlainForward:
        """The same ablation in a plain forward pass; presets are not applied."""
        original = plain_forward(self.weights, self.config)
        heads = sorted(ablation.heads)
        neurons = [n for g in self.groups if g.frequency in ablation.clusters for n in g.neurons.tolist()]

        def fill(part: Tensor) -> Tensor:
            return part.mean(dim=(0, 1)) if ablation.fill == "mean" else torch.zeros_like(part[0, 0])

        def edit_heads(added: Tensor) -> Tensor:
            added = added.clone()
            added[:, :, heads] = fill(original.added[:, :, heads])
            return added

        def edit_post(post: Tensor) -> Tensor:
            post = post.clone()
            post[..., neurons] = fill(original.post[..., neurons])
            return post

        def edit_direct(direct: Tensor) -> Tensor:
            return fill(original.direct).expand_as(direct) if ablation.direct else direct

        edits = {"edit_heads": edit_heads, "edit_post": edit_post, "edit_direct": edit_direct}
        return plain_forward(self.weights, self.config, **edits)


@pytest.fixture(params=["add", "subtract"])
def model(request, random_weights) -> Model:
    return Model(random_weights, operation=request.param)


ABLATIONS = [
    Ablation(),
    Ablation(clusters=frozenset({3})),
    Ablation(clusters=frozenset({None})),
    Ablation(clusters=frozenset({1, 3, None})),
    Ablation(heads=frozenset({1})),
    Ablation(heads=frozenset(range(HEADS))),
    Ablation(direct=True),
    Ablation(clusters=frozenset({1}), heads=frozenset({0, 2}), direct=True),
]


@pytest.mark.parametrize("fill", ["zero", "mean"])
@pytest.mark.parametrize("prompt", ["x y =", "y 7 x", "x y"])
@pytest.mark.parametrize("parts", ABLATIONS, ids=str)
def test_ablated_parts_are_replaced_and_nothing_else(parts: Ablation, prompt: str, fill: Fill, random_weights) -> None:
    model, ablation = Model(random_weights, prompt), replace(parts, fill=fill)
    torch.testing.assert_close(model.logits(ablation), model.oracle(ablation).logits)


@pytest.mark.parametrize("act_fn", ["gelu", "gelu_new"])
def test_any_nonlinearity_is_ablated_in_the_same_way(act_fn, random_weights) -> None:
    model, ablation = Model(random_weights, act_fn=act_fn), replace(ABLATIONS[-1], fill="mean")
    torch.testing.assert_close(model.logits(ablation), model.oracle(ablation).logits)


def test_with_everything_ablated_only_the_biases_remain(model) -> None:
    bare = Ablation(frozenset({1, 3, None}), frozenset(range(HEADS)), direct=True)
    expected = (model.weights.b_out @ model.weights.W_U + model.weights.b_U)[:7]
    torch.testing.assert_close(model.logits(bare), expected.expand(7, 7, 7))


def test_mean_ablation_of_all_parts_gives_the_mean_logits(model) -> None:
    bare = Ablation(frozenset({1, 3, None}), direct=True, fill="mean")
    torch.testing.assert_close(model.logits(bare), plain_mean(model).expand(7, 7, 7))


def plain_mean(model: Model) -> Tensor:
    return plain_forward(model.weights, model.config).logits.mean(dim=(0, 1))


def test_presets_equal_the_interventions(model) -> None:
    found = intervention_losses(model.folded, model.spectra, model.groups, plain_mean(model))

    def loss(ablation: Ablation) -> float:
        return model.scores(ablation).loss.all

    only = Ablation(preset="key-frequencies")
    assert loss(only) == pytest.approx(found.key_frequency_only_with_rest, rel=1e-12)
    no_rest = Ablation(preset="key-frequencies-no-rest")
    assert loss(no_rest) == pytest.approx(found.key_frequency_only_without_rest, rel=1e-12)
    for frequency, expected in found.without_cluster.items():
        # The cluster's filtered part is removed and its mean restored; its activations are not set to zero.
        assert loss(replace(only, clusters=frozenset({frequency}))) == pytest.approx(expected, rel=1e-12)
        assert loss(Ablation(clusters=frozenset({frequency}))) != pytest.approx(expected, rel=1e-3)


def test_the_sum_directions_preset_has_the_trig_loss(model) -> None:
    split = Split(np.random.default_rng(0).random((7, 7)) < 0.3, "file")
    sums = read_logits(model.folded.logit_slabs(), model.config.task).sums()
    assert model.scores(Ablation(preset="sum-directions"), split).loss == trig_loss(sums, KEYS, split)


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_a_preset_applies_to_the_ablated_network(model, fill) -> None:
    heads = Ablation(heads=frozenset({1}), fill=fill)
    ablated = model.oracle(heads)
    W_logit = (model.weights.W_out @ model.weights.W_U)[:, :7]
    parts = {
        group.frequency: (plain.on_block(post, group.frequency) if group.frequency else post) @ W_logit[group.neurons]
        for group in model.groups
        for post in [ablated.post[..., group.neurons]]
    }
    expected = plain.corrected(parts[1] + parts[None], ablated.logits)
    found = model.logits(replace(heads, preset="key-frequencies", clusters=frozenset({3})))
    torch.testing.assert_close(found, expected)

    with_parts = Ablation(frozenset({1}), frozenset({1}), direct=True, fill=fill)
    logits = model.oracle(with_parts).logits
    expected = plain.corrected(plain.on_sum_directions(logits, KEYS, ablated.sign), logits)
    torch.testing.assert_close(model.logits(replace(with_parts, preset="sum-directions")), expected)
