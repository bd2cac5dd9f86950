"""The cache of rows: one small JSON file a run, valid while the files of the run are unchanged."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine import __version__
from engine.explorer.definitions import DEFINITIONS_VERSION
from engine.many_runs.row_files import RowFiles
from engine.many_runs.run_row import MeasuredRun
from engine.many_runs.run_summary import (
    RunSummary,
    measured_from_json,
    measured_to_json,
    summary_from_json,
    summary_to_json,
)

# Increase this when what is cached, or how it is read from a run, changes.
_FORMAT = 5


@dataclass(frozen=True)
class CachedRow:
    """What is cached of a run: the signature and hint of its files, its summary, and its metrics if they are known."""

    signature: str
    hint: str
    summary: RunSummary
    measured: MeasuredRun | None


class RowCache:
    """Rows by the path of their run, in a folder; None caches nothing.

    Best effort: a file that cannot be read or written is no error.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def file(self, run: Path) -> Path | None:
        """The file of a run in the cache, which may not exist."""
        if self._folder is None:
            return None
        name = blake2b(str(run.resolve()).encode(errors="surrogateescape"), digest_size=16).hexdigest()
        return self._folder / f"{name}.json"

    def load(self, run: Path) -> CachedRow | None:
        """What is cached of a run, whether or not it is still valid; None if nothing is."""
        file = self.file(run)
        if file is None:
            return None
        try:
            content = json.loads(file.read_bytes())
            return _read(content) if content["version"] == _version() else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def store(self, run: Path, files: RowFiles, summary: RunSummary, measured: MeasuredRun | None) -> None:
        """Cache what was read of a run; metrics that are cached for the same files are kept."""
        file = self.file(run)
        if file is None:
            return
        if measured is None and (known := self.load(run)) is not None and known.signature == files.signature:
            return
        content = {
            "version": _version(),
            "run": str(run.resolve()),
            "signature": files.signature,
            "hint": files.hint,
            "definitions": DEFINITIONS_VERSION,
            "summary": summary_to_json(summary),
            "measured": None if measured is None else measured_to_json(measured),
        }
        unfinished = file.with_suffix(f".{secrets.token_hex(8)}.tmp")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
            unfinished.replace(file)  # without a flush to the disk: what a power cut destroys is read again
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def _version() -> list[object]:
    """What the program reads, and how, may change with its version."""
    return [_FORMAT, __version__]


def _read(content: Mapping[str, Any]) -> CachedRow:
    valid = content["measured"] is not None and content["definitions"] == DEFINITIONS_VERSION
    return CachedRow(
        signature=content["signature"],
        hint=content["hint"],
        summary=summary_from_json(content["summary"]),
        measured=measured_from_json(content["measured"]) if valid else None,
    )
