"""A run's checkpoints with parts knocked out, beside the whole model; what was measured is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.caching import ByteLimitedCache
from engine.errors import UnknownQuery
from engine.metrics.ablation import Ablation, Left, ablate
from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import Scores, score
from engine.metrics.neuron_clusters import clusters
from engine.networks.config import SIGNS
from engine.networks.split import Split
from engine.runs.run import Checkpoint

if TYPE_CHECKING:
    from engine.explorer.explorer import Explorer

# At most this much memory is held by models with parts knocked out.
_LEFT_BYTES = 128 << 20


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a model answers, and what it says of one pair."""

    scores: Scores
    answer: int  # the right one
    logits: NDArray[np.float64]  # [z] of the pair, their mean over z taken off

    @property
    def says(self) -> int:
        """What the model answers."""
        return int(self.logits.argmax())

    @property
    def answer_logit(self) -> float:
        return float(self.logits[self.answer])

    @property
    def rank(self) -> int:
        """The right answer's place among all, 1 the largest logit; with equals it has the best place."""
        return 1 + int((self.logits > self.answer_logit).sum())

    @property
    def margin(self) -> float:
        """The right answer's logit over the largest of the others; negative where the model is wrong."""
        return self.answer_logit - float(np.delete(self.logits, self.answer).max())


@dataclass(frozen=True, eq=False)
class AblationResult:
    """The whole model and what is left of it."""

    ablation: Ablation
    x: int
    y: int
    whole: Evaluation
    now: Evaluation


class AblationEvaluator:
    """One explorer's ablations.

    Toggling costs one pass over all pairs; going back to what was measured, or to another pair, costs nothing.
    """

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._left = ByteLimitedCache(self._ablate, _LEFT_BYTES)
        self._scores = lru_cache(maxsize=256)(self._score)

    def ablated(self, epoch: int, reference_epoch: int, ablation: Ablation, x: int, y: int) -> AblationResult:
        """Losses, accuracy and one pair's logits, whole and with parts out.

        Raises:
            UnknownQuery: there is no such cluster, head or pair.
        """
        self.check(ablation, reference_epoch)
        explorer = self._explorer
        config = explorer.run.config
        for number in (x, y):
            explorer.check("numbers", number, config.p)
        answer = (x + SIGNS[config.operation] * y) % config.p
        asked = explorer.run.checkpoint(epoch), explorer.keys(reference_epoch)
        whole = _evaluation(
            explorer.summary(epoch).losses, self._left(*asked, Ablation()).logits_for_pair(x, y), answer
        )
        if ablation.nothing:
            return AblationResult(ablation, x, y, whole, whole)
        scores = self._scores(*asked, ablation, explorer.split)
        return AblationResult(
            ablation, x, y, whole, _evaluation(scores, self._left(*asked, ablation).logits_for_pair(x, y), answer)
        )

    def check(self, ablation: Ablation, reference_epoch: int) -> None:
        """Whether the run has the parts that are to be out.

        Raises:
            UnknownQuery: it has not; the sentence names those that it has.
        """
        for head in ablation.heads:
            self._explorer.check("heads", head, self._explorer.run.config.n_heads)
        frequencies = {k for k in ablation.clusters if k is not None}
        keys = self._explorer.keys(reference_epoch) if frequencies else ()
        if strange := frequencies.difference(keys):
            raise UnknownQuery(
                f"Frequency {min(strange)} has no cluster to knock out: the key frequencies of epoch "
                f"{reference_epoch:,} are {', '.join(map(str, keys)) or 'none'}; choose one of them, or the rest."
            )

    @torch.no_grad()
    def _ablate(self, checkpoint: Checkpoint, keys: tuple[int, ...], ablation: Ablation) -> Left:
        folded, summary = self._explorer.folded(checkpoint.epoch), self._explorer.summary(checkpoint.epoch)
        return ablate(folded, summary.spectra, clusters(summary.neurons, keys), keys, ablation)

    @torch.no_grad()
    def _score(self, checkpoint: Checkpoint, keys: tuple[int, ...], ablation: Ablation, split: Split | None) -> Scores:
        config, left = self._explorer.run.config, self._left(checkpoint, keys, ablation)
        return score(read_logits(left.logit_slabs(), config.p, config.operation), split)


def _evaluation(scores: Scores, logits: Tensor, answer: int) -> Evaluation:
    values = logits.double().cpu().numpy()
    return Evaluation(scores, answer, values - values.mean())
