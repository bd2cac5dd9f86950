"""What the sentences of a tour say about a run: the engine's answers at named epochs, each computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grok_tui.session.selection import nearest_epoch

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.training_phases import TrainingPhases
    from engine.metrics.frequency_filtering import InterventionLosses
    from engine.metrics.neuron_clusters import Cluster

# They need the metrics of all checkpoints: see `RunFacts.epoch`.
PHASE_EPOCHS = ("memorised", "circuit formation", "grokked", "cleanup", "cleaned up")
EPOCH_NAMES = ("first", "last", "reference", *PHASE_EPOCHS)


@dataclass(frozen=True, eq=False)
class RunFacts:
    """The engine's answers about one run. The epochs of the phases need the metrics of all checkpoints."""

    explorer: Explorer
    reference_epoch: int
    _reports: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[int, ...]:
        return self.explorer.keys(self.reference_epoch) if self.explorer.run.has_weights else ()

    def epoch(self, name: str | int) -> int | None:
        """An epoch by its name, or the checkpoint nearest to a number; None if the run has none of that name.

        - memorised, grokked, cleaned up: the ends of the phases of training, the last two if the run has grokked
        - circuit formation, cleanup: the checkpoints in the middle of these phases
        """
        epochs = self.explorer.epochs
        if isinstance(name, int):
            return nearest_epoch(epochs, name)
        if name in PHASE_EPOCHS:
            return self._phase_epochs.get(name)
        return {"first": epochs[0], "last": epochs[-1], "reference": self.reference_epoch}[name]

    def number(self, epoch: int, *path: str) -> float | None:
        """A number of the report on an epoch, by its path in the report's JSON; None if it is absent."""
        value: Any = self.report(epoch)
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value if isinstance(value, int | float) else None

    def report(self, epoch: int) -> Mapping[str, Any]:
        """The report on an epoch, without interventions: from the run metrics, if they have it."""
        if epoch not in self._reports:
            self._reports[epoch] = self._computed(epoch)
        return self._reports[epoch]

    def interventions(self, epoch: int) -> InterventionLosses | None:
        """The losses of the interventions; None for an operation without sum directions."""
        if not self.explorer.config.task.has_sum_directions:
            return None
        return self.explorer.interventions(epoch, self.reference_epoch)

    def clusters(self, epoch: int) -> tuple[Cluster, ...]:
        return self.explorer.clusters(epoch, self.reference_epoch)

    def strongest_cluster(self, epoch: int) -> int | None:
        """The frequency with the largest coefficient in the logits, else of the most neurons; None without clusters."""
        filled = {cluster.frequency: len(cluster.neurons) for cluster in self.clusters(epoch) if len(cluster.neurons)}
        filled.pop(None, None)
        coefficients: Mapping[str, float] = self.report(epoch)["logit_fit"]["coefficients"]
        return max(filled, key=lambda k: (coefficients.get(str(k), 0.0), filled[k]), default=None)

    def strongest_neuron(self, epoch: int, frequency: int) -> int | None:
        """The neuron of a cluster with the most energy at its frequency; None if the cluster is empty."""
        members = next((each.neurons for each in self.clusters(epoch) if each.frequency == frequency), ())
        energy = self.explorer.summary(epoch).spectra.block_energy[frequency - 1].double()
        return max(map(int, members), key=lambda neuron: (energy[neuron].item(), -neuron), default=None)

    def strongest_dimension(self, epoch: int, frequency: int) -> int | None:
        """The dimension of the residual stream whose row of W_U has the largest share at a frequency."""
        if "W_U" not in self.explorer.run.config.parts:
            return None
        from engine.metrics.circuits import tuning_of_lines

        tunings = tuning_of_lines(self.explorer.unembedding(epoch).T)
        shares = {row: each.share or 0.0 for row, each in enumerate(tunings) if each.frequency == frequency}
        return max(shares, key=lambda row: (shares[row], -row), default=None)

    @property
    def accuracy(self) -> float | None:
        """Of the last checkpoint on the test pairs; without a split on all pairs; None without weights."""
        if not self.explorer.run.has_weights:
            return None
        accuracy = self.explorer.summary(self.explorer.epochs[-1]).losses.accuracy
        return accuracy.all if accuracy.test is None else accuracy.test

    @property
    def has_grokked(self) -> bool:
        from engine.many_runs.measure import GROKKED_ACCURACY

        return self.accuracy is not None and self.accuracy >= GROKKED_ACCURACY

    @cached_property
    def phases(self) -> TrainingPhases | None:
        """The ends of the phases; None before the metrics of all checkpoints are computed."""
        from engine.explorer.training_phases import find_training_phases

        run_metrics = self.explorer.run_metrics(self.reference_epoch).snapshot()
        return find_training_phases(run_metrics) if run_metrics.complete else None

    @cached_property
    def _phase_epochs(self) -> Mapping[str, int]:
        if not self.explorer.run.has_weights or self.phases is None:
            return {}
        ends = {"memorised": self.phases.memorisation}
        if self.has_grokked:  # else what has been formed does not generalise
            ends |= {"grokked": self.phases.circuit_formation, "cleaned up": self.phases.cleanup}
        found = {name: end.at for name, end in ends.items() if end is not None}
        for name, start, end in (("circuit formation", "memorised", "grokked"), ("cleanup", "grokked", "cleaned up")):
            if start in found and end in found:
                within = [epoch for epoch in self.explorer.epochs if found[start] < epoch <= found[end]]
                found[name] = nearest_epoch(within or [found[end]], (found[start] + found[end]) // 2)
        return found

    def _computed(self, epoch: int) -> Mapping[str, Any]:
        from engine import report, report_json

        run_metrics = self.explorer.run_metrics(self.reference_epoch).snapshot()
        known = next((metrics.report for metrics in run_metrics.metrics if metrics.epoch == epoch), None)
        return known or report_json(report(self.explorer, epoch, self.reference_epoch, interventions=False))
