"""All metrics of one checkpoint, as values and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.algorithm import Algorithm, algorithm
from engine.metrics.circuits import mean_attention
from engine.metrics.commutativity import commutativity
from engine.metrics.energy_frequencies import FrequencyEnergy, embedding_frequencies, logit_frequencies
from engine.metrics.excluded_loss import excluded_losses
from engine.metrics.frequency_filtering import InterventionLosses
from engine.metrics.inverse_participation import InverseParticipation, inverse_participation
from engine.metrics.logit_formula import logit_formula
from engine.metrics.logit_sums import LogitReader, Slab
from engine.metrics.losses import BySplit, by_split, reader_for, score
from engine.metrics.neuron_clusters import Cluster, Neurons, clusters, count_by_frequency, describe_neurons
from engine.metrics.neuron_spectra import SpectraPass, compute_spectra
from engine.metrics.norms import component_norms, embedding_norms, gini, sum_sq_weights
from engine.metrics.phase_alignment import ClusterPhases, cluster_phases
from engine.metrics.ranks import Ranks, ranks
from engine.metrics.replaced_activations import losses_of_interventions
from engine.metrics.softmax_collapse import Collapse, CollapseReader
from engine.metrics.trig_fraction import trig_fraction_of_logits, trig_fraction_of_neurons
from engine.metrics.trig_loss import trig_loss
from engine.networks.network import Network, NetworkWeights
from engine.networks.split import Split
from engine.networks.token_order import token_order


@dataclass(frozen=True)
class TrigFractions:
    """Variance on the sum directions of the key frequencies over variance, mean over units; None if undefined."""

    logits: float | None
    neurons_pre: float | None
    neurons_post: float | None


@dataclass(frozen=True)
class LogitFit:
    """The fit of the logit formula `sum_k c_k cos w_k(s - z)` (`logit_formula`): c_k by frequency k."""

    fve: float | None  # fraction of variance explained
    coefficients: Mapping[int, float]


@dataclass(frozen=True)
class SumDirectionMetrics:
    """The metrics that need sum directions; None or empty for an operation without them."""

    trig_loss: BySplit | None
    excluded_loss: Mapping[int, BySplit]
    excluded_loss_all_key: BySplit | None
    interventions: InterventionLosses | None
    trig_fraction: TrigFractions
    logit_fit: LogitFit
    logit_frequencies: Sequence[FrequencyEnergy] | None


@dataclass(frozen=True)
class CheckpointMetrics(SumDirectionMetrics):
    """All metrics of one checkpoint; each is defined in the function that computes it.

    Losses are in nats. Fields that depend on key frequencies are None or empty if there are none.
    """

    loss: BySplit
    accuracy: BySplit
    neurons: Neurons
    clusters: Sequence[Cluster]
    attention: list[list[float]] | None  # [head][position]; None without attention
    embedding_norms: list[float] | None  # [component]; None without W_E
    embedding_frequencies: Sequence[FrequencyEnergy] | None  # None without W_E
    gini_W_E: float | None
    gini_W_L: float | None
    sum_sq_weights: Mapping[str, float]
    algorithm: Algorithm
    collapse: Collapse
    ranks: Mapping[str, Ranks]  # by matrix: `W_in`, `W_Q[0]`, `W_logit`
    inverse_participation: InverseParticipation  # of neurons' input and output weights over frequencies
    phases: Mapping[int, ClusterPhases] | None  # by frequency; None without W_logit or sum directions
    commutativity: float | None  # None for more logits than are cached, and for constant ones
    right: NDArray[np.bool_]  # [x, y]: of all tokens, whether the largest logit is the right answer's


@torch.no_grad()
def compute_metrics(
    weights: NetworkWeights,
    network: Network,
    keys: Sequence[int],
    split: Split | None,
    *,
    in_order: Network | None = None,
    interventions: bool = True,
) -> CheckpointMetrics:
    """Compute every metric of one checkpoint.

    For multiplication and division modulo a prime, all but loss, accuracy, softmax collapse and the metrics of single
    matrices are those of the network on its nonzero tokens in order of their logarithm (`token_order`).

    Args:
        weights: the weights of the checkpoint.
        network: the network of these weights.
        keys: the key frequencies.
        split: the train/test split; None leaves the train and test values None.
        in_order: the network on its tokens in their order, if that is not the natural one.
        interventions: compute the losses of the interventions and gradient symmetricity over all right answers, which
            take most of the time.
    """
    order = token_order(network.task)
    if order.natural:
        return _compute(weights, network, keys, split, interventions)
    assert in_order is not None
    metrics = _compute(weights, in_order, keys, order.split(split), interventions)
    losses, collapse = reader_for(network.task, network.device), CollapseReader(network.task, network.device)
    for slab in network.logit_slabs():
        losses.read(slab)
        collapse.read(slab)
    scores = score(losses, split)
    right = losses.right.cpu().numpy()
    return replace(metrics, loss=scores.loss, accuracy=scores.accuracy, collapse=collapse.collapse(split), right=right)


def _compute(
    weights: NetworkWeights, network: Network, keys: Sequence[int], split: Split | None, interventions: bool
) -> CheckpointMetrics:
    task, W_E = network.task, network.W_E if "W_E" in network.parts else None
    logits = _LogitsReadTwice(network)
    reader = logits.reader
    computed = compute_spectra(network, read=logits.read, with_pre=task.has_sum_directions and len(keys) > 0)
    neurons = describe_neurons(computed.spectra)
    groups = clusters(neurons, keys)
    if not isinstance(reader, LogitReader):
        on_sums = _without_sum_directions(interventions)
    else:
        again = logits.again()
        on_sums = _on_sum_directions(network, computed, groups, reader, again, keys, split, interventions)
    return CheckpointMetrics(
        **vars(on_sums),
        loss=by_split(reader.loss, split),
        accuracy=by_split(reader.right, split),
        neurons=neurons,
        clusters=groups,
        attention=mean_attention(network).tolist() if "attention" in network.parts else None,
        embedding_norms=None if W_E is None else embedding_norms(W_E).tolist(),
        embedding_frequencies=None if W_E is None else embedding_frequencies(W_E),
        gini_W_E=None if W_E is None else gini(component_norms(W_E)),
        gini_W_L=gini(component_norms(network.W_logit.T)) if "W_logit" in network.parts else None,
        sum_sq_weights=sum_sq_weights(weights),
        algorithm=algorithm(network, reader.right_logit if isinstance(reader, LogitReader) else None, interventions),
        collapse=logits.collapse.collapse(split),
        ranks=ranks(weights, network),
        inverse_participation=inverse_participation(network, computed.pre),
        phases=_phases(network, computed, neurons, keys),
        commutativity=logits.commutativity(reader.sums().squares.sum() if isinstance(reader, LogitReader) else None),
        right=reader.right.cpu().numpy(),
    )


def _phases(
    network: Network, computed: SpectraPass, neurons: Neurons, keys: Sequence[int]
) -> dict[int, ClusterPhases] | None:
    if "W_logit" not in network.parts or not network.task.has_sum_directions:
        return None
    return cluster_phases(network, computed, neurons, keys)


def _without_sum_directions(interventions: bool) -> SumDirectionMetrics:
    return SumDirectionMetrics(
        trig_loss=None,
        excluded_loss={},
        excluded_loss_all_key=None,
        interventions=InterventionLosses(None, None, {}) if interventions else None,
        trig_fraction=TrigFractions(None, None, None),
        logit_fit=LogitFit(None, {}),
        logit_frequencies=None,
    )


def _on_sum_directions(
    network: Network,
    computed: SpectraPass,
    groups: Sequence[Cluster],
    reader: LogitReader,
    logits: Iterable[Slab],
    keys: Sequence[int],
    split: Split | None,
    interventions: bool,
) -> SumDirectionMetrics:
    spectra, sums = computed.spectra, reader.sums()
    *excluded, excluded_all = excluded_losses(logits, sums, [*([k] for k in keys), keys], split, reader.odds)
    fitted, explained = logit_formula(sums, keys)
    return SumDirectionMetrics(
        trig_loss=trig_loss(sums, keys, split) if keys else None,
        excluded_loss=dict(zip(keys, excluded, strict=True)),
        excluded_loss_all_key=excluded_all if keys else None,
        interventions=losses_of_interventions(network, spectra, groups, sums) if interventions else None,
        trig_fraction=TrigFractions(
            logits=trig_fraction_of_logits(sums, keys) if keys else None,
            neurons_pre=None if computed.pre is None else trig_fraction_of_neurons(computed.pre, keys, network.task),
            neurons_post=trig_fraction_of_neurons(spectra, keys, network.task) if keys else None,
        ),
        logit_fit=LogitFit(explained if keys else None, fitted),
        logit_frequencies=logit_frequencies(sums),
    )


# The logits of all pairs and their odds are cached between their two readings if the odds take no more than this;
# larger ones are computed twice.
_CACHED_BYTES = 32 << 20


class _LogitsReadTwice:
    """The logits of all pairs, read once for losses and sums, and again for the metrics that need these."""

    def __init__(self, network: Network) -> None:
        p = network.task.p
        self._network = network
        is_cached = p**3 * torch.float64.itemsize <= _CACHED_BYTES
        self._cached = torch.empty(p, p, p, dtype=network.dtype, device=network.device) if is_cached else None
        self.reader = reader_for(network.task, network.device, keeps_odds=is_cached)
        self.collapse = CollapseReader(network.task, network.device)

    def read(self, slab: Slab) -> None:
        if isinstance(self.reader, LogitReader):
            self.collapse.read_ordered(slab[0], self.reader.read(slab))
        else:
            self.reader.read(slab)
            self.collapse.read(slab)
        if self._cached is not None:
            self._cached[slab[0]] = slab[1]

    def again(self) -> Iterable[Slab]:
        if self._cached is None:
            return self._network.logit_slabs()
        return [(x, self._cached[x]) for x in self._network.slabs()]

    def commutativity(self, squares: Tensor | None) -> float | None:
        """`commutativity` of the cached logits; None if they are too large."""
        if self._cached is None:
            return None
        return commutativity(self._cached, self._network.task, squares)


def metrics_json(metrics: CheckpointMetrics) -> dict[str, object]:
    """The metrics as JSON values, without provenance; absent values are None."""
    return {
        "loss": asdict(metrics.loss),
        "accuracy": asdict(metrics.accuracy),
        "clusters": [cluster_json(cluster) for cluster in metrics.clusters],
        "trig_loss": _by_split_json(metrics.trig_loss),
        "excluded_loss": {str(k): asdict(loss) for k, loss in metrics.excluded_loss.items()},
        "excluded_loss_all_key": _by_split_json(metrics.excluded_loss_all_key),
        **_interventions_json(metrics.interventions),
        "trig_fraction": asdict(metrics.trig_fraction),
        "attention": metrics.attention,
        "logit_fit": {
            "fve": metrics.logit_fit.fve,
            "coefficients": {str(k): c for k, c in metrics.logit_fit.coefficients.items()},
        },
        "neuron_frequencies": [asdict(count) for count in count_by_frequency(metrics.neurons)],
        "logit_frequencies": _energies_json(metrics.logit_frequencies),
        "embedding_frequencies": _energies_json(metrics.embedding_frequencies),
        "embedding_norms": metrics.embedding_norms,
        "gini": {"W_E": metrics.gini_W_E, "W_L": metrics.gini_W_L},
        "sum_sq_weights": dict(metrics.sum_sq_weights),
        "algorithm": asdict(metrics.algorithm),
        "collapse": asdict(metrics.collapse),
        "ranks": {name: asdict(each) for name, each in metrics.ranks.items()},
        "inverse_participation_ratio": asdict(metrics.inverse_participation),
        "phase_alignment": None if metrics.phases is None else {str(k): asdict(p) for k, p in metrics.phases.items()},
        "commutativity": metrics.commutativity,
    }


def _energies_json(found: Sequence[FrequencyEnergy] | None) -> list[dict[str, float]] | None:
    return None if found is None else [asdict(frequency) for frequency in found]


def _by_split_json(values: BySplit | None) -> dict[str, float | None]:
    return dict.fromkeys(("all", "train", "test")) if values is None else asdict(values)


def _interventions_json(losses: InterventionLosses | None) -> dict[str, object]:
    if losses is None:
        return {}
    by_cluster = {
        "rest" if frequency is None else str(frequency): loss for frequency, loss in losses.without_cluster.items()
    }
    only = {"with_rest": losses.key_frequency_only_with_rest, "without_rest": losses.key_frequency_only_without_rest}
    return {"key_frequency_only": only, "without_cluster": by_cluster}


def cluster_json(cluster: Cluster) -> dict[str, object]:
    """A cluster as JSON values: the number of its neurons and their means."""
    return {
        "frequency": cluster.frequency,
        "neurons": len(cluster.neurons),
        "share_mean": cluster.share_mean,
        "variance_explained_mean": cluster.variance_explained_mean,
        "fraction_active_mean": cluster.fraction_active_mean,
    }
