"""One run as a row of the table of runs: settings, state, losses, and the metrics that are in the cache.

Imports neither torch nor numpy: a table of a thousand cached rows is shown in half a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

# growing: a trainer has its lock, or its files are changing; finished: trained to its planned end; stopped: neither;
# damaged: it cannot be read.
RunState = Literal["growing", "finished", "stopped", "damaged"]
Setting = int | float | str | bool | None


@dataclass(frozen=True)
class LossCurve:
    """Losses (nats) by epoch, thinned to a few hundred points that keep minima and maxima; None where absent."""

    epochs: tuple[int, ...] = ()
    train: tuple[float | None, ...] = ()
    test: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class MeasuredRun:
    """What the metrics of all checkpoints of a run say.

    `memorised`, `grokked` and `cleaned_up` are the epochs at which memorisation, circuit formation and cleanup end
    (`engine.explorer.training_phases`); None if that has not happened. `grokked` is None as well if the test accuracy
    of the last checkpoint is below 99%. `final` has numbers of the last checkpoint by their path in the report, such as
    "trig_loss.test".
    """

    key_frequencies: tuple[int, ...]
    memorised: int | None
    grokked: int | None
    cleaned_up: int | None
    final: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRow:
    """A run below the folder that was searched.

    `name` is its path below that folder; `settings` has the network's and the training's settings by the names of
    `run.json` ("p", "operation", "architecture", "seed", "weight_decay", ...). `epochs` is the planned end, `epoch` the
    last one trained. `measured` is None until the metrics of all its checkpoints are in the cache. `problem` says in a
    sentence why a damaged run cannot be read. `has_weights` is False if only its losses are recorded.
    """

    name: str
    path: Path
    state: RunState
    settings: Mapping[str, Setting] = field(default_factory=dict)
    epoch: int | None = None
    epochs: int | None = None
    train_loss: float | None = None
    test_loss: float | None = None
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    losses: LossCurve = LossCurve()
    measured: MeasuredRun | None = None
    problem: str | None = None
    has_weights: bool = True

    @property
    def lacks_metrics(self) -> bool:
        """Whether metrics can be computed that are not in the cache; those of a growing run would soon be outdated."""
        can_be_measured = self.has_weights and self.epoch is not None and self.state in ("finished", "stopped")
        return can_be_measured and self.measured is None
