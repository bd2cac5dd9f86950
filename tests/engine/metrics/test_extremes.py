"""The report of extreme networks: every number is finite or absent, correct where it can be checked, or refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from engine import ModelConfig, UnreadableRun, open_run, report, report_json
from engine.explorer.explorer import Explorer
from engine.metrics.pair import read_pair
from engine.networks.overflow import OutOfRange
from engine.networks.weights import Weights
from tests.engine.extremes import EPOCHS, SMALL, VALID, explorer_of, scaled
from tests.engine.networks.plain_model import plain_forward
from tests.engine.state_dicts.foreign import transformerlens_state

LAST = EPOCHS[-1]
# Undefined for a network whose logits or neurons are constant.
MAY_BE_ABSENT = {"share_mean", "variance_explained_mean", "fraction_active_mean", "fve", "W_E", "W_L"}
MAY_BE_ABSENT |= {"logits", "neurons_pre", "neurons_post", "frequency", "seed"}
MAY_BE_ABSENT |= {"input", "output"}  # inverse participation ratios
MAY_BE_ABSENT |= {"distance_irrelevance", "circularity", "commutativity", "effective_rank", "participation_ratio"}
MAY_BE_ABSENT |= {"alignment", "resultant"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", VALID)
def test_every_number_is_finite_or_absent(name, dtype) -> None:
    explorer = explorer_of(*VALID[name], dtype=dtype)
    found = report_json(report(explorer, LAST, LAST))
    json.dumps(found, allow_nan=False)
    assert absent_in(found) <= MAY_BE_ABSENT
    expected = plain_forward(explorer.run.weights(LAST), explorer.run.config).loss.mean().item()
    assert found["loss"]["all"] == pytest.approx(expected, rel=1e-3 if dtype == torch.float32 else 1e-9)


def absent_in(found: object, name: str = "") -> set[str]:
    """The names of the fields of a report that are None."""
    if isinstance(found, dict):
        return set().union(*(absent_in(value, key) for key, value in found.items()))
    if isinstance(found, list):
        return set().union(*(absent_in(value, name) for value in found))
    return {name} if found is None else set()


@pytest.mark.parametrize("name", ["silent", "constant", "zeros"])
def test_constant_neurons_have_no_frequency_share_or_fraction(name) -> None:
    found = report(explorer_of(*VALID[name], keys=(1, 2)), LAST, LAST)
    assert found.neurons.frequency.tolist() == [0] * 6
    assert [len(cluster.neurons) for cluster in found.clusters] == [0, 0, 6]
    assert found.trig_fraction.neurons_post is None
    assert found.clusters[-1].share_mean is None
    assert found.clusters[-1].fraction_active_mean == (1.0 if name == "constant" else 0.0)


@pytest.mark.parametrize("name", ["mute", "zeros"])
def test_constant_logits_have_the_loss_of_guessing_and_no_fit(name) -> None:
    found = report(explorer_of(*VALID[name]), LAST, LAST)
    guessing = torch.tensor(5.0).double().log().item()
    for loss in (found.loss, found.trig_loss, found.excluded_loss[1], found.excluded_loss_all_key):
        assert loss.all == pytest.approx(guessing)
    assert found.logit_fit.fve is None
    assert found.trig_fraction.logits is None


@pytest.mark.parametrize(("factor", "dtype"), [(1e30, torch.float32), (1e8, torch.float32), (1e60, torch.float64)])
def test_overflowing_weights_are_refused_and_other_epochs_remain(factor, dtype) -> None:
    explorer = explorer_of(SMALL, lambda weights: scaled(factor)(weights.to(torch.float64)), dtype=dtype)
    remedy = "pass --dtype float64" if dtype == torch.float32 else "its metrics would be meaningless"
    with pytest.raises(OutOfRange, match=f"exceeds the range of .*too large; {remedy}"):
        report(explorer, LAST, LAST)
    run_metrics = explorer.run_metrics(LAST)
    assert list(run_metrics.steps()) == list(EPOCHS)
    assert run_metrics.snapshot().epochs == list(EPOCHS[:-1])
    assert "exceeds the range" in run_metrics.failures[LAST]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_weights_of_1e30_are_valid_if_their_products_stay_in_range(dtype) -> None:
    def large_readout(weights: Weights) -> Weights:
        return replace(weights, W_U=weights.W_U * 1e30)

    found = report_json(report(explorer_of(SMALL, large_readout, dtype=dtype), LAST, LAST))
    json.dumps(found, allow_nan=False)
    assert 1e28 < found["loss"]["all"] < 1e32


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_files_of_other_dtypes(tmp_path, random_weights, dtype) -> None:
    weights = random_weights(SMALL, dtype=dtype)
    torch.save(transformerlens_state(weights), tmp_path / "model_p5.pt")
    found = report(Explorer(open_run(tmp_path / "model_p5.pt"), no_split=True), 0, 0)
    assert found.loss.all == pytest.approx(plain_forward(weights, SMALL).loss.mean().item(), rel=1e-4)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_nan_and_infinity_are_refused_on_opening(tmp_path, random_weights, value) -> None:
    weights = random_weights(SMALL)
    weights.W_in[1, 2] = value
    torch.save(transformerlens_state(weights), tmp_path / "model_p5.pt")
    with pytest.raises(UnreadableRun, match="W_in contains NaN or infinity"):
        open_run(tmp_path / "model_p5.pt")


@pytest.mark.parametrize("p", [113, 257])
def test_a_large_p_is_computed_in_slabs(p) -> None:
    explorer = explorer_of(ModelConfig.standard(p=p, d_model=4, n_heads=1, d_mlp=1))
    folded, found = explorer.network(LAST), explorer.summary(LAST)
    assert max(x.stop - x.start for x in folded.slabs()) < p
    mean = sum(rows.double().sum(dim=(0, 1)) for _, rows in folded.logit_slabs()) / p**2
    torch.testing.assert_close(found.logit_sums.mean, mean)
    assert found.losses.loss.all > 0


def test_slabs_of_p_499_cover_all_pairs_and_agree_with_single_pairs() -> None:
    """The full report at this size is in tests/benchmarks/bench_memory.py."""
    folded = explorer_of(ModelConfig.standard(p=499, d_model=4, n_heads=1, d_mlp=2), dtype=torch.float64).network(LAST)
    slabs = list(folded.slabs())
    assert [x for slab in slabs for x in range(slab.start, slab.stop)] == list(range(499))
    assert max(slab.stop - slab.start for slab in slabs) * 499**2 * 8 < 32 << 20
    x, logits = next(folded.logit_slabs())
    found = read_pair(folded, {}, x.stop - 1, 498)
    torch.testing.assert_close(torch.from_numpy(found.logits), logits[-1, 498] - logits[-1, 498].mean())
