"""Frequencies by energy, against their definitions and against values of others' models computed elsewhere."""

from __future__ import annotations

import json

import pytest
import torch

from engine import Explorer, open_run
from engine.metrics.energy_frequencies import (
    FrequencyEnergy,
    embedding_frequencies,
    logit_energies,
    logit_frequencies,
)
from engine.networks.config import ModelConfig
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import sums_of

FAMILIES = {
    "families/model_A.pt": "families/model_A.expected.json",
    "families/model_B.pt": "families/model_B.expected.json",
    "families/bare_names_p53/ckpt_1000.pt": "families/bare_names_p53.epoch_1000.expected.json",
    "families/bare_names_p53/ckpt_5000.pt": "families/bare_names_p53.epoch_5000.expected.json",
    "families/bare_names_p53/ckpt_8500.pt": "families/bare_names_p53.epoch_8500.expected.json",
}


@pytest.mark.parametrize("model_file", FAMILIES)
def test_energies_of_the_logits_match_independent_values(model_file, real) -> None:
    expected = json.loads(real(FAMILIES[model_file]).read_text())["logit_energy_top"]
    explorer = Explorer(open_run(real(model_file)), dtype=torch.float64)
    sums = explorer.logit_sums(explorer.epochs[-1])
    energies = logit_energies(sums)
    for k, energy in expected.items():
        assert energies[int(k) - 1].item() == pytest.approx(energy, rel=1e-9)
    found = {frequency.frequency: frequency.energy for frequency in logit_frequencies(sums)}
    strong = {int(k): energy for k, energy in expected.items() if energy >= 0.01}
    assert found == pytest.approx(strong, rel=1e-9)
    assert list(found) == sorted(found)


def test_logit_frequencies_hold_one_percent_of_the_centred_energy(model) -> None:
    folded, expected = model
    p, t = folded.config.p, torch.arange(folded.config.p)
    answer_minus_z = t[:, None, None] + expected.sign * t[:, None] - t  # [x, y, z]
    waves = [torch.cos(2 * torch.pi * k * answer_minus_z.double() / p) for k in (2, p // 2)]
    logits = expected.logits + waves[0] * expected.logits.std() + waves[1]
    centred = logits - logits.mean(dim=(0, 1))
    shares = {}
    for k in range(1, p // 2 + 1):
        part = plain.on_sum_directions(centred, [k], expected.sign)
        shares[k] = (part.square().sum() / centred.square().sum()).item()
    found = logit_frequencies(sums_of(logits, folded.config.operation))
    assert {f.frequency: f.energy for f in found} == pytest.approx({k: e for k, e in shares.items() if e >= 0.01})
    assert [f.frequency for f in found] == [2, p // 2]


def test_a_wave_that_depends_on_the_sum_alone_holds_all_energy() -> None:
    p, t = 8, torch.arange(8, dtype=torch.float64)
    alternating = torch.cos(torch.pi * (t[:, None, None] + t[:, None] - t))  # frequency p/2
    assert logit_frequencies(sums_of(5 + alternating)) == (FrequencyEnergy(p // 2, pytest.approx(1)),)


def test_logits_that_do_not_vary_have_no_frequencies() -> None:
    per_answer = torch.arange(5.0).expand(5, 5, 5)
    assert logit_frequencies(sums_of(per_answer)) == ()


@pytest.mark.parametrize("p", [7, 12])
def test_embedding_frequencies_hold_twice_an_even_share(p, random_weights) -> None:
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=10)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    weights.W_E[:p] += 3 * plain.wave(p, 3)[:, None] + 5  # the cosine of frequency 2, and a constant
    centred = weights.W_E[:p] - weights.W_E[:p].mean(dim=0)
    shares = {}
    for k in range(1, p // 2 + 1):
        waves = [plain.wave(p, component) for component in plain.components(p, k)[1:]]
        shares[k] = sum((wave @ centred).square().sum() for wave in waves).item() / centred.square().sum().item()
    assert sum(shares.values()) == pytest.approx(1)
    expected = {k: energy for k, energy in shares.items() if energy >= 2 / (p // 2)}
    assert list(expected) == [2]
    assert {f.frequency: f.energy for f in embedding_frequencies(weights.W_E[:p])} == pytest.approx(expected)


def test_an_embedding_that_is_the_same_for_all_tokens_has_no_frequencies(random_weights) -> None:
    weights = random_weights(ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=10))
    weights.W_E[:] = 0.1
    assert embedding_frequencies(weights.W_E[:7]) == ()
