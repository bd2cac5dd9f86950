"""The one door for a front end: questions by epoch, neuron and so on, answered in numpy, computed once.

Answers are frozen dataclasses of plain numbers and numpy arrays; what further measures start from (a checkpoint's
weights, its fold, its summary) is handed out as it is. What is expensive and small is kept (least recently used goes
first), by the checkpoint that it was computed from; everything is safe to ask from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

import engine
from engine.absent import none_if_nan
from engine.caching import ByteLimitedCache
from engine.errors import UnknownQuery
from engine.explorer.ablation_evaluator import AblationEvaluator, AblationResult
from engine.explorer.answers import EpochSummary, Grid, NeuronActivation, NeuronFacts, NeuronSpectrum
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.explorer.provenance import describe_split, report_config
from engine.explorer.run_metrics import RunMetrics
from engine.metrics.ablation_spec import Ablation
from engine.metrics.circuits import mean_spectrum
from engine.metrics.frequency_filtering import InterventionLosses, intervention_losses
from engine.metrics.logit_sums import LogitReader, read_logits
from engine.metrics.losses import score
from engine.metrics.neuron_clusters import Cluster, clusters, describe_neurons, key_frequencies, membership
from engine.metrics.neuron_spectra import NeuronSpectra, compute_spectra
from engine.metrics.split_recognition import recognise_split
from engine.networks.folded import Folded
from engine.networks.fourier import block_energies, dft2
from engine.networks.split import Split
from engine.networks.weights import Weights
from engine.runs.run import Checkpoint, RecordedLosses, Run

# Byte limits of the caches: about 230 summaries of the study's network, one or two of the largest.
_SUMMARY_BYTES, _SPECTRUM_BYTES = 256 << 20, 32 << 20


class Explorer:
    """A run, opened for questions.

    Args:
        run: what `open_run` returned.
        dtype: float32 or float64; losses are in float64 either way.
        device: where the engine computes.
        split: a split told by the user; by default the run's own, else the one that is recognised.
        no_split: leave train and test absent.
        keys: key frequencies told by the user; by default those of the reference epoch.
        cache: a folder for the measures of whole runs; by default they are kept in memory alone.
    """

    def __init__(
        self,
        run: Run,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        split: Split | None = None,
        no_split: bool = False,
        keys: Sequence[int] | None = None,
        cache: Path | None = None,
    ) -> None:
        if keys is not None and not all(1 <= k <= run.config.n_frequencies for k in keys):
            raise UnknownQuery(
                f"Key frequencies of p = {run.config.p} lie between 1 and {run.config.n_frequencies}; "
                f"found {', '.join(map(str, keys))}."
            )
        self._networks = CheckpointNetworks(run, dtype, torch.device(device))
        self._explicit_split = split
        self._no_split = no_split
        self._explicit_keys = None if keys is None else tuple(sorted(set(keys)))
        self._run_metrics = lru_cache(maxsize=4)(lambda keys, split: RunMetrics(self._networks, keys, split, cache))
        self._summary = ByteLimitedCache(self._summarise, _SUMMARY_BYTES)
        self._spectrum = ByteLimitedCache(self._transform, _SPECTRUM_BYTES)
        self._pre_spectra = ByteLimitedCache(self._compute_pre_spectra, _SPECTRUM_BYTES)
        self._mean_spectra = ByteLimitedCache(self._average, _SPECTRUM_BYTES)
        self._interventions = lru_cache(maxsize=256)(self._intervene)
        self._recognised = lru_cache(maxsize=1)(self._recognise)
        self._known_split: Split | None = None
        self._ablations = AblationEvaluator(self._networks, self._summary)

    @property
    def run(self) -> Run:
        """The run as it was last read from disk."""
        return self._networks.run

    @property
    def dtype(self) -> torch.dtype:
        return self._networks.dtype

    @property
    def device(self) -> torch.device:
        return self._networks.device

    @property
    def epochs(self) -> tuple[int, ...]:
        return self.run.epochs

    @property
    def recorded_losses(self) -> RecordedLosses | None:
        return self.run.losses

    def refresh(self) -> bool:
        """Look at the run on disk again; whether anything is new. To be called by the thread that asks questions."""
        return self._networks.refresh()

    @property
    def split(self) -> Split | None:
        """As told, as stored, or recognised by the last checkpoint's losses; None if there is none to be had.

        One that was recognised stays; where none was, it is tried again with each checkpoint that a run grows by.
        """
        if self._no_split:
            return None
        known = self._explicit_split or self.run.split or self._known_split
        if known is None:
            known = self._known_split = self._recognised(self.run.checkpoints[-1])
        return known

    @property
    def described_split(self) -> dict[str, object] | None:
        """Where the split is from, as exports give it."""
        return describe_split(self.split)

    def weights(self, epoch: int) -> Weights:
        """The weights of a checkpoint in the explorer's dtype, on its device.

        Raises:
            OutOfRange: one is too large for the dtype.
        """
        return self._networks.weights(self.run.checkpoint(epoch))

    def stored_weights(self, epoch: int) -> Weights:
        """The weights of a checkpoint as its file has them; all that is asked of it is answered from one reading."""
        return self._networks.stored_weights(self.run.checkpoint(epoch))

    def folded(self, epoch: int) -> Folded:
        """The model as tables over its tokens.

        Raises:
            NotEnoughMemory: the model is larger than the memory that is free.
            OutOfRange: the weights are so large that its numbers overflow the dtype.
        """
        return self._networks.folded(self.run.checkpoint(epoch))

    def summary(self, epoch: int) -> EpochSummary:
        """The neurons of a checkpoint, their spectra and its loss."""
        return self._summary(self.run.checkpoint(epoch), self.split)

    def run_metrics(self, reference_epoch: int) -> RunMetrics:
        """The metrics of all checkpoints, with the key frequencies of the reference epoch; computed step by step."""
        return self._run_metrics(self.keys(reference_epoch), self.split)

    def keys(self, reference_epoch: int) -> tuple[int, ...]:
        """Key frequencies: as told, or those of the reference epoch."""
        if self._explicit_keys is not None:
            return self._explicit_keys
        return key_frequencies(self.summary(reference_epoch).neurons)

    def clusters(self, epoch: int, reference_epoch: int) -> tuple[Cluster, ...]:
        """The clusters of an epoch by the key frequencies of the reference epoch, the rest last."""
        return clusters(self.summary(epoch).neurons, self.keys(reference_epoch))

    def neuron_facts(self, epoch: int, neuron: int, reference_epoch: int) -> NeuronFacts:
        self.check_neuron(neuron)
        neurons = self.summary(epoch).neurons
        return NeuronFacts(
            neuron=neuron,
            frequency=int(neurons.frequency[neuron]) or None,
            cluster=int(membership(neurons, self.keys(reference_epoch))[neuron]) or None,
            share=none_if_nan(neurons.share[neuron]),
            variance_explained=none_if_nan(neurons.variance_explained[neuron]),
            fraction_active=float(neurons.fraction_active[neuron]),
        )

    def neuron_activation(self, epoch: int, neuron: int, reference_epoch: int) -> NeuronActivation:
        """A neuron over all pairs, before and after the nonlinearity."""
        facts = self.neuron_facts(epoch, neuron, reference_epoch)
        folded = self.folded(epoch)
        return NeuronActivation(facts, _array(folded.pre(neuron)), _array(folded.post(neuron)))

    def neuron_spectrum(self, epoch: int, neuron: int, reference_epoch: int) -> NeuronSpectrum:
        """A neuron's centred activations in the 2-D Fourier basis."""
        facts = self.neuron_facts(epoch, neuron, reference_epoch)
        spectrum = self._spectrum(self.run.checkpoint(epoch), neuron)
        return NeuronSpectrum(facts, _array(spectrum), _array(block_energies(spectrum)))

    def pre_spectra(self, epoch: int) -> NeuronSpectra:
        """The spectra of a checkpoint's pre-activations; those of its activations are in the summary."""
        return self._pre_spectra(self.run.checkpoint(epoch))

    def mean_spectra(self, epoch: int, reference_epoch: int) -> tuple[Grid | None, ...]:
        """Of each cluster, in their order, the mean of its neurons' squared spectra; None where it has no neurons.

        [component_x, component_y] each
        """
        return self._mean_spectra(self.run.checkpoint(epoch), self.keys(reference_epoch))

    def interventions(self, epoch: int, reference_epoch: int) -> InterventionLosses:
        """Losses where clusters of the reference epoch's key frequencies are reduced to them, or left out."""
        return self._interventions(self.run.checkpoint(epoch), self.keys(reference_epoch))

    def ablate(self, epoch: int, reference_epoch: int, ablation: Ablation, x: int, y: int) -> AblationResult:
        """An epoch's losses, accuracy and logits of one pair, whole and with parts knocked out."""
        self.check_ablation(ablation, reference_epoch)
        for number in (x, y):
            self.check_token(number)
        checkpoint, keys = self.run.checkpoint(epoch), self.keys(reference_epoch)
        return self._ablations.evaluate(checkpoint, keys, self.split, ablation, x, y)

    def check_ablation(self, ablation: Ablation, reference_epoch: int) -> None:
        """Check that the network has the parts that an ablation removes.

        Raises:
            UnknownQuery: it has no such cluster or head; the message lists the valid ones.
        """
        for head in ablation.heads:
            self.check_head(head)
        frequencies = {k for k in ablation.clusters if k is not None}
        keys = self.keys(reference_epoch) if frequencies else ()
        if unknown := frequencies.difference(keys):
            raise UnknownQuery(
                f"Frequency {min(unknown)} has no cluster to ablate: the key frequencies of epoch "
                f"{reference_epoch:,} are {', '.join(map(str, keys)) or 'none'}; choose one of them, or the rest."
            )

    def provenance(self, epoch: int | None, reference_epoch: int) -> dict[str, object]:
        """Where a figure comes from: run, epoch, config, split, reference epoch, key frequencies, dtype, version."""
        return {
            "run": self.run.name,
            "epoch": epoch,
            "config": report_config(self.run),
            "split": self.described_split,
            "reference_epoch": reference_epoch,
            "key_frequencies": list(self.keys(reference_epoch)),
            "dtype": str(self.dtype).removeprefix("torch."),
            "device": self.device.type,
            "version": engine.__version__,
        }

    def check_epoch(self, epoch: int) -> int:
        """The epoch, if it has a checkpoint.

        Raises:
            UnknownQuery: it has none; the sentence names its neighbours.
        """
        return self.run.checkpoint(epoch).epoch

    def check_neuron(self, neuron: int) -> int:
        """The neuron, if the network has it; else UnknownQuery."""
        return self._check("neurons", neuron, self.run.config.d_mlp)

    def check_head(self, head: int) -> int:
        """The attention head, if the network has it; else UnknownQuery."""
        return self._check("heads", head, self.run.config.n_heads)

    def check_dimension(self, dimension: int) -> int:
        """The dimension of the residual stream, if the network has it; else UnknownQuery."""
        return self._check("dimensions", dimension, self.run.config.d_model)

    def check_token(self, token: int) -> int:
        """The number, if it is a token below p; else UnknownQuery."""
        return self._check("numbers", token, self.run.config.p)

    def _check(self, what: str, number: int, count: int) -> int:
        if not 0 <= number < count:
            raise UnknownQuery(f"{self.run.name} has {what} 0 to {count - 1}; found {number}.")
        return number

    def _recognise(self, last: Checkpoint) -> Split | None:
        recorded = (None, None) if self.run.losses is None else self.run.losses.at(last.epoch)
        config = self.run.config
        read = read_logits(self._networks.folded(last).logit_slabs(), config.p, config.operation)
        return recognise_split(read.loss.cpu().numpy(), recorded, n_train=self.run.n_train)

    @torch.no_grad()
    def _summarise(self, checkpoint: Checkpoint, split: Split | None) -> EpochSummary:
        logits = LogitReader(self.run.config.p, self.run.config.operation, self.device)
        spectra = compute_spectra(self._networks.folded(checkpoint), read=logits.read).spectra
        return EpochSummary(describe_neurons(spectra), spectra, score(logits, split), logits.sums())

    @torch.no_grad()
    def _compute_pre_spectra(self, checkpoint: Checkpoint) -> NeuronSpectra:
        return compute_spectra(self._networks.folded(checkpoint), "pre").spectra

    @torch.no_grad()
    def _average(self, checkpoint: Checkpoint, keys: tuple[int, ...]) -> tuple[Grid | None, ...]:
        folded, groups = (
            self._networks.folded(checkpoint),
            clusters(self._summary(checkpoint, self.split).neurons, keys),
        )
        members = (torch.from_numpy(group.neurons).to(self.device) for group in groups)
        return tuple(_array(mean_spectrum(folded, some)) if len(some) else None for some in members)

    @torch.no_grad()
    def _intervene(self, checkpoint: Checkpoint, keys: tuple[int, ...]) -> InterventionLosses:
        summary = self._summary(checkpoint, self.split)
        groups = clusters(summary.neurons, keys)
        return intervention_losses(self._networks.folded(checkpoint), summary.spectra, groups, summary.logit_sums.mean)

    def _transform(self, checkpoint: Checkpoint, neuron: int) -> Tensor:
        grid = self._networks.folded(checkpoint).post(neuron)
        return dft2(grid - grid.mean())


def _array(tensor: Tensor) -> Grid:
    array: Grid = tensor.double().cpu().numpy()
    return array
