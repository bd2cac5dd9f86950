"""The numbers of two answers on one scale, or subtracted: how views of maps, bars and lines are compared."""

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
    """An answer whose numbers may be drawn on a scale that is not their own, or be a difference."""

    scales: Mapping[str, Scale] = field(default_factory=dict)  # by the name of the field that holds the numbers
    minus: Any = None  # the answer that was subtracted from this one's numbers

    def scale(self, name: str) -> Scale | None:
        """The colours of a field's numbers; None: their own."""
        return self.scales.get(name)

    def limits(self, name: str) -> tuple[float, float] | None:
        """The ends of an axis for a field's numbers; None: their own."""
        scale = self.scales.get(name)
        return None if scale is None or self.minus is not None else (scale.low, scale.high)


_Answer = TypeVar("_Answer", bound=Scaled)


def by_numbers(*names: str) -> ComparisonMethods[Any]:
    """Compare answers by the numbers in these fields: arrays, objects with `values` and `minus`, or tuples of these."""

    def align(a: _Answer, b: _Answer) -> tuple[_Answer, _Answer]:
        scales = {name: Scale.of(np.concatenate([_flat(getattr(one, name)) for one in (a, b)])) for name in names}
        return replace(a, scales=scales), replace(b, scales=scales)

    def subtract(a: _Answer, b: _Answer) -> _Answer:
        found: dict[str, Any] = {name: difference(getattr(a, name), getattr(b, name)) for name in names}
        scales = {name: Scale.of(_flat(numbers), diverging=True) for name, numbers in found.items()}
        return replace(a, **found, scales=scales, minus=b)

    return ComparisonMethods(align=align, subtract=subtract)


def difference(a: Any, b: Any) -> Any:
    """a - b, of arrays of one shape, things that have `minus`, or tuples of either.

    Raises:
        NoDifference: there is none of such.
    """
    if isinstance(a, tuple):
        if len(a) != len(b):
            raise NoDifference(f"there are {len(a)} of A and {len(b)} of B; both are shown.")
        return tuple(difference(one, other) for one, other in zip(a, b, strict=True))
    if not isinstance(a, np.ndarray):
        return a.minus(b)
    if a.shape != b.shape:
        sizes = (" × ".join(map(str, one.shape)) for one in (a, b))
        raise NoDifference(f"A has {next(sizes)} numbers and B {next(sizes)}; both are shown.")
    return a - b


def _flat(numbers: Any) -> _Array:
    if isinstance(numbers, tuple):
        return np.concatenate([_flat(one) for one in numbers])
    values: _Array = numbers.ravel() if isinstance(numbers, np.ndarray) else numbers.values
    return values
