"""Stand-ins for the classes that trainers pickle beside the weights: they keep what was recorded and do nothing.

`torch.load(weights_only=True)` takes only what it is told is harmless. A recorded config or a NumPy number is
read into the classes below, under the original's name; the original is neither imported nor called.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

_FORMATS = {"f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "b1": "?"}


class RecordedConfig:
    """Any trainer's config object: its attributes end up in `__dict__`."""


class RecordedDtype:
    """A NumPy dtype, by its name: `f8`."""

    def __init__(self, name: object = "", *_: object) -> None:
        self.name = str(name)

    def __setstate__(self, state: object) -> None:
        """Byte order and the like; torch.save writes little-endian."""


def recorded_scalar(dtype: object, data: object = b"") -> float:
    """A NumPy number, from its little-endian bytes; NaN for what is none."""
    name = dtype.name if isinstance(dtype, RecordedDtype) else ""
    if name not in _FORMATS or not isinstance(data, bytes) or len(data) != int(name[1:]):
        return math.nan
    return float(struct.unpack(f"<{_FORMATS[name]}", data)[0])


def recorded_bytes(text: object = "", *_: object) -> bytes:
    """Bytes, which pickle's second protocol writes as Latin-1 text."""
    return text.encode("latin-1", errors="replace") if isinstance(text, str) else b""


_CONFIGS = (
    "transformer_lens.HookedTransformerConfig.HookedTransformerConfig",
    "transformer_lens.config.HookedTransformerConfig.HookedTransformerConfig",
    "transformer_lens.config.hooked_transformer_config.HookedTransformerConfig",
    "easy_transformer.EasyTransformerConfig.EasyTransformerConfig",
    "transformers.Config",
    "__main__.Config",
)

# In the form that torch.serialization.safe_globals takes.
STAND_INS: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
    *((RecordedConfig, name) for name in _CONFIGS),
    (RecordedDtype, "numpy.dtype"),
    (recorded_scalar, "numpy.core.multiarray.scalar"),
    (recorded_scalar, "numpy._core.multiarray.scalar"),
    (recorded_bytes, "_codecs.encode"),
]
