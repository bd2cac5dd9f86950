"""Garbage collection and thread switching, tuned for a short delay between a key press and the new screen."""

from __future__ import annotations

import gc
import sys

# How long the thread that writes to the terminal may wait for the thread that draws. Python's 5 ms are noticeable.
_SWITCH_SECONDS = 0.0005
# A step allocates some thousand objects and leaves no cycles. With Python's default of 700, each step would collect
# five times and find nothing.
_COLLECT_AFTER = 20_000


def disable_gc() -> None:
    """Disable collections during imports: the objects of torch stay alive, and scanning them takes 0.2 s."""
    gc.disable()


def tune_gc() -> None:
    """Enable collections that skip all objects that exist now. Call this once the imports are done."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    gc.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)
