"""The settings of the sampler of the local learning coefficient. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, log

from engine.errors import WrongUsage


@dataclass(frozen=True)
class LlcSettings:
    """How the chains are drawn; the defaults are calibrated on the bundled run.

    A chain makes `burn_in` + `draws` steps w <- w - eps/2 (nbeta grad L + gamma (w - w*)) + sqrt(eps) N(0, 1) from w*,
    eps the step size; the losses of the last `draws` count. `nbeta` None is n / ln n for n train pairs.

    Raises:
        WrongUsage: a value is out of range; the message names the option.
    """

    chains: int = 4
    draws: int = 300
    burn_in: int = 100
    step_size: float = 1e-4
    gamma: float = 1e3
    nbeta: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _require(self.chains >= 1, "--chains", "at least 1", self.chains)
        _require(self.draws >= 1, "--draws", "at least 1", self.draws)
        _require(self.burn_in >= 0, "--burn-in", "at least 0", self.burn_in)
        _require(0 < self.step_size < inf, "--step-size", "a positive number", self.step_size)
        _require(0 <= self.gamma < inf, "--gamma", "a number from 0 on", self.gamma)
        _require(self.nbeta is None or 0 < self.nbeta < inf, "--nbeta", "a positive number", self.nbeta)
        _require(0 <= self.seed < 2**63, "--seed", "from 0 to 2^63 - 1", self.seed)
        if self.step_size * self.gamma >= 2:
            raise WrongUsage(
                f"--step-size times --gamma must be below 2, or the pull towards the weights overshoots; found "
                f"{self.step_size:g} times {self.gamma:g}."
            )

    @property
    def steps(self) -> int:
        """The number of steps of each chain."""
        return self.burn_in + self.draws

    def free_distance(self, n_parameters: int) -> float:
        """The root-mean-square distance from w* after all steps by noise and pull alone, for a loss that is flat."""
        decay = (1 - self.step_size * self.gamma / 2) ** 2  # of the variance in a step
        variance = self.step_size * sum(decay**step for step in range(self.steps))
        return float((n_parameters * variance) ** 0.5)


def default_nbeta(n: int) -> float:
    """n / ln n for n train pairs (Watanabe 2013).

    >>> round(default_nbeta(3830), 2)
    464.21

    Raises:
        WrongUsage: there are too few pairs.
    """
    if n < 3:
        raise WrongUsage(f"n / ln n needs at least 3 train pairs; found {n}. Pass --nbeta.")
    return n / log(n)


def _require(condition: bool, option: str, expected: str, found: float | None) -> None:
    if not (condition and (found is None or isfinite(found))):
        raise WrongUsage(f"{option} must be {expected}; found {found}.")
