"""Neurons, clusters, losses and interventions against their definitions, on a model small enough to do it plainly."""

import dataclasses

import numpy as np
import pytest
import torch

from engine.metrics.frequency_filtering import intervention_losses
from engine.metrics.logit_sums import LogitReader, LogitSums, read_logits
from engine.metrics.losses import by_split, excluded_losses, logit_formula, trig_loss
from engine.metrics.neuron_clusters import Neurons, clusters, describe_neurons, key_frequencies
from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.norms import gini
from engine.metrics.trig_fraction import on_sum_directions, trig_fraction_of_logits, trig_fraction_of_neurons
from engine.networks.config import ModelConfig, Operation
from engine.networks.folded import fold
from engine.networks.split import Split
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward

P, KEYS = 12, (2, 4)


@pytest.fixture(params=[(7, "add"), (P, "add"), (7, "subtract"), (P, "subtract")])
def model(request, random_weights):
    """A random model with all biases, folded, and what a plain forward pass says of it."""
    p, operation = request.param
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=10, operation=operation)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    return fold(weights, config), plain_forward(weights, config)


@pytest.fixture
def split(model) -> Split:
    p = model[0].config.p
    train = np.random.default_rng(0).random((p, p)) < 0.3
    return Split(train, "file")


KEYS_OF = {7: (1, 3), P: KEYS}


def keys_of(model) -> tuple[int, ...]:
    return KEYS_OF[model[0].config.p]


def halves(logits: torch.Tensor) -> list[tuple[slice, torch.Tensor]]:
    """Logits as they come from a model: in slabs of x."""
    middle = len(logits) // 2
    return [(x, logits[x]) for x in (slice(0, middle), slice(middle, len(logits)))]


def read_whole(logits: torch.Tensor, operation: Operation = "add") -> LogitReader:
    return read_logits(halves(logits), len(logits), operation)


def sums_of(logits: torch.Tensor, operation: Operation = "add") -> LogitSums:
    return read_whole(logits, operation).sums()


@pytest.mark.parametrize("stage", ["pre", "post"])
def test_a_sweep_leaves_every_block_energy_and_activity(model, stage) -> None:
    folded, expected = model
    spectra = compute_spectra(folded, stage).spectra
    grids = getattr(expected, stage)
    for neuron in range(grids.shape[-1]):
        grid = grids[..., neuron]
        for k in range(1, folded.config.n_frequencies + 1):
            torch.testing.assert_close(spectra.blocks[k - 1, :, :, neuron], plain.block(grid, k))
        torch.testing.assert_close(spectra.block_energy[:, neuron], plain.energies(grid))
        torch.testing.assert_close(spectra.energy[neuron], (grid - grid.mean()).square().sum())
    torch.testing.assert_close(spectra.fraction_active, (expected.pre > 0).double().mean(dim=(0, 1)))


def test_neurons_that_vary_little_around_a_large_mean_keep_their_digits(random_weights) -> None:
    """In float32, energies found by taking the mean's off the whole would be off by percents."""
    config = ModelConfig.standard(p=13, d_model=8, n_heads=2, d_mlp=10)
    weights = random_weights(config, dtype=torch.float64)
    weights = dataclasses.replace(weights, b_in=weights.b_in + 300)
    exact, keys = plain_forward(weights, config), (2, 4)
    rounded = compute_spectra(fold(weights.to(torch.float32, torch.device("cpu")), config), pre_keys=keys)
    for neuron in range(config.d_mlp):
        grid = exact.post[..., neuron]
        energy = (grid - grid.mean()).square().sum()
        assert rounded.spectra.energy[neuron].item() == pytest.approx(energy.item(), rel=1e-3)
        assert rounded.pre_sums.energy[neuron].item() == pytest.approx(energy.item(), rel=1e-3)
        torch.testing.assert_close(
            rounded.spectra.block_energy[:, neuron].double(), plain.energies(grid), rtol=1e-3, atol=1e-3 * energy.item()
        )
        assert rounded.spectra.varies[neuron]
        assert rounded.pre_sums.varies[neuron]


def test_a_sweep_hands_over_the_logits_slab_by_slab(model) -> None:
    folded, expected = model
    slabs = []
    compute_spectra(folded, read=slabs.append)
    for x, logits in slabs:
        torch.testing.assert_close(logits, expected.logits[x])
    assert sum(len(logits) for _, logits in slabs) == folded.config.p


def test_frequency_share_and_variance_explained(model) -> None:
    folded, expected = model
    found = describe_neurons(compute_spectra(folded).spectra)
    for neuron in range(folded.config.d_mlp):
        grid = expected.post[..., neuron]
        energy = plain.energies(grid)
        if energy.sum() < 1e-9:
            assert found.frequency[neuron] == 0
            assert np.isnan(found.share[neuron])
            continue
        assert found.frequency[neuron] == energy.argmax().item() + 1
        assert found.share[neuron] == pytest.approx((energy.max() / energy.sum()).item())
        total = (grid - grid.mean()).square().sum()
        assert found.variance_explained[neuron] == pytest.approx((energy.max() / total).item())
        assert found.variance_explained[neuron] <= found.share[neuron] + 1e-12


def test_losses_and_accuracy_by_split(model, split) -> None:
    folded, expected = model
    loss, operation = plain.loss_grid(expected.logits, expected.sign), folded.config.operation
    read = read_logits(folded.logit_slabs(), folded.config.p, operation)
    found = by_split(read.loss, split)
    train = torch.from_numpy(split.train)
    assert found.all == pytest.approx(loss.mean().item())
    assert found.train == pytest.approx(loss[train].mean().item())
    assert found.test == pytest.approx(loss[~train].mean().item())
    p = folded.config.p
    right = expected.logits.argmax(-1) == (torch.arange(p)[:, None] + expected.sign * torch.arange(p)) % p
    assert by_split(read.right, split).all == pytest.approx(right.double().mean().item())


def test_without_a_split_train_and_test_are_absent(model) -> None:
    loss = by_split(read_whole(model[1].logits).loss, None)
    assert loss.all > 0
    assert loss.train is None
    assert loss.test is None


def test_loss_is_resolved_far_below_what_float32_can() -> None:
    p, margin = 5, 30.0
    answer = (torch.arange(p)[:, None] + torch.arange(p)) % p
    logits = torch.nn.functional.one_hot(answer, p).float() * margin
    expected = np.log1p((p - 1) * np.exp(-margin))
    assert by_split(read_whole(logits).loss, None).all == pytest.approx(expected, rel=1e-3)


def test_trig_and_excluded_losses(model, split) -> None:
    folded, expected = model
    logits, keys, sign, operation = expected.logits, keys_of(model), expected.sign, folded.config.operation
    sums = sums_of(logits, operation)
    train = torch.from_numpy(split.train)

    kept = plain.corrected(plain.on_sum_directions(logits, keys, sign), logits)
    assert trig_loss(sums, keys, split).test == pytest.approx(plain.loss_grid(kept, sign)[~train].mean().item())
    removals = [[keys[0]], [keys[1]], list(keys), []]
    for frequencies, found in zip(removals, excluded_losses(halves(logits), sums, removals, split), strict=True):
        loss = plain.loss_grid(logits - plain.on_sum_directions(logits, frequencies, sign), sign)
        assert found.train == pytest.approx(loss[train].mean().item())
        assert found.all == pytest.approx(loss.mean().item())


def test_an_excluded_loss_of_logits_too_far_apart_to_exponentiate(model) -> None:
    logits, keys, sign, operation = model[1].logits * 1e4, keys_of(model), model[1].sign, model[0].config.operation
    without = logits - plain.on_sum_directions(logits, keys, sign)
    (found,) = excluded_losses(halves(logits), sums_of(logits, operation), [keys], None)
    assert found.all == pytest.approx(plain.loss_grid(without, sign).mean().item())


def test_trig_fractions(model) -> None:
    folded, expected = model
    keys, operation = keys_of(model), folded.config.operation
    logits = expected.logits
    on = plain.fraction_on(plain.on_sum_directions(logits, keys, expected.sign), logits)
    assert trig_fraction_of_logits(sums_of(logits, operation), keys) == pytest.approx(on)
    for stage in ("pre", "post"):
        values = getattr(expected, stage)
        on = plain.fraction_on(plain.on_sum_directions(values, keys, expected.sign), values)
        spectra = compute_spectra(folded, stage).spectra
        coefficients = on_sum_directions(spectra.blocks[[k - 1 for k in keys]], operation)
        assert trig_fraction_of_neurons(coefficients, spectra.energy, spectra.varies) == pytest.approx(on)
        if stage == "pre":
            sums = compute_spectra(folded, pre_keys=keys).pre_sums
            assert sums is not None
            assert trig_fraction_of_neurons(sums.coefficients, sums.energy, sums.varies) == pytest.approx(on)


def test_interventions_keep_and_remove_what_they_say(model) -> None:
    folded, expected = model
    spectra, keys = compute_spectra(folded).spectra, keys_of(model)
    n = folded.config.d_mlp
    # Clusters by decree: a random model has none.
    frequency = np.array([keys[i % 2] for i in range(n)])
    share = np.where(np.arange(n) < n - 3, 0.9, 0.5)
    groups = clusters(Neurons(frequency, share, share, share), keys)
    found = intervention_losses(folded, spectra, groups, expected.logits.mean(dim=(0, 1)))

    parts = {}
    for group in groups:
        post, W_logit = expected.post[..., group.neurons], folded.W_logit[group.neurons]
        parts[group.frequency] = (post if group.frequency is None else plain.on_block(post, group.frequency)) @ W_logit
    everything = sum(parts.values())

    def loss(kept) -> float:
        return plain.loss_grid(plain.corrected(kept, expected.logits), expected.sign).mean().item()

    assert found.key_frequency_only_with_rest == pytest.approx(loss(everything))
    assert found.key_frequency_only_without_rest == pytest.approx(loss(everything - parts[None]))
    for frequency_or_rest, part in parts.items():
        assert found.without_cluster[frequency_or_rest] == pytest.approx(loss(everything - part))


def test_the_sums_of_logits_do_not_depend_on_how_they_are_cut(model) -> None:
    logits, operation = model[1].logits, model[0].config.operation
    whole = read_logits([(slice(0, len(logits)), logits)], len(logits), operation).sums()
    for found in (sums_of(logits, operation), whole):
        torch.testing.assert_close(found.mean, logits.mean(dim=(0, 1)))
        torch.testing.assert_close(found.squares, (logits - logits.mean(dim=(0, 1))).square().sum(dim=(0, 1)))
        assert found.varies.all()


def test_projections_by_answers_are_those_on_p_squared_long_directions(model) -> None:
    logits, sign = model[1].logits, model[1].sign
    p = len(logits)
    keys = range(1, (p - 1) // 2 + 1)
    found = sums_of(logits, model[0].config.operation).coefficients(keys)
    for k in keys:
        for part, direction in enumerate(plain.sum_directions(p, k, sign)):
            torch.testing.assert_close(found[k - 1, part], (logits * direction[..., None]).sum(dim=(0, 1)))


def test_logits_that_do_not_vary_have_no_fractions() -> None:
    sums = sums_of(torch.full((5, 5, 5), 0.1))
    assert not sums.varies.any()
    assert trig_fraction_of_logits(sums, [1]) is None
    assert logit_formula(sums, [1])[1] is None


def test_the_logit_formula_is_a_least_squares_fit(model) -> None:
    folded, expected = model
    logits, keys = expected.logits, keys_of(model)
    p = len(logits)
    t = torch.arange(p)
    phase = (t[:, None, None] + expected.sign * t[None, :, None] - t[None, None, :]).double()
    design = torch.stack([torch.cos(2 * torch.pi * k * phase / p).flatten() for k in keys], dim=1)
    centred = (logits - logits.mean()).flatten()
    solution = torch.linalg.lstsq(design, centred[:, None]).solution[:, 0]
    explained = 1 - (centred - design @ solution).square().sum() / centred.square().sum()
    coefficients, fve = logit_formula(sums_of(logits, folded.config.operation), keys)
    assert list(coefficients.values()) == pytest.approx(solution.tolist())
    assert fve == pytest.approx(explained.item())


@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_logits_that_are_the_formula_are_explained_by_it_alone(operation, sign) -> None:
    p, amplitudes = 11, {2: 3.0, 5: 1.5}
    t = torch.arange(p, dtype=torch.float64)
    phase = t[:, None, None] + sign * t[None, :, None] - t[None, None, :]
    logits = sum(c * torch.cos(2 * torch.pi * k * phase / p) for k, c in amplitudes.items())
    coefficients, fve = logit_formula(sums_of(logits, operation), [2, 5])
    assert coefficients == pytest.approx(amplitudes)
    assert fve == pytest.approx(1.0)
    assert trig_fraction_of_logits(sums_of(logits, operation), [2, 5]) == pytest.approx(1.0)


def described(frequencies: list[int], shares: list[float]) -> Neurons:
    values = np.array(shares)
    return Neurons(np.array(frequencies), values, values, np.full(len(values), 0.5))


def test_a_frequency_is_key_from_two_tuned_neurons_or_one_percent_on() -> None:
    few = described([3, 3, 5, 7, 7], [0.9, 0.85, 0.99, 0.9, 0.84])
    assert key_frequencies(few) == (3,)
    many = described([3] * 4 + [5] * 5 + [9] * 391, [0.9] * 9 + [0.1] * 391)
    assert key_frequencies(many) == (3, 5)
    more = described([3] * 4 + [5] * 5 + [9] * 441, [0.9] * 9 + [0.1] * 441)
    assert key_frequencies(more) == (5,)


def test_clusters_hold_every_neuron_once_and_dead_ones_rest() -> None:
    neurons = described([3, 5, 3, 0], [0.9, 0.9, 0.5, np.nan])
    three, rest = clusters(neurons, (3,))
    assert three.neurons.tolist() == [0]
    assert rest.neurons.tolist() == [1, 2, 3]
    assert rest.frequency is None
    assert rest.share_mean == pytest.approx(0.7)
    empty = clusters(neurons, (7,))[0]
    assert empty.share_mean is None


def test_gini_is_zero_for_equal_and_near_one_for_one() -> None:
    assert gini(torch.ones(10)) == pytest.approx(0.0)
    assert gini(torch.tensor([0.0] * 9 + [1.0])) == pytest.approx(0.9)
    assert gini(torch.tensor([1.0, 2.0, 3.0])) == pytest.approx(2 / 9)
    assert gini(torch.zeros(4)) is None
