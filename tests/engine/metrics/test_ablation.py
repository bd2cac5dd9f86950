"""Parts knocked out: against a plain forward pass with the same parts replaced, and presets against their names."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from engine import Explorer, UnknownQuery, open_run
from engine.metrics.ablation import ablate
from engine.metrics.ablation_spec import Ablation, Fill
from engine.metrics.frequency_filtering import intervention_losses
from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import Scores, score, trig_loss
from engine.metrics.neuron_clusters import Neurons, clusters
from engine.metrics.neuron_spectra import compute_spectra
from engine.networks.config import ModelConfig, Prompt
from engine.networks.folded import fold
from engine.networks.split import Split
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import PlainForward, plain_forward

KEYS, N, HEADS, REST = (1, 3), 12, 3, (10, 11)


class Model:
    """A random model with biases; by decree neurons 0, 2 .. 8 are cluster 1, 1, 3 .. 9 cluster 3, the last two rest."""

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
        left = ablate(self.folded, self.spectra, self.groups, KEYS, ablation)
        torch.testing.assert_close(left.logits_for_pair(3, 5), next(left.logit_slabs())[1][3, 5])
        return torch.cat([logits for _, logits in left.logit_slabs()])

    def scores(self, ablation: Ablation, split: Split | None = None) -> Scores:
        left = ablate(self.folded, self.spectra, self.groups, KEYS, ablation)
        return score(read_logits(left.logit_slabs(), 7, self.config.operation), split)

    def plainly(self, ablation: Ablation) -> PlainForward:
        """The same position by position; presets aside."""
        whole = plain_forward(self.weights, self.config)
        heads = sorted(ablation.heads)
        neurons = [n for g in self.groups if g.frequency in ablation.clusters for n in g.neurons.tolist()]

        def instead(part: Tensor) -> Tensor:
            return part.mean(dim=(0, 1)) if ablation.fill == "mean" else torch.zeros_like(part[0, 0])

        def edit_heads(added: Tensor) -> Tensor:
            added = added.clone()
            added[:, :, heads] = instead(whole.added[:, :, heads])
            return added

        def edit_post(post: Tensor) -> Tensor:
            post = post.clone()
            post[..., neurons] = instead(whole.post[..., neurons])
            return post

        def edit_direct(direct: Tensor) -> Tensor:
            return instead(whole.direct).expand_as(direct) if ablation.direct else direct

        edits = {"edit_heads": edit_heads, "edit_post": edit_post, "edit_direct": edit_direct}
        return plain_forward(self.weights, self.config, **edits)


@pytest.fixture(params=["add", "subtract"])
def model(request, random_weights) -> Model:
    return Model(random_weights, operation=request.param)


KNOCKED = [
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
@pytest.mark.parametrize("knocked", KNOCKED, ids=str)
def test_what_is_out_is_replaced_and_nothing_else(knocked: Ablation, prompt: str, fill: Fill, random_weights) -> None:
    model, ablation = Model(random_weights, prompt), replace(knocked, fill=fill)
    torch.testing.assert_close(model.logits(ablation), model.plainly(ablation).logits)


@pytest.mark.parametrize("act_fn", ["gelu", "gelu_new"])
def test_any_nonlinearity_is_knocked_out_alike(act_fn, random_weights) -> None:
    model, ablation = Model(random_weights, act_fn=act_fn), replace(KNOCKED[-1], fill="mean")
    torch.testing.assert_close(model.logits(ablation), model.plainly(ablation).logits)


def test_with_all_out_the_biases_are_left(model) -> None:
    bare = Ablation(frozenset({1, 3, None}), frozenset(range(HEADS)), direct=True)
    expected = (model.weights.b_out @ model.weights.W_U + model.weights.b_U)[:7]
    torch.testing.assert_close(model.logits(bare), expected.expand(7, 7, 7))


def test_means_in_place_of_all_parts_leave_the_mean_logits(model) -> None:
    bare = Ablation(frozenset({1, 3, None}), direct=True, fill="mean")
    torch.testing.assert_close(model.logits(bare), plain_mean(model).expand(7, 7, 7))


def plain_mean(model: Model) -> Tensor:
    return plain_forward(model.weights, model.config).logits.mean(dim=(0, 1))


def test_presets_are_the_interventions_of_their_names(model) -> None:
    found = intervention_losses(model.folded, model.spectra, model.groups, plain_mean(model))

    def loss(ablation: Ablation) -> float:
        return model.scores(ablation).loss.all

    only = Ablation(preset="key-frequencies")
    assert loss(only) == pytest.approx(found.key_frequency_only_with_rest, rel=1e-12)
    no_rest = Ablation(preset="key-frequencies-no-rest")
    assert loss(no_rest) == pytest.approx(found.key_frequency_only_without_rest, rel=1e-12)
    for frequency, expected in found.without_cluster.items():
        # A cluster out of the frequency-only sum, whose mean stays; not the cluster's own activations put to zero.
        assert loss(replace(only, clusters=frozenset({frequency}))) == pytest.approx(expected, rel=1e-12)
        assert loss(Ablation(clusters=frozenset({frequency}))) != pytest.approx(expected, rel=1e-3)


def test_sum_directions_alone_give_the_trig_loss(model) -> None:
    split = Split(np.random.default_rng(0).random((7, 7)) < 0.3, "file")
    sums = read_logits(model.folded.logit_slabs(), 7, model.config.operation).sums()
    assert model.scores(Ablation(preset="sum-directions"), split).loss == trig_loss(sums, KEYS, split)


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_a_preset_keeps_its_part_of_the_model_that_is_left(model, fill) -> None:
    heads = Ablation(heads=frozenset({1}), fill=fill)
    left = model.plainly(heads)
    W_logit = (model.weights.W_out @ model.weights.W_U)[:, :7]
    parts = {
        group.frequency: (plain.on_block(post, group.frequency) if group.frequency else post) @ W_logit[group.neurons]
        for group in model.groups
        for post in [left.post[..., group.neurons]]
    }
    expected = plain.corrected(parts[1] + parts[None], left.logits)
    found = model.logits(replace(heads, preset="key-frequencies", clusters=frozenset({3})))
    torch.testing.assert_close(found, expected)

    knocked = Ablation(frozenset({1}), frozenset({1}), direct=True, fill=fill)
    logits = model.plainly(knocked).logits
    expected = plain.corrected(plain.on_sum_directions(logits, KEYS, left.sign), logits)
    torch.testing.assert_close(model.logits(replace(knocked, preset="sum-directions")), expected)


@pytest.fixture
def explorer(tiny_run) -> Explorer:
    return Explorer(open_run(tiny_run), dtype=torch.float64, keys=[1, 2, 3])


def test_the_whole_model_is_what_the_summary_says(explorer) -> None:
    found = explorer.ablate(20, 40, Ablation(), 3, 5)
    expected = plain_forward(explorer.run.weights(20), explorer.run.config)
    assert found.original is found.ablated
    assert found.ablated.scores == explorer.summary(20).losses
    assert found.ablated.scores.loss.all == pytest.approx(expected.loss.mean().item())
    logits = expected.logits[3, 5] - expected.logits[3, 5].mean()
    np.testing.assert_allclose(found.ablated.logits, logits.numpy(), atol=1e-12)


def test_losses_and_accuracy_by_split_follow_what_is_out(explorer) -> None:
    ablation = Ablation(heads=frozenset({0}), direct=True)
    found = explorer.ablate(40, 40, ablation, 3, 5).ablated.scores
    p, train = explorer.run.config.p, torch.from_numpy(explorer.split.train)

    def without_head(added: Tensor) -> Tensor:
        return added * torch.tensor([0.0, 1.0])[:, None]

    expected = plain_forward(
        explorer.run.weights(40), explorer.run.config, edit_heads=without_head, edit_direct=torch.zeros_like
    )
    right = expected.logits.argmax(dim=-1) == (torch.arange(p)[:, None] + torch.arange(p)) % p
    for found_by, values in ((found.loss, expected.loss), (found.accuracy, right.double())):
        assert found_by.all == pytest.approx(values.mean().item())
        assert found_by.train == pytest.approx(values[train].mean().item())
        assert found_by.test == pytest.approx(values[~train].mean().item())


def test_the_answer_s_logit_rank_and_margin(explorer) -> None:
    standing = explorer.ablate(40, 40, Ablation(clusters=frozenset({None})), 3, 5).ablated
    p = explorer.run.config.p
    assert standing.answer == 8 % p
    order = np.argsort(-standing.logits).tolist()
    assert standing.rank == order.index(standing.answer) + 1
    others = [logit for z, logit in enumerate(standing.logits) if z != standing.answer]
    assert standing.margin == pytest.approx(standing.logits[standing.answer] - max(others))
    assert standing.logits.mean() == pytest.approx(0, abs=1e-12)


def test_another_pair_of_the_same_ablation_computes_nothing_anew(explorer) -> None:
    ablation = Ablation(direct=True)
    first, second = (explorer.ablate(40, 40, ablation, x, 2).ablated for x in (1, 3))
    assert first.scores is second.scores
    assert not np.allclose(first.logits, second.logits)


@pytest.mark.parametrize(
    ("ablation", "pair", "sentence"),
    [
        (Ablation(clusters=frozenset({9})), (0, 0), "Frequency 9 has no cluster to ablate: .* are 1, 2, 3"),
        (Ablation(heads=frozenset({2})), (0, 0), "heads 0 to 1; found 2"),
        (Ablation(), (0, 7), "numbers 0 to 6; found 7"),
    ],
)
def test_parts_that_are_not_there_get_a_sentence(explorer, ablation, pair, sentence) -> None:
    with pytest.raises(UnknownQuery, match=sentence):
        explorer.ablate(40, 40, ablation, *pair)


def test_a_cluster_without_neurons_can_be_out(explorer) -> None:
    empty = next(c.frequency for c in explorer.clusters(0, 40) if not len(c.neurons))
    found = explorer.ablate(0, 40, Ablation(clusters=frozenset({empty})), 0, 0)
    assert math.isclose(found.ablated.scores.loss.all, found.original.scores.loss.all)
