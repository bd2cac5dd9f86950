"""NumPy's dtypes, scalars and arrays, from their bytes in a pickle or a `.npy` file, without NumPy's own unpickling.

Only numbers are read. Arrays of objects and records are opaque, text is read in scalars alone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine.runs.torch_format.opaque_objects import InertObject

_NUMBERS = frozenset(("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", "c8", "c16"))
_TEXT = re.compile(r"[US]\d{1,6}")
_MAX_AXES = 16


@dataclass
class NumpyDtype:
    """Stands for a NumPy dtype, by its name, `f8`; a later instruction of the pickle sets the byte order."""

    name: str
    byteorder: str = "<"

    def set_state(self, state: object) -> None:
        """Set the byte order, the second item of the state of a dtype."""
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">"):
            self.byteorder = state[1]


@dataclass(eq=False)
class UnfilledArray:
    """Stands for an array until a later instruction sets its content; `memo` are its places in the pickle's memo."""

    memo: list[int] = field(default_factory=list)


def numpy_dtype(name: object = "", *_: object) -> NumpyDtype:
    """The dtype of a name; one with its byte order (`<f8`) is accepted as well."""
    text = name if isinstance(name, str) else ""
    order = text[:1] if text[:1] in ("<", ">") else "<"
    return NumpyDtype(text.lstrip("<>|="), order)


def numpy_scalar(dtype: object, data: object = b"", *_: object) -> object:
    """The number or text of a NumPy scalar; NaN if its bytes are invalid."""
    if not isinstance(dtype, NumpyDtype) or not isinstance(data, bytes):
        return math.nan
    if _TEXT.fullmatch(dtype.name):
        encoding = "latin-1" if dtype.name[0] == "S" else "utf-32-le" if dtype.byteorder == "<" else "utf-32-be"
        return data.decode(encoding, errors="replace").rstrip("\0")
    if dtype.name not in _NUMBERS or len(data) != int(dtype.name[1:]):
        return math.nan
    value: object = np.frombuffer(data, dtype.byteorder + dtype.name)[0].item()
    return value


def array_from_state(state: object) -> tuple[Tensor | InertObject, int]:
    """The array of a state (version, shape, dtype, is in Fortran order, bytes), and the bytes that it takes.

    Raises:
        ValueError: an invalid state, or a shape that does not fit the bytes.
    """
    shape, dtype, is_fortran, data = state[-4:] if isinstance(state, tuple) else ()
    if not isinstance(data, bytes | bytearray):  # a list of objects
        return InertObject("numpy.ndarray"), 1
    return array_from_bytes(data, dtype, shape, "F" if is_fortran else "C"), len(data)


def array_from_bytes(
    data: object, dtype: object, shape: object, order: object = "C", *_: object
) -> Tensor | InertObject:
    """The array in `data` as a tensor, a copy; opaque if its items are not numbers.

    Raises:
        ValueError: the shape does not fit the bytes.
    """
    if not isinstance(dtype, NumpyDtype) or not isinstance(data, bytes | bytearray) or not isinstance(shape, tuple):
        raise ValueError("invalid array")
    if dtype.name not in _NUMBERS:
        return InertObject("numpy.ndarray")
    if len(shape) > _MAX_AXES or not all(type(length) is int and 0 <= length < 2**62 for length in shape):
        raise ValueError("invalid array shape")
    stored = np.dtype(dtype.byteorder + dtype.name)
    if math.prod(shape) * stored.itemsize != len(data):
        raise ValueError("an array whose shape does not fit its bytes")
    values = np.frombuffer(data, stored).astype(stored.newbyteorder("="))
    array = torch.from_numpy(values)
    return (
        array.reshape(shape[::-1]).permute(*reversed(range(len(shape))))
        if order == "F" and shape
        else array.reshape(shape)
    )
