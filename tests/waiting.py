"""A wait that ends: no test may hang."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

PATIENCE_SECONDS = 240.0


def wait_until(condition: Callable[[], bool], otherwise: Callable[[], object] = lambda: "") -> None:
    """Wait until a condition holds; after four minutes the test fails with what `otherwise` returns."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < deadline, f"the condition did not hold within {PATIENCE_SECONDS:g} seconds: {otherwise()}"
        sleep(0.01)
