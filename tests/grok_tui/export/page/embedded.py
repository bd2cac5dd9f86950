"""The data inside a page, read as the page's script reads it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np

_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def data_of(document: str) -> dict[str, Any]:
    """The data of a page."""
    (text,) = _DATA.findall(document)
    data: dict[str, Any] = json.loads(text)
    return data


def numbers(data: dict[str, Any], stored: Any) -> np.ndarray:
    """The numbers of a stored array."""
    if isinstance(stored, list):
        return np.array([np.nan if value is None else value for value in stored], dtype=float)
    array = data["arrays"][stored["a"]]
    return np.frombuffer(base64.b64decode(array["b"]), dtype=f"<{array['t']}").astype(float)


def resolved(data: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """An object with the values that it shares with others."""
    return {
        name: data["objects"][value["o"]] if isinstance(value, dict) and "o" in value else value
        for name, value in shared.items()
    }


def plots(data: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    """The plots of a figure, from the top left."""
    inner = part.get("down") or part.get("across")
    if inner is not None:
        return [plot for each in inner for plot in plots(data, each)]
    return [] if part["plot"] is None else [resolved(data, part["plot"])]
