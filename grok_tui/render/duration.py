"""A duration in words of its size."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`45 s`, `31 min`, `2 h 05 min`.

    >>> duration(45), duration(7500)
    ('45 s', '2 h 05 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
