"""The train/test split that a trainer saves in a checkpoint: indices, pairs or a mask, under several names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.split import Split

_NAMES = ("indices", "idx", "idxs", "inds", "index", "ids", "data", "pairs", "set", "inputs", "mask", "x", "prompts")
TRAIN_KEYS = (*(f"train_{name}" for name in _NAMES), *(f"{name}_train" for name in _NAMES), "train")
_TEST_KEYS = tuple(f"{part}_{name}" for part in ("test", "val", "valid") for name in _NAMES)
_PLACES = ("split", "splits", "data", "dataset", "data_split")  # mappings that may hold the keys
_MAX_COLUMNS = 6


def has_split(payload: Mapping[str, Any]) -> bool:
    """Whether a checkpoint seems to record its split."""
    return any(name in place for place in _places(payload) for name in (*TRAIN_KEYS, *_TEST_KEYS))


def split_in(payload: Mapping[str, Any], p: int) -> Split | None:
    """The recorded split; None if none is stored, or if it is not a split of the p^2 pairs.

    Train pairs are indices x * p + y, prompts that start with x and y, or a mask over pairs. If only the test pairs
    are stored, all others are train pairs.
    """
    for place in _places(payload):
        for names, is_train in ((TRAIN_KEYS, True), (_TEST_KEYS, False)):
            for name in names:
                mask = _mask(place[name], p) if name in place else None
                if mask is not None:
                    return Split(mask if is_train else ~mask, "file")
    return None


def _places(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield payload
    yield from (inner for name in _PLACES if isinstance(inner := payload.get(name), Mapping))


def _mask(value: object, p: int) -> NDArray[np.bool_] | None:
    """The pairs as a mask [x, y]; None unless they are some, but not all, of the p^2 pairs."""
    values = _as_array(value)
    if values is None or values.size == 0:
        return None
    if values.dtype == np.bool_:
        mask = values.reshape(p, p) if values.size == p * p else None
    else:
        indices = values if values.ndim == 1 else _pair_indices(values, p)
        mask = None if indices is None else _mask_of_indices(indices, p)
    return mask if mask is not None and 0 < mask.sum() < p * p else None


def _mask_of_indices(indices: NDArray[np.int64], p: int) -> NDArray[np.bool_] | None:
    if len(indices) >= p * p or indices.min() < 0 or indices.max() >= p * p:
        return None
    mask = np.zeros(p * p, dtype=np.bool_)
    mask[indices] = True
    return mask.reshape(p, p)


def _pair_indices(prompts: NDArray[np.int64], p: int) -> NDArray[np.int64] | None:
    """Indices of prompts [pair, position]: x and y are the first two positions that do not hold a constant."""
    if prompts.ndim != 2 or not 2 <= prompts.shape[1] <= _MAX_COLUMNS:
        return None
    columns = [column for column in prompts.T if column.min() < p or column.min() != column.max()][:2]
    if len(columns) < 2:
        return None
    x, y = columns
    if min(x.min(), y.min()) < 0 or max(x.max(), y.max()) >= p:
        return None
    indices: NDArray[np.int64] = x * p + y
    return indices


def _as_array(value: object) -> NDArray[Any] | None:
    """Whole numbers or booleans as an array; of inputs with labels the inputs."""
    if isinstance(value, Tensor):
        is_plain = value.device.type == "cpu" and not (value.is_floating_point() or value.is_complex())
        return np.asarray(value.tolist()) if is_plain else None
    if isinstance(value, np.ndarray):
        array = value
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        if isinstance(value[0], Tensor | np.ndarray) and value[0].ndim == 2:  # (inputs, labels)
            return _as_array(value[0])
        try:
            array = np.array([_number(item) for item in value])
        except (ValueError, TypeError, OverflowError):
            return None
    else:
        return None
    return array if array.dtype.kind in "bi" else None


def _number(item: object) -> object:
    return item.item() if isinstance(item, Tensor) and item.numel() == 1 else item
