"""What a cell of a drawing selects: one path for mouse clicks, the crosshair's enter and jump mode."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ClusterName = int | Literal["rest"]


@dataclass(frozen=True)
class Target:
    """Parts of the selection with their new values; those that are None stay as they are.

    An epoch means the checkpoint nearest to it, a cluster its first neuron. `run` is a row of the table of runs, `runs`
    are those of a figure's part, such as a cell of the phase diagram.
    """

    epoch: int | None = None
    x: int | None = None
    y: int | None = None
    neuron: int | None = None
    cluster: ClusterName | None = None
    head: int | None = None
    run: Path | None = None
    runs: tuple[Path, ...] = ()

    @property
    def pair(self) -> tuple[int, int] | None:
        """The input pair, if it selects both of its tokens."""
        return None if self.x is None or self.y is None else (self.x, self.y)

    @property
    def text(self) -> str:
        """What it selects, in words: `the pair 3, 5`."""
        parts = [] if self.pair is None else [f"the pair {self.x}, {self.y}"]
        parts += [f"token {self.x}"] if self.pair is None and self.x is not None else []
        parts += [] if self.epoch is None else [f"epoch {self.epoch:,}"]
        parts += [] if self.neuron is None else [f"neuron {self.neuron}"]
        parts += [] if self.cluster is None else ["the rest" if self.cluster == "rest" else f"cluster {self.cluster}"]
        parts += [] if self.head is None else [f"head {self.head}"]
        parts += [] if self.run is None else [f"run {self.run.name}"]
        parts += [f"{len(self.runs):,} {'run' if len(self.runs) == 1 else 'runs'}"] if self.runs else []
        return ", ".join(parts)


def cluster_target(frequency: int | None) -> Target:
    """The cluster of a frequency; None: the rest."""
    return Target(cluster="rest" if frequency is None else frequency)


def key_frequency_targets(frequencies: Iterable[int], keys: Collection[int]) -> list[Target | None]:
    """For bars or points of these frequencies: the cluster of a key frequency, nothing for the others."""
    return [cluster_target(k) if k in keys else None for k in frequencies]


def runs_target(paths: Iterable[Path]) -> Target | None:
    """The runs of a figure's part; None without any."""
    runs = tuple(paths)
    return Target(runs=runs) if runs else None
