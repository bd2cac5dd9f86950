"""The explorers of the other layers of a run: the neurons of another layer on show, the same checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.explorer.explorer import Explorer
    from engine.runs.run import Run

# Each explorer has caches of its own.
_MOST_EXPLORERS = 3


class OtherLayers:
    """Explorers by layer, made by `new` when they are first needed; of many layers only the latest are kept.

    Both the thread that queries and the screen's may call it.
    """

    def __init__(self, new: Callable[[int], Explorer]) -> None:
        self._new = new
        self._explorers: dict[int, Explorer] = {}
        self._lock = Lock()

    def explorer(self, layer: int) -> Explorer:
        with self._lock:
            explorer = self._explorers.pop(layer, None) or self._new(layer)
            self._explorers[layer] = explorer  # the latest last
            while len(self._explorers) > _MOST_EXPLORERS:
                del self._explorers[next(iter(self._explorers))]
            return explorer

    def follow(self, run: Run) -> None:
        """Show the run as last read from disk in every layer."""
        with self._lock:
            for layer, explorer in self._explorers.items():
                explorer.replace_run(run.at_layer(layer))
