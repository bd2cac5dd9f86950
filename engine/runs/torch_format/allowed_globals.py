"""All that a checkpoint's pickle can name, and what stands here for it: nothing of torch's or NumPy's is called.

A tensor is described by a stretch of stored numbers, a shape and strides: it is laid over numbers that are there, after
every bound was checked. A trainer's config, a NumPy number and the like become records that do nothing.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeGuard

import torch
from torch import Tensor

_NUMPY_FORMATS = {"f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "b1": "?"}
# The bytes of a pickle that torch spends on a tensor at the least: it stops one that describes thousands in a few.
_TENSOR_BYTES = 32
_MOST_AXES = 16


class TensorOutOfBounds(ValueError):
    """A tensor of more numbers than are stored for it: by stride 0 a file can claim any shape."""


class RecordedConfig:
    """Any trainer's config object: its attributes end up in `__dict__`."""


@dataclass(frozen=True)
class StoredTensor:
    """A stretch of numbers in the file, as one row."""

    values: Tensor  # [numel]


@dataclass(frozen=True)
class StorageType:
    """The class of a storage, which tells the dtype of its numbers."""

    dtype: torch.dtype


@dataclass(frozen=True)
class RecordedDtype:
    """A NumPy dtype, by its name: `f8`."""

    name: str


@dataclass(frozen=True)
class Known:
    """A name that may be called, and what is done instead; `cost` in bytes of the pickle, against multiplication."""

    build: Callable[..., object]
    cost: Callable[[tuple[object, ...]], int] = lambda _: 1


def tensor_of(stored: object, offset: object, size: object, stride: object, *_: object) -> Tensor | None:
    """The tensor of that shape over stored numbers; None where the numbers are not looked for yet.

    Raises:
        ValueError: it reaches outside them.
        Overstated: it repeats them.
    """
    if stored is None:
        return None
    if not _is_count(offset):
        raise ValueError("not a place among the numbers")
    if not isinstance(stored, StoredTensor) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise ValueError("not a tensor")
    if not all(_is_count(number) for number in (*size, *stride)) or len(size) != len(stride):
        raise ValueError("not the shape of a tensor")
    if len(size) > _MOST_AXES:
        raise ValueError("a tensor of too many axes")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if 0 not in size and last >= len(stored.values):
        raise ValueError("a tensor that reaches beyond its numbers")
    if math.prod(size) > len(stored.values):
        raise TensorOutOfBounds(list(size))
    return stored.values.new_empty(size) if 0 in size else stored.values.as_strided(size, stride, offset)


def _is_count(number: object) -> TypeGuard[int]:
    return type(number) is int and 0 <= number < 2**62


def _tensor_with_attributes(build: object, kind: object, arguments: object, *_: object) -> object:
    """A parameter or a tensor with attributes: the tensor in it."""
    if not isinstance(arguments, tuple) or not isinstance(build, Known) or build not in _TENSORS:
        raise ValueError("not a tensor")
    return build.build(*arguments)


def _recorded_scalar(dtype: object, data: object = b"") -> object:
    """A NumPy number, from its little-endian bytes; NaN for what is none."""
    name = dtype.name if isinstance(dtype, RecordedDtype) else ""
    if name not in _NUMPY_FORMATS or not isinstance(data, bytes) or len(data) != int(name[1:]):
        return math.nan
    value: object = struct.unpack(f"<{_NUMPY_FORMATS[name]}", data)[0]
    return value


def _recorded_bytes(text: object = "", *_: object) -> bytes:
    """Bytes, which pickle's second protocol writes as Latin-1 text."""
    return text.encode("latin-1", errors="replace") if isinstance(text, str) else b""


def _recorded_list(items: object = (), *_: object) -> list[object]:
    return list(items) if isinstance(items, list | tuple) else []


def _pairs(items: object = ()) -> dict[object, object]:
    """An ordered dict; Python 2 wrote its items with it."""
    pairs = items if isinstance(items, list) else []
    return {pair[0]: pair[1] for pair in pairs if isinstance(pair, list | tuple) and isinstance(pair[0], str)}


def _text(value: object = "", *_: object) -> str:
    return value if isinstance(value, str) else str(type(value).__name__)


def _by_length(arguments: tuple[object, ...]) -> int:
    return 1 + sum(len(argument) for argument in arguments if isinstance(argument, str | bytes | list | tuple))


_tensor = Known(tensor_of, cost=lambda _: _TENSOR_BYTES)
_TENSORS = (_tensor, _parameter := Known(lambda tensor, *_: tensor))
_config = Known(lambda *_: RecordedConfig())
_bytes = Known(_recorded_bytes, _by_length)
_list = Known(_recorded_list, _by_length)

_STORAGES: Mapping[str, torch.dtype] = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
}
_DTYPES = (*_STORAGES.values(), torch.complex32, torch.float8_e4m3fn, torch.float8_e5m2)
_CONFIGS = (
    "transformer_lens.HookedTransformerConfig.HookedTransformerConfig",
    "transformer_lens.config.HookedTransformerConfig.HookedTransformerConfig",
    "transformer_lens.config.hooked_transformer_config.HookedTransformerConfig",
    "easy_transformer.EasyTransformerConfig.EasyTransformerConfig",
    "transformers.Config",
    "__main__.Config",
)

KNOWN: Mapping[str, object] = MappingProxyType(
    {
        "collections.OrderedDict": Known(_pairs, _by_length),
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_parameter": _parameter,
        "torch._utils._rebuild_parameter_with_state": _parameter,
        "torch._tensor._rebuild_from_type_v2": Known(_tensor_with_attributes, cost=lambda _: _TENSOR_BYTES),
        "torch.nn.parameter.Parameter": _parameter,
        "torch.nn.parameter.Buffer": _parameter,
        "torch.Tensor": None,  # named, never called
        "torch.Size": Known(lambda *items: tuple(_recorded_list(*items)), _by_length),
        "torch.device": Known(_text),
        "builtins.set": _list,
        "builtins.frozenset": _list,
        "builtins.bytes": _bytes,
        "builtins.bytearray": _bytes,
        "_codecs.encode": _bytes,
        "numpy.dtype": Known(lambda name="", *_: RecordedDtype(_text(name))),
        "numpy.core.multiarray.scalar": Known(_recorded_scalar),
        "numpy._core.multiarray.scalar": Known(_recorded_scalar),
        **{f"torch.{name}": StorageType(dtype) for name, dtype in _STORAGES.items()},
        "torch.storage.UntypedStorage": StorageType(torch.uint8),
        **{str(dtype): dtype for dtype in _DTYPES},
        **dict.fromkeys(_CONFIGS, _config),
    }
)

# What stands for tensors that are no plain numbers in memory.
NOT_DENSE = frozenset(
    f"torch._utils.{name}"
    for name in (
        "_rebuild_sparse_tensor",
        "_rebuild_sparse_csr_tensor",
        "_rebuild_nested_tensor",
        "_rebuild_qtensor",
        "_rebuild_meta_tensor_no_storage",
        "_rebuild_wrapper_subclass",
    )
)
