"""The frequencies of each checkpoint by three rules, which of them are transient, and when each neuron commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.explorer.run_metrics import EpochMetrics, RunMetricsSnapshot
from engine.metrics.neuron_clusters import count_by_frequency, key_frequencies

# A transient frequency is that of at least this share of the neurons at some checkpoint, and at the last of fewer than
# this part of its largest number.
_LEAST_PEAK, _LARGEST_REST = 0.05, 0.10

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FrequencyHistory:
    """Frequencies that some rule finds at some checkpoint, with what each rule measures; 0 where it does not find it.

    `logits` and `embedding` are None where the run has no sum directions or no embedding. `committed_at` is NaN for a
    neuron that never commits.
    """

    epochs: _Array  # [epoch]
    frequencies: tuple[int, ...]  # ascending
    neurons: _Array  # [frequency, epoch]: tuned neurons, where the frequency would be key at that epoch
    logits: _Array | None  # [frequency, epoch]: share of the energy of the logits
    embedding: _Array | None  # [frequency, epoch]: share of the energy of the embedding
    committed: _Array  # [frequency, epoch]: neurons that have the frequency with a share of at least 0.70
    transient: tuple[int, ...]
    committed_at: _Array  # [neuron]: the first epoch with a share of at least 0.70

    @property
    def never_committed(self) -> tuple[int, ...]:
        """The neurons whose share is below 0.70 at every checkpoint."""
        return tuple(np.flatnonzero(np.isnan(self.committed_at)).tolist())


def frequency_history(run_metrics: RunMetricsSnapshot) -> FrequencyHistory:
    """The history of the checkpoints that are measured so far.

    By neurons a frequency is found where it would be key if the epoch were its own reference epoch
    (`key_frequencies`); the other rules are those of `energy_frequencies`.
    """
    metrics = run_metrics.metrics
    keys = [_tuned_neurons(each) for each in metrics]
    logits, embedding = (_energies(metrics, name) for name in ("logit_frequencies", "embedding_frequencies"))
    committed = [_committed_neurons(each) for each in metrics]
    n_neurons = len(metrics[0].neurons.frequency) if metrics else 0
    transient = _transient(committed, n_neurons)
    found = {k for rule in (keys, logits or [], embedding or []) for counts in rule for k in counts}
    frequencies = tuple(sorted(found | set(transient)))
    return FrequencyHistory(
        epochs=np.array(run_metrics.epochs, dtype=np.float64),
        frequencies=frequencies,
        neurons=_table(keys, frequencies),
        logits=None if logits is None else _table(logits, frequencies),
        embedding=None if embedding is None else _table(embedding, frequencies),
        committed=_table(committed, frequencies),
        transient=transient,
        committed_at=_committed_at(metrics, n_neurons),
    )


_Counts = Mapping[int, float]  # by frequency


def _tuned_neurons(metrics: EpochMetrics) -> _Counts:
    tuned = metrics.neurons.frequency[metrics.neurons.tuned()]
    return {k: float((tuned == k).sum()) for k in key_frequencies(metrics.neurons)}


def _committed_neurons(metrics: EpochMetrics) -> _Counts:
    return {count.frequency: float(count.committed) for count in count_by_frequency(metrics.neurons)}


def _energies(metrics: Sequence[EpochMetrics], name: str) -> list[_Counts] | None:
    """The shares of energy by frequency of each checkpoint; None if the rule applies to none."""
    by_epoch = [each.report.get(name) for each in metrics]
    if all(found is None for found in by_epoch):
        return None
    return [{each["frequency"]: each["energy"] for each in found or ()} for found in by_epoch]


def _transient(committed: Sequence[_Counts], n_neurons: int) -> tuple[int, ...]:
    if not committed:
        return ()
    peaks: dict[int, float] = {}
    for counts in committed:
        peaks |= {k: max(count, peaks.get(k, 0.0)) for k, count in counts.items()}
    last = committed[-1]
    return tuple(
        k
        for k, peak in sorted(peaks.items())
        if peak >= _LEAST_PEAK * n_neurons and last.get(k, 0.0) < _LARGEST_REST * peak
    )


def _table(by_epoch: Sequence[_Counts], frequencies: Sequence[int]) -> _Array:
    """[frequency, epoch]; 0 where absent."""
    rows = [[counts.get(k, 0.0) for counts in by_epoch] for k in frequencies]
    return np.array(rows, dtype=np.float64).reshape(len(frequencies), len(by_epoch))


def _committed_at(metrics: Sequence[EpochMetrics], n_neurons: int) -> _Array:
    committed_at = np.full(n_neurons, np.nan)
    for each in reversed(metrics):
        committed_at[each.neurons.committed()] = each.epoch
    return committed_at
