"""Ticks of an axis: their values, their texts, and which texts fit on a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Tick(NamedTuple):
    """A value on an axis and the text drawn there."""

    value: float
    text: str


def format_tick(value: float, step: float = 0.0) -> str:
    """A short number for an axis; with `step`, with as many decimals as distinguish neighbouring ticks.

    >>> format_tick(12345.6), format_tick(0.5, 0.25), format_tick(1.5e-7)
    ('12,346', '0.50', '1.5e-7')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or max(size, step) < 1e-3:
        return _scientific(value)
    if step > 0:
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        if abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
            decimals += 1
        return f"{value:,.{decimals}f}"
    text = f"{value:,.{max(0, 2 - math.floor(math.log10(size)))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def linear_ticks(low: float, high: float, count: int) -> list[Tick]:
    """At most `count` (at least one) ticks, 1, 2 or 5 times a power of ten apart."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return []
    if high <= low:
        return [Tick(low, format_tick(low))]
    step = 10.0 ** math.floor(math.log10((high - low) / max(count, 1)))
    for factor in (1, 2, 5, 10, 20, 50, 100):
        size = step * factor
        first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
        if last - first < max(count, 1):
            return [Tick(i * size, format_tick(i * size, size)) for i in range(first, last + 1)]
    return []


def index_ticks(length: int, count: int) -> list[Tick]:
    """At most `count` ticks at whole numbers from 0 to length-1."""
    ticks = linear_ticks(0, length - 1, max(count, 1))
    whole = [tick for tick in ticks if tick.value == round(tick.value)]
    return [Tick(tick.value, f"{round(tick.value):,}") for tick in whole] or [Tick(0, "0")]


def log_ticks(low: float, high: float, count: int) -> list[Tick]:
    """At most `count` ticks at powers of ten; within one decade, linear ticks."""
    first = math.ceil(math.log10(low) - 1e-9)
    last = math.floor(math.log10(high) + 1e-9)
    if last <= first:
        return [tick for tick in linear_ticks(low, high, count) if tick.value > 0]
    stride = max(1, math.ceil((last - first + 1) / max(count, 1)))
    decades = [k for k in range(first, last + 1) if k % stride == 0]
    plain = first >= -3 and last <= 5
    return [Tick(10.0**k, f"{10.0**k:,.{max(-k, 0)}f}" if plain else f"1e{k}") for k in decades]


def place_texts(ticks: Sequence[tuple[int, str]], width: int, gap: int = 2) -> list[tuple[int, str]]:
    """(start column, text) of those of the (column, text) that fit on a line; earlier ones take precedence.

    A text is centred on its column, or moved to the right to avoid the previous text, as long as it covers its column.
    """
    placed: list[tuple[int, str]] = []
    end = -gap
    for column, text in ticks:
        start = min(max(column - (len(text) - 1) // 2, 0), width - len(text))
        start = max(start, min(end + gap, column, width - len(text)))
        if start >= 0 and start >= end + gap:
            placed.append((start, text))
            end = start + len(text)
    return placed


def place_label(placed: Sequence[tuple[int, str]], width: int, label: str, gap: int = 2) -> int | None:
    """The start column of a label: in the gap between texts nearest to the middle; None if no gap is wide enough."""
    edges = [-gap, *(edge for start, text in placed for edge in (start, start + len(text))), width + gap]
    middle = (width - len(label)) / 2
    starts = [
        round(min(max(middle, left + gap), right - gap - len(label)))
        for left, right in zip(edges[::2], edges[1::2], strict=True)
        if right - left - 2 * gap >= len(label)
    ]
    return min(starts, key=lambda start: abs(start - middle)) if label and starts else None


def place_texts_and_label(
    ticks: Sequence[tuple[int, str]], width: int, label: str, label_width: int
) -> tuple[list[tuple[int, str]], int | None]:
    """The placed texts and the label's start column. Texts between the first and last are dropped to make room."""
    placed = place_texts(ticks, width)
    middle = label_width / 2
    start = place_label(placed, label_width, label)
    remaining = placed
    while label and start is None and len(remaining) > 2:
        nearest = min(remaining[1:-1], key=lambda item: abs(item[0] + len(item[1]) / 2 - middle))
        remaining = [item for item in remaining if item != nearest]
        start = place_label(remaining, label_width, label)
    return (placed, None) if start is None else (remaining, start)


def _scientific(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
