"""Evaluates ablated networks next to the original network; results are cached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from engine.caching import ByteLimitedCache
from engine.errors import UnknownQuery
from engine.explorer.answers import EpochSummary
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.explorer.cluster_losses import ClusterLosses
from engine.metrics.ablation_spec import Ablation
from engine.metrics.losses import Scores, read_losses, score
from engine.metrics.neuron_clusters import clusters
from engine.networks.split import Split
from engine.networks.task import answers
from engine.networks.token_order import TokenOrder
from engine.runs.run import Checkpoint

if TYPE_CHECKING:
    from engine.metrics.ablation import AblatedNetwork

# Byte limit of the cache of ablated networks.
_ABLATED_BYTES = 128 << 20


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Loss and accuracy of a network, and its logits for one pair.

    Over the tokens in order (`token_order`): all pairs and answers, unless the operation is multiply or divide.
    """

    scores: Scores
    answer: int  # the right answer of the pair
    logits: NDArray[np.float64]  # [index of z]: of the pair, minus their mean over z
    order: TokenOrder

    @property
    def prediction(self) -> int:
        """The answer with the largest logit."""
        return self.order.tokens[self.logits.argmax()]

    @property
    def answer_logit(self) -> float:
        """The logit of the right answer, minus the mean over z."""
        return float(self.logits[self._index])

    @property
    def rank(self) -> int:
        """Rank of the right answer's logit: 1 is the largest; ties get the better rank."""
        return 1 + int((self.logits > self.answer_logit).sum())

    @property
    def margin(self) -> float:
        """The right answer's logit minus the largest other logit; negative if the network is wrong."""
        return self.answer_logit - float(np.delete(self.logits, self._index).max())

    @property
    def _index(self) -> int:
        index = self.order.index_of(self.answer)
        assert index is not None
        return index


@dataclass(frozen=True, eq=False)
class AblationResult:
    """The original network and the ablated one."""

    ablation: Ablation
    x: int
    y: int
    original: Evaluation
    ablated: Evaluation
    rerun: bool = False  # whether the network was rerun from the neurons on, as its tail is not linear


class AblationEvaluator:
    """Evaluates ablations of one run's checkpoints, of the network on its tokens in order.

    A new ablation costs one pass over all pairs. A cached ablation is evaluated for another pair without one.
    `cluster_losses(checkpoint, keys, split)` are the losses without each cluster, step by step.
    """

    def __init__(
        self, networks: CheckpointNetworks, summarise: Callable[[Checkpoint, Split | None], EpochSummary]
    ) -> None:
        self._networks = networks
        self._summarise = summarise
        self._ablated = ByteLimitedCache(self._ablate, _ABLATED_BYTES)
        self._scores = lru_cache(maxsize=256)(self._score)
        self.cluster_losses = lru_cache(maxsize=256)(self._cluster_losses)

    def evaluate(
        self,
        checkpoint: Checkpoint,
        keys: tuple[int, ...],
        split: Split | None,
        ablation: Ablation,
        x: int,
        y: int,
    ) -> AblationResult:
        """Loss, accuracy and the logits of one pair, original and ablated; `keys` define the clusters."""
        order = self._networks.order
        answer = int(answers(self._networks.run.config.task)[x, y])
        x_index, y_index = (self._require_index(token) for token in (x, y))

        def evaluation(scores: Scores, ablation: Ablation) -> Evaluation:
            logits = self._ablated(checkpoint, keys, split, ablation).logits_for_pair(x_index, y_index)
            values = logits.double().cpu().numpy()
            return Evaluation(scores, answer, values - values.mean(), order)

        original = evaluation(self._summarise(checkpoint, split).losses_in_order, Ablation())
        rerun = "W_logit" not in self._networks.config.parts
        if ablation.nothing:
            return AblationResult(ablation, x, y, original, original, rerun)
        self._ablated(checkpoint, keys, split, ablation)  # caches it, for the scores and for the pair
        ablated = evaluation(self._scores(checkpoint, keys, split, ablation), ablation)
        return AblationResult(ablation, x, y, original, ablated, rerun)

    def scores(self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None, ablation: Ablation) -> Scores:
        """Loss and accuracy alone."""
        if ablation.nothing:
            return self._summarise(checkpoint, split).losses_in_order
        return self._scores(checkpoint, keys, split, ablation)

    @torch.no_grad()
    def _ablate(
        self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None, ablation: Ablation
    ) -> AblatedNetwork:
        from engine.metrics.ablation import ablate

        network, summary = self._networks.network(checkpoint), self._summarise(checkpoint, split)
        return ablate(network, summary.spectra, clusters(summary.neurons, keys), keys, ablation)

    @torch.no_grad()
    def _score(self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None, ablation: Ablation) -> Scores:
        # A network that no pair was asked of is not cached: it is as large as the original.
        cached = self._ablated.peek(checkpoint, keys, split, ablation)
        networks, ablated = self._networks, cached or self._ablate(checkpoint, keys, split, ablation)
        losses = read_losses(ablated.logit_slabs(), networks.config.task, networks.device)
        return score(losses, networks.order.split(split))

    def _cluster_losses(self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None) -> ClusterLosses:
        summary = self._summarise(checkpoint, split)
        return ClusterLosses(
            clusters(summary.neurons, keys),
            summary.losses_in_order.loss.all,
            lambda ablation: self._scores(checkpoint, keys, split, ablation).loss.all,
        )

    def _require_index(self, token: int) -> int:
        order = self._networks.order
        index = order.index_of(token)
        if index is None:
            raise UnknownQuery(
                f"{token} has no logarithm, so no pair of it is part of an ablation; choose numbers from 1 to "
                f"{order.p - 1}."
            )
        return index
