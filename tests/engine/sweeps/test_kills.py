"""A sweep whose processes are killed ends with the runs trained alone; `make soak` does the same with more kills."""

from __future__ import annotations

from tests.soak.kill_sweep import soak


def test_killed_at_random_moments(tmp_path) -> None:
    assert soak(kills=2, seed=1, folder=tmp_path, epochs=200).kills == 2
