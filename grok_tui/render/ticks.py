"""Ticks of an axis: their values and their texts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


class Tick(NamedTuple):
    """A value on an axis and the text drawn there."""

    value: float
    text: str


@lru_cache(maxsize=4096)  # axes differ less than their numbers: stepping through neurons, most texts recur
def format_tick(value: float, step: float = 0.0) -> str:
    """A short number for an axis; with `step`, with as many decimals as distinguish neighbouring ticks.

    >>> format_tick(12345.6), format_tick(0.5, 0.25), format_tick(1.5e-7), format_tick(1.25e6, 250_000)
    ('12,346', '0.50', '1.5e-7', '1.25e6')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or max(size, step) < 1e-3:
        return _scientific(value, step)
    if step > 0:
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        if abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
            decimals += 1
        return f"{value:,.{decimals}f}"
    text = f"{value:,.{max(0, 2 - math.floor(math.log10(size)))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def multiples(low: float, high: float, step: float) -> list[Tick]:
    """Ticks at the multiples of a step from `low` to `high`."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [Tick(number * step, format_tick(number * step, step)) for number in range(first, last + 1)]


def round_steps(length: float, count: int) -> Iterator[tuple[float, bool]]:
    """Steps 1, 2, 2.5 or 5 times a power of ten from about length / count to `length`, and whether it is 2.5 times."""
    smallest = length / max(count, 1)
    if not 0 < smallest < math.inf:
        return
    for exponent in range(math.floor(math.log10(smallest)), math.floor(math.log10(length)) + 1):
        for factor in (1.0, 2.0, 2.5, 5.0):
            if smallest * 0.5 <= (step := factor * 10.0**exponent) <= length * 1.5:
                yield step, factor == 2.5


def linear_ticks(low: float, high: float, count: int) -> list[Tick]:
    """At most `count` (at least one) ticks, 1, 2 or 5 times a power of ten apart."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return []
    if high <= low:
        return [Tick(low, format_tick(low))]
    step = 10.0 ** math.floor(math.log10((high - low) / max(count, 1)))
    for factor in (1, 2, 5, 10, 20, 50, 100):
        ticks = multiples(low, high, step * factor)
        if len(ticks) <= max(count, 1):
            return ticks
    return []


def index_ticks(length: int, count: int) -> list[Tick]:
    """At most `count` ticks at whole numbers from 0 to length-1."""
    ticks = linear_ticks(0, length - 1, max(count, 1))
    whole = [tick for tick in ticks if tick.value == round(tick.value)]
    return [Tick(tick.value, f"{round(tick.value):,}") for tick in whole] or [Tick(0, "0")]


def log_ticks(low: float, high: float, count: int) -> list[Tick]:
    """At most `count` ticks at powers of ten; within one decade, linear ticks."""
    first, last = math.log10(low), math.log10(high)
    decades = decade_ticks(first, last, 1)
    if len(decades) < 2:
        return [tick for tick in linear_ticks(low, high, count) if tick.value > 0]
    return decade_ticks(first, last, math.ceil(len(decades) / max(count, 1)))


def decade_ticks(first: float, last: float, stride: int) -> list[Tick]:
    """Ticks at the powers of ten whose exponents from `first` to `last` are multiples of `stride`."""
    exponents = range(math.ceil(first / stride - 1e-9), math.floor(last / stride + 1e-9) + 1)
    decades = [number * stride for number in exponents]
    plain = first > -4 and last < 6
    return [Tick(10.0**k, f"{10.0**k:,.{max(-k, 0)}f}" if plain else f"1e{k}") for k in decades]


def _scientific(value: float, step: float) -> str:
    """The number with one decimal; with a step, with as many as it needs."""
    texts = [f"{value:.{decimals}e}" for decimals in range(1, 16)]
    chosen = next((text for text in texts if abs(float(text) - value) <= step * 1e-3), texts[0]) if step else texts[0]
    mantissa, exponent = chosen.split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
