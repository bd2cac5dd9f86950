"""Explorer and report of a network without optional parts: what needs one is absent, the rest as of any network."""

from __future__ import annotations

import json

import pytest

from engine import Explorer, report
from engine.explorer import checkpoint_networks
from engine.explorer.epoch_report import report_json
from engine.metrics.ablation_spec import Ablation
from engine.networks.parts import PARTS, MissingPart
from tests.engine.bare_network import EPOCHS, BareConfig, bare_explorer, bare_network, build_bare_network
from tests.engine.metrics import plain_metrics as plain

LAST = EPOCHS[-1]


@pytest.fixture(params=["add", "subtract", "multiply", "x^2+y^2"])
def explorer(request, monkeypatch) -> Explorer:
    monkeypatch.setattr(checkpoint_networks, "build_network", build_bare_network)
    return bare_explorer(BareConfig(operation=request.param))


def test_the_report_has_null_for_what_the_network_lacks(explorer) -> None:
    found = report_json(report(explorer, LAST, LAST))
    for name in ("attention", "embedding_norms", "embedding_frequencies"):
        assert found[name] is None
    assert found["gini"] == {"W_E": None, "W_L": None}
    assert found["config"]["architecture"] == "a bare network"
    assert found["tail"].startswith("not linear")
    assert set(found["sum_sq_weights"]) == {"over_x", "over_y", "out", "total"}
    json.dumps(found, allow_nan=False)


def test_loss_and_clusters_are_those_of_the_definition(monkeypatch) -> None:
    monkeypatch.setattr(checkpoint_networks, "build_network", build_bare_network)
    found, network = report(bare_explorer(BareConfig()), LAST, LAST), bare_network(BareConfig(), seed=LAST)
    post = network.post_rows(slice(None))
    assert found.loss.all == pytest.approx(plain.loss_grid(network.logits(slice(None), post)).mean().item())
    energies = [plain.energies(post[..., n]) for n in range(network.n_neurons)]
    assert found.neurons.frequency.tolist() == [int(energy.argmax()) + 1 for energy in energies]


def test_the_metrics_of_all_checkpoints_are_computed(explorer) -> None:
    run_metrics = explorer.run_metrics(LAST)
    assert list(run_metrics.steps()) == list(EPOCHS)
    assert run_metrics.failures == {}


def test_an_ablation_says_that_the_network_was_rerun(explorer) -> None:
    clusters = frozenset({explorer.clusters(LAST, LAST)[0].frequency})
    result = explorer.ablate(LAST, LAST, Ablation(clusters), 1, 2)
    assert result.rerun
    assert result.ablated.scores.loss.all != pytest.approx(result.original.scores.loss.all)


def test_what_needs_a_missing_part_names_it(explorer) -> None:
    for query in (
        lambda: explorer.check.head(0),
        lambda: explorer.embedding(LAST),
        lambda: explorer.unembedding(LAST),
        lambda: explorer.one_layer(LAST),
        lambda: explorer.ablate(LAST, LAST, Ablation(direct=True), 1, 2),
    ):
        with pytest.raises(MissingPart, match=r"^[^.]+ needs [^.]+; this network is a bare network\.$"):
            query()
    assert explorer.run.config.parts.isdisjoint(PARTS)
