"""Points that are neurons, in a chart: their readouts name the neuron, and each can be selected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.series import Series
from grok_tui.render.target import Target


def neuron_points(
    name: str,
    neurons: NDArray[np.integer],
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    *,
    colour: int | None = None,
    shade: NDArray[np.floating] | None = None,
    shade_label: str = "",
    clusters: list[str] | None = None,
) -> Series:
    """A series of one point per neuron; `clusters` [point] name their clusters in the readout."""
    numbers = neurons.tolist()
    labels = [f"neuron {n}" for n in numbers]
    if clusters is not None:
        labels = [f"{label}, {cluster}" for label, cluster in zip(labels, clusters, strict=True)]

    def target(point: int) -> Target:
        return Target(neuron=numbers[point])

    return Series(name, x, y, colour, "points", shade=shade, shade_label=shade_label, labels=labels, target=target)
