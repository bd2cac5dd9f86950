"""Evaluates ablated networks next to the original network; results are cached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.caching import ByteLimitedCache
from engine.explorer.answers import EpochSummary
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.ablation import AblatedNetwork, ablate
from engine.metrics.ablation_spec import Ablation
from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import Scores, score
from engine.metrics.neuron_clusters import clusters
from engine.networks.split import Split
from engine.networks.task import answers
from engine.runs.run import Checkpoint

# Byte limit of the cache of ablated networks.
_ABLATED_BYTES = 128 << 20


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Loss and accuracy of a network, and its logits for one pair."""

    scores: Scores
    answer: int  # the right answer of the pair
    logits: NDArray[np.float64]  # [z]: of the pair, minus their mean over z

    @property
    def prediction(self) -> int:
        """The answer with the largest logit."""
        return int(self.logits.argmax())

    @property
    def answer_logit(self) -> float:
        """The logit of the right answer, minus the mean over z."""
        return float(self.logits[self.answer])

    @property
    def rank(self) -> int:
        """Rank of the right answer's logit: 1 is the largest; ties get the better rank."""
        return 1 + int((self.logits > self.answer_logit).sum())

    @property
    def margin(self) -> float:
        """The right answer's logit minus the largest other logit; negative if the network is wrong."""
        return self.answer_logit - float(np.delete(self.logits, self.answer).max())


@dataclass(frozen=True, eq=False)
class AblationResult:
    """The original network and the ablated one."""

    ablation: Ablation
    x: int
    y: int
    original: Evaluation
    ablated: Evaluation


class AblationEvaluator:
    """Evaluates ablations of one run's checkpoints.

    A new ablation costs one pass over all pairs. A cached ablation is evaluated for another pair without one.
    """

    def __init__(
        self, networks: CheckpointNetworks, summarise: Callable[[Checkpoint, Split | None], EpochSummary]
    ) -> None:
        self._networks = networks
        self._summarise = summarise
        self._ablated = ByteLimitedCache(self._ablate, _ABLATED_BYTES)
        self._scores = lru_cache(maxsize=256)(self._score)

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
        answer = int(answers(self._networks.run.config.task)[x, y])

        def evaluation(scores: Scores, ablation: Ablation) -> Evaluation:
            return _evaluation(scores, self._ablated(checkpoint, keys, split, ablation).logits_for_pair(x, y), answer)

        original = evaluation(self._summarise(checkpoint, split).losses, Ablation())
        if ablation.nothing:
            return AblationResult(ablation, x, y, original, original)
        ablated = evaluation(self._scores(checkpoint, keys, split, ablation), ablation)
        return AblationResult(ablation, x, y, original, ablated)

    @torch.no_grad()
    def _ablate(
        self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None, ablation: Ablation
    ) -> AblatedNetwork:
        folded, summary = self._networks.folded(checkpoint), self._summarise(checkpoint, split)
        return ablate(folded, summary.spectra, clusters(summary.neurons, keys), keys, ablation)

    @torch.no_grad()
    def _score(self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None, ablation: Ablation) -> Scores:
        ablated = self._ablated(checkpoint, keys, split, ablation)
        return score(read_logits(ablated.logit_slabs(), self._networks.run.config.task), split)


def _evaluation(scores: Scores, logits: Tensor, answer: int) -> Evaluation:
    values = logits.double().cpu().numpy()
    return Evaluation(scores, answer, values - values.mean())
