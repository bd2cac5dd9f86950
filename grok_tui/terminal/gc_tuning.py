"""What Python does by itself, kept from getting between a key and its picture."""

from __future__ import annotations

import gc
import sys

# The thread that writes to the terminal waits so long at most for the one that draws; Python's own 5 ms are felt.
_SWITCH_SECONDS = 0.0005
# A step makes some thousand objects and leaves no cycles: collecting every 700 finds nothing, five times a step.
_COLLECT_AFTER = 20_000


def disable_gc() -> None:
    """Import without collections: what comes with torch stays, and looking through it takes 0.2 s."""
    gc.disable()


def tune_gc() -> None:
    """From here on keys are answered: what is there by now is never looked through again."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    gc.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)
