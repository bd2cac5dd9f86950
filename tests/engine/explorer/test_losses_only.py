"""The explorer of a run without weights answers what its recorded losses answer."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from engine.errors import NeedsWeights, UnknownQuery
from engine.explorer.epoch_report import report
from engine.explorer.run_metrics import recorded_metrics
from engine.explorer.training_phases import find_training_phases
from tests.losses_only import write_losses_only


@pytest.fixture
def explorer(tmp_path) -> Explorer:
    return Explorer(open_run(write_losses_only(tmp_path / "run")))


def test_it_has_epochs_losses_and_provenance(explorer):
    assert explorer.epochs == (0, 100, 200, 300, 400, 500)
    assert explorer.recorded_losses is explorer.run.losses
    assert explorer.split is None
    provenance = explorer.provenance(100, 500)
    assert (provenance["run"], provenance["epoch"], provenance["config"]) == ("run", 100, None)
    assert provenance["key_frequencies"] == []


def test_everything_else_needs_weights(explorer, tmp_path):
    questions = (
        lambda: explorer.summary(100),
        lambda: explorer.keys(100),
        lambda: explorer.run_metrics(100),
        lambda: explorer.config,
        lambda: explorer.check.neuron(0),
        lambda: explorer.neuron_spectrum(100, 0, 100),
        lambda: report(explorer, 100, 500),
        lambda: Explorer(explorer.run, keys=[1]),
    )
    for ask in questions:
        with pytest.raises(NeedsWeights, match="run has losses but no checkpoints"):
            ask()
    with pytest.raises(UnknownQuery, match="nearest: 100 and 200"):
        explorer.check.epoch(150)


def test_the_test_loss_alone_shows_the_end_of_circuit_formation(explorer):
    phases = find_training_phases(recorded_metrics(explorer.recorded_losses))
    assert phases.circuit_formation is not None
    assert (phases.circuit_formation.after_epoch, phases.circuit_formation.by_epoch) == (300, 400)
    assert (phases.memorisation, phases.cleanup, phases.cleanup_to_99_percent) == (None, None, None)
