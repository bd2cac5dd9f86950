"""The epoch at which each pair is learned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.explorer.run_metrics import RunMetricsSnapshot

# So many checkpoints in a row must be right: fewer may be chance, at 1 in p for each.
IN_A_ROW = 3


def learned_at(run_metrics: RunMetricsSnapshot) -> NDArray[np.float64] | None:
    """The epoch of the first checkpoint from which at least 3 in a row are right; NaN where there is none. [x, y]

    Of all tokens in their own order. None without measured checkpoints.
    """
    measured = [(metrics.epoch, metrics.right) for metrics in run_metrics.metrics if metrics.right is not None]
    if not measured:
        return None
    right = np.stack([grid for _, grid in measured])  # [checkpoint, x, y]
    learned = np.full(right.shape[1:], np.nan)
    for start in reversed(range(len(right) - IN_A_ROW + 1)):
        learned[right[start : start + IN_A_ROW].all(axis=0)] = measured[start][0]
    return learned
