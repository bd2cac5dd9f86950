"""Garbage collection and thread switching, tuned for a short delay between a key press and the new screen."""

from __future__ import annotations

import gc
import sys

# How long the thread that writes to the terminal may wait for the thread that draws. Python's 5 ms are noticeable.
_SWITCH_SECONDS = 0.0005
# A step leaves some thousand objects in cycles, those of Textual's strips. Collecting them takes as long as drawing: it
# is done after a frame is painted, and by Python itself only where nothing is painted for long.
_COLLECT_AFTER = 200_000
_DUE = 10_000
_YOUNGER_COLLECTIONS = 10  # after which an older generation is collected as well


def disable_gc() -> None:
    """Disable collections during imports: the objects of torch stay alive, and scanning them takes 0.2 s."""
    gc.disable()


def tune_gc() -> None:
    """Enable collections that skip all objects that exist now. Call this once the imports are done."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, _YOUNGER_COLLECTIONS, _YOUNGER_COLLECTIONS)
    gc.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)


def collect_garbage() -> None:
    """Collect what painted frames have left, if it is much. Call this between frames."""
    young, middle, old = gc.get_count()
    if young > _DUE:
        gc.collect(2 if old > _YOUNGER_COLLECTIONS else 1 if middle > _YOUNGER_COLLECTIONS else 0)
