"""The local learning coefficient from the traces of its chains, and what is to be said about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from engine.metrics.llc.sampler import Traces, Values
from engine.metrics.llc.settings import LlcSettings

# A chain that goes so many times further than a chain of a flat loss has left the neighbourhood of w*.
FURTHEST = 10.0
# The loss falls below that of w* by rounding in some draws; this share of them is more.
_LOWER_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class Llc:
    """The local learning coefficient of one checkpoint (Lau et al. 2023).

    nbeta (mean over draws of L(w_t) - L(w*)) for each chain; the coefficient is the mean over the chains that did not
    diverge, its standard error their standard deviation (n - 1) over the root of their number.
    """

    settings: LlcSettings
    nbeta: float
    n_train: int
    n_parameters: int
    traces: Traces

    @cached_property
    def by_chain(self) -> Values:
        """The estimate of each chain, NaN for those that diverged. [chain]"""
        drawn = self.traces.loss[:, self.settings.burn_in :]
        with np.errstate(over="ignore", invalid="ignore"):
            estimates: Values = self.nbeta * (drawn - self.traces.loss_at_start).mean(axis=1)
        return np.where([reason is None for reason in self.diverged], estimates, np.nan)

    @cached_property
    def diverged(self) -> tuple[str | None, ...]:
        """Why each chain is left out: what happened at which step; None for chains that count."""
        limit = FURTHEST * self.settings.free_distance(self.n_parameters)
        return tuple(_reason(*rows, limit) for rows in zip(self.traces.loss, self.traces.distance, strict=True))

    @property
    def kept(self) -> Values:
        """The estimates of the chains that count."""
        kept: Values = self.by_chain[~np.isnan(self.by_chain)]
        return kept

    @property
    def value(self) -> float | None:
        """The coefficient; None if all chains diverged."""
        return float(self.kept.mean()) if len(self.kept) else None

    @property
    def standard_error(self) -> float | None:
        """Over the chains; None for fewer than two."""
        return float(self.kept.std(ddof=1)) / sqrt(len(self.kept)) if len(self.kept) > 1 else None

    @property
    def lower_share(self) -> float:
        """The share of draws, of the chains that count, whose loss is below L(w*)."""
        drawn = self.traces.loss[~np.isnan(self.by_chain), self.settings.burn_in :]
        return float((drawn < self.traces.loss_at_start).mean()) if drawn.size else 0.0

    @property
    def notes(self) -> list[str]:
        """What a reader must know about the estimate, a sentence each."""
        notes = [
            f"chain {chain} diverged and is left out: {reason}"
            for chain, reason in enumerate(self.diverged)
            if reason is not None
        ]
        value, lower = self.value, self.lower_share
        if value is None:
            notes.append("all chains diverged; pass a smaller --step-size or a larger --gamma")
        elif value < 0:
            notes.append(
                "the estimate is negative: w* is not a minimum of the train loss, and the chains descend from it"
            )
        elif lower > _LOWER_SHARE:
            notes.append(f"w* is not a minimum of the train loss: {lower:.0%} of the draws have a smaller one")
        return notes


def _reason(loss: Values, distance: Values, limit: float) -> str | None:
    """Why a chain diverged, by its loss and distance at each step."""
    infinite = ~(np.isfinite(loss) & np.isfinite(distance))
    far = distance > limit
    if not (infinite | far).any():
        return None
    step = int(np.argmax(infinite | far))
    if infinite[step]:
        return f"its loss is not finite at step {step + 1:,}"
    return (
        f"at step {step + 1:,} it is {distance[step]:.3g} from w*, more than {FURTHEST:g} times as far as noise and "
        f"pull alone take it ({limit / FURTHEST:.3g})"
    )
