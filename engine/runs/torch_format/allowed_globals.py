"""The allow-list: every name that means something in a checkpoint's pickle, and the stand-in for it.

No function or class of torch, NumPy or a trainer is called. A tensor becomes a view of numbers in the file, after its
bounds are checked; an array a tensor; a NumPy scalar or a path a plain value. All other names are opaque.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeGuard

import torch
from torch import Tensor

from engine.runs.torch_format.errors import OversizedTensor
from engine.runs.torch_format.numpy_values import UnfilledArray, array_from_bytes, numpy_dtype, numpy_scalar
from engine.runs.torch_format.opaque_objects import InertObject

# torch.save spends at least this many bytes of the pickle on a tensor; a few bytes cannot describe thousands.
_TENSOR_COST = 32
_MAX_AXES = 16


@dataclass(frozen=True)
class Storage:
    """Numbers in the file, as a one-dimensional tensor."""

    values: Tensor  # [numel]


@dataclass(frozen=True)
class StorageType:
    """Stands for a storage class of torch, which determines the dtype."""

    dtype: torch.dtype


@dataclass(frozen=True)
class AllowedGlobal:
    """A callable on the allow-list: `build` runs in its place.

    `cost` is the size of its result, which the unpickler charges to the pickle's budget.
    """

    build: Callable[..., object]
    cost: Callable[[tuple[object, ...]], int] = lambda _: 1


def rebuild_tensor(storage: object, offset: object, size: object, stride: object, *_: object) -> object:
    """A view of stored numbers.

    It is None if storages are not resolved (in the first pass over a legacy file), and opaque if its storage is.

    Raises:
        ValueError: invalid arguments, or a view beyond the storage.
        OversizedTensor: more numbers than the storage has.
    """
    if storage is None or isinstance(storage, InertObject):
        return storage
    if not _is_count(offset):
        raise ValueError("invalid storage offset")
    if not isinstance(storage, Storage) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise ValueError("invalid tensor")
    if not all(_is_count(number) for number in (*size, *stride)) or len(size) != len(stride):
        raise ValueError("invalid tensor shape")
    if len(size) > _MAX_AXES:
        raise ValueError("too many axes")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if 0 not in size and last >= len(storage.values):
        raise ValueError("tensor beyond its storage")
    if math.prod(size) > len(storage.values):
        raise OversizedTensor(size)
    return storage.values.new_empty(size) if 0 in size else storage.values.as_strided(size, stride, offset)


def _is_count(number: object) -> TypeGuard[int]:
    return type(number) is int and 0 <= number < 2**62


def _rebuild_wrapped_tensor(rebuild: object, kind: object, arguments: object, *_: object) -> object:
    """The tensor inside a parameter or a tensor with attributes."""
    if not isinstance(arguments, tuple) or not isinstance(rebuild, AllowedGlobal) or rebuild not in _TENSORS:
        raise ValueError("invalid tensor")
    return rebuild.build(*arguments)


def _encode_latin_1(text: object = "", *_: object) -> bytes:
    """Bytes, which pickle protocol 2 writes as Latin-1 text."""
    return text.encode("latin-1", errors="replace") if isinstance(text, str) else b""


def _to_list(items: object = (), *_: object) -> list[object]:
    return list(items) if isinstance(items, list | tuple) else []


def _ordered_dict(items: object = ()) -> dict[object, object]:
    """An ordered dict; Python 2 pickled its items as the argument."""
    pairs = items if isinstance(items, list) else []
    return {pair[0]: pair[1] for pair in pairs if isinstance(pair, list | tuple) and isinstance(pair[0], str)}


def _path(*parts: object) -> str:
    """A path of pathlib, which pickles its parts."""
    texts = [part for part in parts if isinstance(part, str)]
    return "/".join(texts).replace("//", "/", 1) if texts else "."


def _counter(counts: object = None, *_: object) -> dict[object, object]:
    return dict(counts) if isinstance(counts, dict) else {}


def _text(value: object = "", *_: object) -> str:
    return value if isinstance(value, str) else str(type(value).__name__)


def _length_cost(arguments: tuple[object, ...]) -> int:
    return 1 + sum(len(item) for item in arguments if isinstance(item, str | bytes | bytearray | list | tuple | dict))


_tensor = AllowedGlobal(rebuild_tensor, cost=lambda _: _TENSOR_COST)
_TENSORS = (_tensor, _parameter := AllowedGlobal(lambda tensor, *_: tensor))
_bytes = AllowedGlobal(_encode_latin_1, _length_cost)
# A storage as a file of torch.save inside the pickle, which only the unpickler can read.
SAVED_STORAGE = AllowedGlobal(lambda *_: InertObject("torch.storage"), _length_cost)
_list = AllowedGlobal(_to_list, _length_cost)
_paths = AllowedGlobal(_path, _length_cost)

_STORAGE_DTYPES: Mapping[str, torch.dtype] = {
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
_DTYPES = (*_STORAGE_DTYPES.values(), torch.complex32, torch.float8_e4m3fn, torch.float8_e5m2)
_PATH_MODULES = ("pathlib", "pathlib._local")
_PATH_CLASSES = ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")

ALLOWED_GLOBALS: Mapping[str, object] = MappingProxyType(
    {
        "collections.OrderedDict": AllowedGlobal(_ordered_dict, _length_cost),
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_parameter": _parameter,
        "torch._utils._rebuild_parameter_with_state": _parameter,
        "torch._tensor._rebuild_from_type_v2": AllowedGlobal(_rebuild_wrapped_tensor, cost=lambda _: _TENSOR_COST),
        "torch.nn.parameter.Parameter": _parameter,
        "torch.nn.parameter.Buffer": _parameter,
        "torch.Tensor": None,  # an argument of _rebuild_from_type_v2, never called
        "torch.Size": AllowedGlobal(lambda *items: tuple(_to_list(*items)), _length_cost),
        "torch.device": AllowedGlobal(_text),
        "builtins.set": _list,
        "builtins.frozenset": _list,
        "builtins.bytes": _bytes,
        "builtins.bytearray": _bytes,
        "_codecs.encode": _bytes,
        "collections.defaultdict": AllowedGlobal(lambda *_: {}),
        "collections.Counter": AllowedGlobal(_counter, _length_cost),
        "collections.deque": _list,
        "numpy.dtype": AllowedGlobal(numpy_dtype),
        "numpy.ndarray": None,  # an argument of _reconstruct, never called
        **{
            f"numpy.{core}.{name}": build
            for core in ("core", "_core")
            for name, build in {
                "multiarray.scalar": AllowedGlobal(numpy_scalar, _length_cost),
                "multiarray._reconstruct": AllowedGlobal(lambda *_: UnfilledArray()),
                "numeric._frombuffer": AllowedGlobal(array_from_bytes, _length_cost),
            }.items()
        },
        **dict.fromkeys((f"{module}.{name}" for module in _PATH_MODULES for name in _PATH_CLASSES), _paths),
        **{f"torch.{name}": StorageType(dtype) for name, dtype in _STORAGE_DTYPES.items()},
        "torch.storage._load_from_bytes": SAVED_STORAGE,
        "torch.storage.UntypedStorage": StorageType(torch.uint8),
        **{str(dtype): dtype for dtype in _DTYPES},
    }
)

# Tensors that are not plain numbers in memory: forbidden as well, but with an error message of their own.
UNSUPPORTED_TENSOR_GLOBALS = frozenset(
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
