"""The engine's one interface for a front end: queries by epoch, neuron or pair, with cached answers.

Answers are frozen dataclasses of numbers and numpy arrays; weights, networks and summaries hold tensors.
Expensive results are cached by checkpoint, least recently used first out. One thread at a time may query an explorer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import torch
from torch import Tensor, nn

from engine.errors import UnknownQuery
from engine.explorer.ablation_evaluator import AblationEvaluator, AblationResult
from engine.explorer.answers import Activations, EpochSummary, Grid, NeuronActivation, NeuronFacts, NeuronSpectrum
from engine.explorer.checkpoint_answers import CheckpointAnswers
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.explorer.cluster_losses import ClusterLosses
from engine.explorer.other_layers import OtherLayers
from engine.explorer.provenance import describe_answer, describe_reading, describe_split
from engine.explorer.query_checks import QueryChecks
from engine.explorer.reading_check import ReadingCheck, check_reading
from engine.explorer.run_metrics import RunMetrics
from engine.explorer.symmetricity_history import SymmetricityHistory
from engine.metrics.ablation_spec import Ablation
from engine.metrics.losses import Scores
from engine.metrics.neuron_clusters import Cluster, clusters, key_frequencies
from engine.metrics.neuron_spectra import NeuronSpectra
from engine.networks.config import ModelConfig
from engine.networks.fourier import block_energies
from engine.networks.layers import shown_layer
from engine.networks.network import Network, NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.parts import missing_part
from engine.networks.split import Split, parse_split
from engine.networks.token_order import TokenOrder
from engine.networks.weights import Weights
from engine.runs.run import Checkpoint, RecordedLosses, Run

if TYPE_CHECKING:
    from engine.explorer.module_run import ModuleOptions
    from engine.explorer.run_llc import RunLlc
    from engine.metrics.energy_frequencies import EnergyFrequencies
    from engine.metrics.frequency_filtering import InterventionLosses
    from engine.metrics.logit_sums import LogitSums


class Explorer:
    """An open run, ready for queries.

    Args:
        run: the result of `open_run`.
        dtype: float32 or float64; losses are computed in float64 either way.
        device: where the engine computes.
        split: an explicit split; the default is the recorded one, else the one inferred from the losses.
        no_split: use no split; train and test values are absent.
        keys: explicit key frequencies; the default are those of the reference epoch.
        cache: a folder for the metrics of whole runs; the default is to cache them in memory only.

    A run without weights answers what its recorded losses answer; all else raises NeedsWeights.

    Raises:
        UnknownQuery: a key frequency that p tokens do not have.
        NeedsWeights: key frequencies of a run without weights.
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
        self._networks = CheckpointNetworks(run, dtype, torch.device(device))
        if keys is not None:
            _require_frequencies(keys, self.config)
        self._explicit_split = split
        self._no_split = no_split
        self._explicit_keys = None if keys is None else tuple(sorted(set(keys)))
        self._inferred_split: Split | None = None
        self._infer_split = lru_cache(maxsize=1)(self._compute_split)
        self._reading_check = lru_cache(maxsize=1)(lambda last: check_reading(self._networks, self.split))
        self._answers = CheckpointAnswers(self._networks)
        self._ablations = AblationEvaluator(self._networks, self._answers.summary)
        self._key_frequencies = lru_cache(maxsize=64)(key_frequencies)
        self._clusters = lru_cache(maxsize=64)(clusters)
        self._cache = cache
        self._run_metrics = lru_cache(maxsize=4)(lambda keys, split: RunMetrics(self._networks, keys, split, cache))
        self._llc = lru_cache(maxsize=2)(self._new_llc)
        self._symmetricity = SymmetricityHistory(self._networks, cache)
        self._opened = self  # the explorer of the layer that the run was opened with
        self._other_layers = OtherLayers(self._new_at_layer)

    @classmethod
    def from_module(
        cls,
        module: nn.Module,
        *,
        p: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        split: Split | str | None = None,
        keys: Sequence[int] | None = None,
        **options: Unpack[ModuleOptions],
    ) -> Explorer:
        """An explorer of a model of your own; its code runs, and it is left as it was.

        Args:
            module: called with a batch of prompts [pair, position], or of x and y; returns logits.
            p: the modulus.
            dtype, device, keys: as in `Explorer`.
            split: the training pairs, also as text: `random.seed:0:0.3`; the default is one inferred from the losses.
            **options: the prompt, and what is read where: `ModuleOptions`.

        Raises:
            UserCodeError: the module fails.
            InvalidConfig: a name or a shape does not fit; the message says which do.
        """
        from engine.explorer.module_run import run_of_module

        run = run_of_module(module, p, options)
        explicit = parse_split(split, p) if isinstance(split, str) else split
        return cls(run, dtype=dtype, device=device, split=explicit, keys=keys)

    # The run ------------------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The run as last read from disk."""
        return self._networks.run

    @property
    def order(self) -> TokenOrder:
        """The order of the tokens in every answer over tokens; natural, unless the run multiplies or divides."""
        return self._networks.order

    @property
    def config(self) -> NetworkConfig:
        """The config of the network on the tokens in order: its p is their number, its operation add or subtract.

        `run.config` is the config as trained; only where the run multiplies or divides is it another.
        """
        return self._networks.config

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
        """Read new checkpoints and losses from disk; returns whether there are any. Call it in the querying thread."""
        opened = self._opened
        is_new = opened._networks.refresh()
        if is_new:
            opened._other_layers.follow(opened.run)
        return is_new

    def replace_run(self, run: Run) -> None:
        """Show a run that was read again; unchanged checkpoints are the same objects."""
        self._networks.run = run

    def at_layer(self, layer: int | None) -> Explorer:
        """The explorer of the same run with the neurons and the attention of another layer on show; None: as opened.

        Each has its own caches; what one of them reads from disk all have.

        Raises:
            UnknownQuery: the network has no such layer.
        """
        opened = self._opened
        if layer is None or not self.run.has_weights or layer == shown_layer(opened.run.config):
            return opened
        return opened._other_layers.explorer(self.check.layer(layer))

    def _new_at_layer(self, layer: int) -> Explorer:
        explorer = Explorer(
            self.run.at_layer(layer),
            dtype=self.dtype,
            device=self.device,
            split=self._explicit_split or self._inferred_split,
            no_split=self._no_split,
            keys=self._explicit_keys,
            cache=self._cache,
        )
        explorer._opened = self
        return explorer

    @property
    def check(self) -> QueryChecks:
        """Checks of what a query names: `check.neuron(7)` raises UnknownQuery unless the network has that neuron."""
        return QueryChecks(self)

    @property
    def split(self) -> Split | None:
        """The explicit split, else the recorded one, else the one inferred from the losses of the last checkpoint.

        None without weights. An inferred split is final. Otherwise the inference is retried with each new checkpoint.
        """
        if self._no_split or not self.run.has_weights:
            return None
        split = self._explicit_split or self.run.split or self._inferred_split
        if split is None:
            split = self._inferred_split = self._infer_split(self.run.checkpoints[-1])
        return split

    @property
    def reading_check(self) -> ReadingCheck | None:
        """The last checkpoint's losses beside the recorded ones; None for native runs, or if none are recorded."""
        return self._reading_check(self.run.checkpoints[-1])

    @property
    def run_provenance(self) -> dict[str, object]:
        """The part of the provenance that describes how the run is read: config, inferred, assumed."""
        return describe_reading(self.run)

    @property
    def described_split(self) -> dict[str, object] | None:
        """Source, seed and size of the split, as exports include them."""
        return describe_split(self.split)

    def run_metrics(self, reference_epoch: int) -> RunMetrics:
        """The metrics of all checkpoints, by the key frequencies of the reference epoch; computed step by step."""
        return self._run_metrics(self.keys(reference_epoch), self.split)

    @property
    def llc(self) -> RunLlc:
        """The local learning coefficient of the checkpoints, cached or estimated one at a time; of all layers alike."""
        return self._opened._llc(self.split)

    def symmetricity_history(self) -> SymmetricityHistory:
        """Gradient symmetricity over all right answers of all checkpoints; computed step by step."""
        return self._symmetricity

    def provenance(self, epoch: int | None, reference_epoch: int) -> dict[str, object]:
        """What an answer depends on: run, epoch, config, split, reference epoch, key frequencies, dtype, version."""
        return describe_answer(
            self.run,
            self.split,
            self.keys(reference_epoch) if self.run.has_weights else (),
            epoch=epoch,
            reference_epoch=reference_epoch,
            dtype=self.dtype,
            device=self.device,
            order=self.order if self.run.has_weights else None,
        )

    # A checkpoint -------------------------------------------------------------------------------------------------

    def weights(self, epoch: int) -> NetworkWeights:
        """The weights of a checkpoint in token order, in the explorer's dtype, on its device.

        Raises:
            OutOfRange: a weight is too large for the dtype.
        """
        return self._networks.weights(self.run.checkpoint(epoch))

    def stored_weights(self, epoch: int) -> NetworkWeights:
        """The weights of a checkpoint in the dtype of their file; read once, so that all answers agree."""
        return self._networks.stored_weights(self.run.checkpoint(epoch))

    def network(self, epoch: int) -> Network:
        """The network of a checkpoint in token order.

        Raises:
            NotEnoughMemory: the network needs more memory than is free.
            OutOfRange: the weights are so large that a value overflows the dtype.
        """
        return self._networks.network(self.run.checkpoint(epoch))

    def network_of_all_tokens(self, epoch: int) -> Network:
        """The network of all tokens 0 .. p-1 in their own order; raises as `network`."""
        return self._networks.network_of_all_tokens(self.run.checkpoint(epoch))

    def embedding(self, epoch: int) -> Tensor:
        """W_E of the tokens of x, in token order. [x, d_model]

        Raises:
            MissingPart: the network has no W_E.
        """
        return self._networks.embedding(self.run.checkpoint(epoch))

    def unembedding(self, epoch: int) -> Tensor:
        """W_U of the answers, in token order; raises as `embedding`. [d_model, z]"""
        weights = self.weights(epoch)
        if isinstance(weights, Weights):
            return weights.W_U[:, : self.config.p]
        return self.network(epoch).W_U

    def one_layer(self, epoch: int) -> tuple[Weights, ModelConfig]:
        """Weights and config, in token order, of a network with the part "token tables", for its OV and QK circuits.

        Raises:
            MissingPart: the network has no such tables.
        """
        weights, config = self.weights(epoch), self.config
        if not (isinstance(weights, Weights) and isinstance(config, ModelConfig)):
            raise missing_part(config, "token tables")
        return weights, config

    def summary(self, epoch: int) -> EpochSummary:
        """The results of one pass over all pairs: neurons, their spectra, loss and accuracy, logit sums."""
        return self._answers.summary(self.run.checkpoint(epoch), self.split)

    def logit_sums(self, epoch: int) -> LogitSums:
        """The sums over the logits of all pairs in token order.

        Raises:
            NoSumDirections: the right answer is not a function of a sum or difference.
        """
        self.config.task.require_sum_directions()
        sums = self.summary(epoch).logit_sums
        assert sums is not None
        return sums

    def keys(self, reference_epoch: int) -> tuple[int, ...]:
        """The key frequencies: explicit, or those of the reference epoch."""
        if self._explicit_keys is not None:
            return self._explicit_keys
        return self._key_frequencies(self.summary(reference_epoch).neurons)

    def clusters(self, epoch: int, reference_epoch: int) -> tuple[Cluster, ...]:
        """The clusters of an epoch by the key frequencies of the reference epoch, the rest last."""
        return self._clusters(self.summary(epoch).neurons, self.keys(reference_epoch))

    def energy_frequencies(self, epoch: int) -> EnergyFrequencies:
        """The frequencies of a checkpoint by the energy of its logits, and by that of its embedding."""
        return self._answers.energy_frequencies(self.run.checkpoint(epoch), self.split)

    def pre_spectra(self, epoch: int) -> NeuronSpectra:
        """The spectra of the pre-activations; `summary` has those of the activations."""
        return self._answers.pre_spectra(self.run.checkpoint(epoch))

    def mean_spectra(self, epoch: int, reference_epoch: int) -> tuple[Grid | None, ...]:
        """The mean of the squared 2-D spectra of each cluster, None if it is empty. [component_x, component_y] each"""
        return self._answers.mean_spectra(self.run.checkpoint(epoch), self.keys(reference_epoch), self.split)

    def interventions(self, epoch: int, reference_epoch: int) -> InterventionLosses:
        """Losses (nats) when clusters are filtered to their key frequency, and when each of them is removed.

        Raises:
            NoSumDirections: the right answer is not a function of a sum or difference.
        """
        self.config.task.require_sum_directions()
        return self._answers.interventions(self.run.checkpoint(epoch), self.keys(reference_epoch), self.split)

    def ablate(self, epoch: int, reference_epoch: int, ablation: Ablation, x: int, y: int) -> AblationResult:
        """Loss, accuracy and the logits of one pair, of the original and of the ablated network.

        Raises:
            UnknownQuery: the network has no such cluster or head; x or y is not a token in order.
        """
        self.check.ablation(ablation, reference_epoch)
        self.check.token(x)
        self.check.token(y)
        checkpoint, keys = self.run.checkpoint(epoch), self.keys(reference_epoch)
        return self._ablations.evaluate(checkpoint, keys, self.split, ablation, x, y)

    def ablation_scores(self, epoch: int, reference_epoch: int, ablation: Ablation) -> Scores:
        """Loss and accuracy of the ablated network.

        Raises:
            UnknownQuery: the network has no such cluster or head.
        """
        self.check.ablation(ablation, reference_epoch)
        return self._ablations.scores(self.run.checkpoint(epoch), self.keys(reference_epoch), self.split, ablation)

    def cluster_losses(self, epoch: int, reference_epoch: int) -> ClusterLosses:
        """The loss over all pairs without each cluster, under zero and mean ablation; computed step by step."""
        return self._ablations.cluster_losses(self.run.checkpoint(epoch), self.keys(reference_epoch), self.split)

    # A neuron -----------------------------------------------------------------------------------------------------

    def activations(self, epoch: int, neurons: Sequence[int]) -> Activations:
        """The activations of some neurons over all pairs; the same object for the same neurons, while it is cached."""
        for neuron in neurons:
            self.check.neuron(neuron)
        return self._answers.activations(self.run.checkpoint(epoch), tuple(neurons))

    def neuron_facts(self, epoch: int, neuron: int, reference_epoch: int) -> NeuronFacts:
        """Frequency, cluster, share, variance explained and activity of a neuron."""
        self.check.neuron(neuron)
        return NeuronFacts.of(self.summary(epoch).neurons, neuron, self.keys(reference_epoch))

    def neuron_activation(self, epoch: int, neuron: int, reference_epoch: int) -> NeuronActivation:
        """A neuron over all pairs, before and after the nonlinearity."""
        facts = self.neuron_facts(epoch, neuron, reference_epoch)
        pre, post = self._answers.grids(self.run.checkpoint(epoch), neuron)
        return NeuronActivation(facts, _array(pre), _array(post))

    def neuron_spectrum(self, epoch: int, neuron: int, reference_epoch: int) -> NeuronSpectrum:
        """A neuron's centred activations in the 2-D Fourier basis."""
        facts = self.neuron_facts(epoch, neuron, reference_epoch)
        spectrum = self._answers.spectrum(self.run.checkpoint(epoch), neuron)
        return NeuronSpectrum(facts, _array(spectrum), _array(block_energies(spectrum)))

    def _new_llc(self, split: Split | None) -> RunLlc:
        from engine.explorer.run_llc import RunLlc

        return RunLlc(self._networks, split, None if self._cache is None else self._cache / "llc")

    # The computation behind `split` ------------------------------------------------------------------------------

    def _compute_split(self, last: Checkpoint) -> Split | None:
        from engine.metrics.split_recognition import infer_split

        recorded = (None, None) if self.run.losses is None else self.run.losses.at(last.epoch)
        loss = self._networks.read_losses(last).loss.cpu().numpy()
        return infer_split(loss, recorded, n_train=self.run.n_train)


def _require_frequencies(keys: Sequence[int], config: NetworkConfig) -> None:
    if not all(1 <= k <= config.n_frequencies for k in keys):
        raise UnknownQuery(
            f"Key frequencies of {config.p} tokens must be between 1 and {config.n_frequencies}; "
            f"found {', '.join(map(str, keys))}."
        )


def _array(tensor: Tensor) -> Grid:
    array: Grid = tensor.double().cpu().numpy()
    return array
