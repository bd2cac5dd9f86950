"""The runs below folders: rows that stay the same while nothing changes, and metrics that are computed on request."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from time import time

import pytest

from grok_tui.queries.folder_runs import FolderRuns


@pytest.fixture
def folder(tiny_run: Path, tmp_path: Path) -> Path:
    """A folder of two runs whose files are a minute old."""
    for name in ("a", "b"):
        shutil.copytree(tiny_run, tmp_path / "runs" / name)
    for path in tmp_path.rglob("*"):
        os.utime(path, (time() - 60, time() - 60))
    return tmp_path / "runs"


def test_missing_metrics_are_computed_into_the_rows(folder, tmp_path) -> None:
    source = FolderRuns([folder], tmp_path / "cache")
    rows = list(source.rows())
    assert [(row.name, row.measured) for row in rows] == [("a", None), ("b", None)]
    source.measure(rows[1], lambda: False)
    again = list(source.rows())
    assert again[0] is rows[0]
    assert again[1].measured is not None


def test_runs_that_are_added_or_deleted_are_noticed(folder, tmp_path) -> None:
    source = FolderRuns([folder], tmp_path / "cache")
    assert len(list(source.rows())) == 2
    shutil.copytree(folder / "a", folder / "c")
    shutil.rmtree(folder / "b")
    assert [row.name for row in source.rows()] == ["a", "c"]
