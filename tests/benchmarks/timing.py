"""Timing functions relative to each other on a machine with other load."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from time import perf_counter


def median_times(rounds: int, **functions: Callable[[], object]) -> dict[str, float]:
    """Median milliseconds of each function. Each round calls every function once, so that load affects all equally.

    Without garbage collection, as `timeit` does: it would count the objects of all libraries to one of the functions.
    """
    for function in functions.values():
        function()  # warm-up
    times: dict[str, list[float]] = {name: [] for name in functions}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, function in functions.items():
                begin = perf_counter()
                function()
                times[name].append((perf_counter() - begin) * 1e3)
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in times.items()}
