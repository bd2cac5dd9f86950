"""Timing things against each other on a machine that does other things too."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter


def timed_in_turn(rounds: int, **things: Callable[[], object]) -> dict[str, float]:
    """Median milliseconds of each, one of each a round, so that a slow moment hits all alike."""
    for thing in things.values():
        thing()
    taken: dict[str, list[float]] = {name: [] for name in things}
    for _ in range(rounds):
        for name, thing in things.items():
            begin = perf_counter()
            thing()
            taken[name].append((perf_counter() - begin) * 1e3)
    return {name: statistics.median(times) for name, times in taken.items()}
