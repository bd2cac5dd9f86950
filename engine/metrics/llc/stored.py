"""An estimate with its traces as bytes, for the cache: an npz archive without pickles."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from zipfile import BadZipFile

import numpy as np

from engine.errors import WrongUsage
from engine.metrics.llc.estimate import Llc
from engine.metrics.llc.sampler import Traces
from engine.metrics.llc.settings import LlcSettings

_ARRAYS = ("loss", "distance", "gradient_norm", "noise_norm")


def to_bytes(estimate: Llc) -> bytes:
    """The estimate as an archive."""
    traces = estimate.traces
    numbers = {
        "settings": asdict(estimate.settings),
        "nbeta": estimate.nbeta,
        "n_train": estimate.n_train,
        "n_parameters": estimate.n_parameters,
        "loss_at_start": traces.loss_at_start,
        "gradient_at_start": traces.gradient_at_start,
    }
    text = np.frombuffer(json.dumps(numbers).encode(), dtype=np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, numbers=text, **{name: getattr(traces, name) for name in _ARRAYS})
    return out.getvalue()


def from_bytes(content: bytes) -> Llc | None:
    """The estimate in an archive; None if it is damaged."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            numbers = json.loads(archive["numbers"].tobytes())
            arrays = {name: archive[name].astype(np.float64) for name in _ARRAYS}
        settings = LlcSettings(**{field.name: numbers["settings"][field.name] for field in fields(LlcSettings)})
        if any(array.shape != (settings.chains, settings.steps) for array in arrays.values()):
            return None
        traces = Traces(float(numbers["loss_at_start"]), float(numbers["gradient_at_start"]), **arrays)
        counts = int(numbers["n_train"]), int(numbers["n_parameters"])
        return Llc(settings, float(numbers["nbeta"]), *counts, traces)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, WrongUsage):
        return None
