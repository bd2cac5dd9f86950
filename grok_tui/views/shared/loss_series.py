"""The losses of a run over epochs: recorded by its trainer, or else measured from its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.chart import Series
from grok_tui.views.shared.epoch_curves import metric_series

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from engine.runs.run import RecordedLosses

_ALL_PAIRS = 7  # the palette's grey: neither train nor test


@dataclass(frozen=True, eq=False)
class LossSeries:
    """Losses over epochs, and whether they were measured. Charts are cached by the identity of this object."""

    epochs: NDArray[np.float64]  # [epoch]
    curves: tuple[tuple[str, int, NDArray[np.float64]], ...]  # name, colour, values [epoch], NaN where absent
    note: str = ""  # where they come from, unless the trainer recorded them; which loss, unless it is cross-entropy
    label: str = "loss (nats)"

    def series(self, run: str = "", *, dim: bool = False) -> list[Series]:
        """The curves of a chart. A trainer may record the test loss less often: a curve joins the values it has."""
        known = [(name, colour, values, ~np.isnan(values)) for name, colour, values in self.curves]
        return [
            Series(f"{name} {run}".strip(), self.epochs[there], values[there], colour, dim=dim)
            for name, colour, values, there in known
        ]


def has_recorded_losses(recorded: RecordedLosses | None) -> bool:
    """Whether there is a recorded loss to draw: some trainers record accuracies alone."""
    return recorded is not None and not (np.isnan(recorded.train).all() and np.isnan(recorded.test).all())


@lru_cache(maxsize=8)
def recorded_series(recorded: RecordedLosses) -> LossSeries:
    curves = (("train", 0, recorded.train), ("test", 1, recorded.test))
    epochs = recorded.epochs.astype(np.float64)
    if recorded.loss == "cross-entropy":
        return LossSeries(epochs, curves)
    note = f"curves: {recorded.loss} loss, as trained; values: cross-entropy"
    return LossSeries(epochs, curves, note, f"{recorded.loss} loss (nats)")


@lru_cache(maxsize=8)
def measured_series(run_metrics: RunMetricsSnapshot) -> LossSeries | None:
    """The losses measured so far: train and test, or of all pairs without a split. None below two checkpoints."""
    epochs = np.array(run_metrics.epochs, dtype=np.float64)
    if len(epochs) < 2:
        return None
    train, test, every = (metric_series(run_metrics, "loss", name) for name in ("train", "test", "all"))
    split = not (np.isnan(train).all() and np.isnan(test).all())
    curves = (("train", 0, train), ("test", 1, test)) if split else (("all pairs", _ALL_PAIRS, every),)
    of_total = "" if run_metrics.complete and not run_metrics.failed else f" of {run_metrics.total:,}"
    return LossSeries(epochs, curves, f"measured at {len(epochs):,}{of_total} checkpoints")
