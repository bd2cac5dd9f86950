"""Timing functions relative to each other on a machine with other load."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter


def median_times(rounds: int, **functions: Callable[[], object]) -> dict[str, float]:
    """Median milliseconds of each function. Each round calls every function once, so that load affects all equally."""
    for function in functions.values():
        function()  # warm-up
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            begin = perf_counter()
            function()
            times[name].append((perf_counter() - begin) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}
