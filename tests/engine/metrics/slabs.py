"""Logits of a test read in slabs of x, as the engine reads those of a network."""

from __future__ import annotations

from torch import Tensor

from engine.metrics.logit_sums import LogitReader, LogitSums, Slab, read_logits
from engine.networks.config import Operation, Task

# Key frequencies of the tests, by p; those of an even p include p/2, which has no sine.
KEYS_OF = {7: (1, 3), 12: (2, 6)}


def halves(logits: Tensor) -> list[Slab]:
    """Two slabs. [x, y, z]"""
    middle = len(logits) // 2
    return [(x, logits[x]) for x in (slice(0, middle), slice(middle, len(logits)))]


def read_halves(logits: Tensor, operation: Operation = "add") -> LogitReader:
    return read_logits(halves(logits), Task(len(logits), operation))


def sums_of(logits: Tensor, operation: Operation = "add") -> LogitSums:
    return read_halves(logits, operation).sums()
