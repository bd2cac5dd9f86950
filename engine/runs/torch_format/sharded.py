"""A checkpoint in several files beside a `model.safetensors.index.json`, which maps tensor names to the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun

INDEX_SUFFIX = ".index.json"
MAX_INDEX_BYTES = 16 << 20
_SHARD_SUFFIXES = (".safetensors", ".bin", ".pt", ".pth")
_MAX_SHARDS = 1000


def merge_shards(index: Path, text: bytes, read: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
    """The tensors of all shards; `text` is the content of the index, `read` reads a shard.

    A shard is a file in the folder of the index: a name with a path is refused.

    Raises:
        UnreadableRun: the index is invalid, or a shard is missing, damaged, or lacks a tensor.
    """
    tensors: dict[str, Any] = {}
    for shard, names in _names_by_shard(index, text).items():
        content = read(index.parent / shard)
        for name in names:
            if name not in content:
                raise UnreadableRun(
                    f"{index.parent / shard} has no tensor {name[:80]}, which {index.name} expects there."
                )
            tensors[name] = content[name]
    return tensors


def _names_by_shard(index: Path, text: bytes) -> dict[str, list[str]]:
    try:
        content = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableRun(f"{index} is not valid JSON ({error}).") from error
    shards = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(shards, dict) or not shards:
        raise UnreadableRun(f"{index} is invalid: expected an object `weight_map` of tensor names and file names.")
    names: dict[str, list[str]] = {}
    for name, shard in shards.items():
        if not isinstance(shard, str) or not _is_plain_name(shard):
            raise UnreadableRun(
                f"{index} names the shard {str(shard)[:80]!r}; expected the name of a "
                f"{' or '.join(_SHARD_SUFFIXES)} file in the same folder."
            )
        names.setdefault(shard, []).append(name)
    if len(names) > _MAX_SHARDS:
        raise UnreadableRun(f"{index} names {len(names):,} shards; the limit is {_MAX_SHARDS:,}.")
    return names


def _is_plain_name(name: str) -> bool:
    return (
        name.endswith(_SHARD_SUFFIXES) and len(name) < 255 and not any(part in name for part in ("/", "\\", "\0", ":"))
    )
