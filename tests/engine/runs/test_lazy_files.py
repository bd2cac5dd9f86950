"""A placeholder is fetched when it is first opened, and only once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import UnreadableRun
from engine.runs.lazy_files import ensure_fetched, fetch_on_open


def test_a_registered_file_is_fetched_once(tmp_path: Path) -> None:
    file, fetched = tmp_path / "a.pt", []
    fetch_on_open(file, lambda: fetched.append(file.write_text("content")))
    for _ in range(2):
        ensure_fetched(file)
    assert file.read_text() == "content"
    assert len(fetched) == 1


def test_a_failed_fetch_is_tried_again(tmp_path: Path) -> None:
    file, attempts = tmp_path / "a.pt", []

    def fetch() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise UnreadableRun("cut")

    fetch_on_open(file, fetch)
    with pytest.raises(UnreadableRun, match="cut"):
        ensure_fetched(file)
    ensure_fetched(file)
    ensure_fetched(file)
    assert len(attempts) == 2


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    ensure_fetched(tmp_path / "b.pt")
