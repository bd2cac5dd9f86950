"""How many lines of a screen the table of runs takes; the figures have the others."""

from __future__ import annotations

_LEAST, _MOST = 0.25, 0.42  # shares of the height


def table_lines(n_runs: int, height: int) -> int:
    """The lines of the table: one for each run, and two for its title and head, within its shares of the height.

    >>> [table_lines(n_runs, 40) for n_runs in (1, 10, 1000)]
    [10, 12, 16]
    """
    return min(max(n_runs + 2, int(_LEAST * height)), int(_MOST * height))
