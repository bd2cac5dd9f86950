"""The numbers of a page: long arrays in base64, and short ones as they are; what recurs is stored once."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_unless_finite

_SHORT = 12  # numbers that take no more room in JSON than a reference
_LONG = 40  # characters of JSON that are worth a reference
BLANK = 255  # the level of a value that is absent

Json = Any  # a value of json.dumps


class ArrayPool:
    """Collects the arrays of a page. `add` returns what stands in their place: a list, or {"a": index of the array}."""

    def __init__(self) -> None:
        self._arrays: list[Json] = []
        self._places: dict[tuple[str, bytes], int] = {}
        self._objects: dict[str, int] = {}

    @property
    def arrays(self) -> list[Json]:
        """The arrays: type and base64 of the numbers in little-endian order."""
        return self._arrays

    @property
    def objects(self) -> list[Json]:
        """The values that `share` replaced."""
        return [json.loads(text) for text in self._objects]

    def share(self, plot: dict[str, Json]) -> dict[str, Json]:
        """A plot with {"o": index} in place of its long values: most of them are the same at every epoch."""
        return {name: self._shared(value) for name, value in plot.items()}

    def _shared(self, value: Json) -> Json:
        text = json.dumps(value, separators=(",", ":"))
        return value if len(text) < _LONG else {"o": self._objects.setdefault(text, len(self._objects))}

    def add(self, values: NDArray[Any] | Sequence[float], dtype: str = "f4") -> Json:
        """An array, flat in C order, as f4, i2, i1 or u1; absent values of a float array are NaN."""
        array = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<")).ravel()
        if len(array) <= _SHORT:
            return [none_unless_finite(float(value)) for value in np.asarray(values, dtype=float).ravel()]
        data = array.tobytes()
        place = self._places.setdefault((dtype, data), len(self._arrays))
        if place == len(self._arrays):
            self._arrays.append({"t": dtype, "b": b64encode(data).decode("ascii")})
        return {"a": place}

    def add_levels(self, values: NDArray[np.floating], low: float, high: float) -> Json:
        """A map in 255 levels from `low` to `high`, one byte a value; absent values are `BLANK`."""
        span = high - low if high > low else 1.0
        with np.errstate(invalid="ignore"):
            levels = np.round(np.clip((np.asarray(values, dtype=float) - low) / span, 0, 1) * (BLANK - 1))
        return self.add(np.where(np.isfinite(values), levels, BLANK).astype(np.uint8), "u1")


def number(value: float | None) -> float | None:
    """A number for JSON: None for one that is absent, NaN or infinite."""
    return None if value is None or not math.isfinite(value) else float(value)
