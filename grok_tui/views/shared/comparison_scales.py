"""Comparison of views of maps, bars and lines: two answers on one scale, or their difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.maps.scale import Scale
from grok_tui.views.view import ComparisonMethods, NoDifference

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Scaled:
    """Base of an answer that can be drawn on a given scale, and whose numbers can be a difference of two answers."""

    scales: Mapping[str, Scale] = field(default_factory=dict)  # by the name of the field with the numbers
    minus: Any = None  # the other answer, if the numbers are a difference

    def scale(self, name: str) -> Scale | None:
        """The colour scale for a field; None: the range of its own numbers."""
        return self.scales.get(name)

    def limits(self, name: str) -> tuple[float, float] | None:
        """The ends of an axis for a field; None: the range of its own numbers."""
        scale = self.scales.get(name)
        return None if scale is None or self.minus is not None else (scale.low, scale.high)


_Answer = TypeVar("_Answer", bound=Scaled)


def by_numbers(*names: str) -> ComparisonMethods[Any]:
    """Compare answers by the numbers in these fields: arrays, objects with `values` and `minus`, or tuples of these."""

    def align(a: _Answer, b: _Answer) -> tuple[_Answer, _Answer]:
        scales = {name: Scale.of(np.concatenate([_flat(getattr(answer, name)) for answer in (a, b)])) for name in names}
        return replace(a, scales=scales), replace(b, scales=scales)

    def subtract(a: _Answer, b: _Answer) -> _Answer:
        differences: dict[str, Any] = {name: difference(getattr(a, name), getattr(b, name)) for name in names}
        scales = {name: Scale.of(_flat(numbers), diverging=True) for name, numbers in differences.items()}
        return replace(a, **differences, scales=scales, minus=b)

    return ComparisonMethods(align=align, subtract=subtract)


def difference(a: Any, b: Any) -> Any:
    """a - b, for arrays of one shape, objects with a method `minus`, or tuples of these.

    Raises:
        NoDifference: the shapes or lengths differ.
    """
    if isinstance(a, tuple):
        if len(a) != len(b):
            raise NoDifference(f"A has {len(a)} parts and B has {len(b)}; both are shown.")
        return tuple(difference(left, right) for left, right in zip(a, b, strict=True))
    if not isinstance(a, np.ndarray):
        return a.minus(b)
    if a.shape != b.shape:
        shape_a, shape_b = (" × ".join(map(str, array.shape)) for array in (a, b))
        raise NoDifference(f"A has {shape_a} numbers and B has {shape_b}; both are shown.")
    return a - b


def _flat(numbers: Any) -> _Array:
    if isinstance(numbers, tuple):
        return np.concatenate([_flat(part) for part in numbers])
    values: _Array = numbers.ravel() if isinstance(numbers, np.ndarray) else numbers.values
    return values
