"""Which files of a folder are checkpoints of one run, by their names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.runs.checkpoint_listing import Listing, list_checkpoints
from engine.runs.file_groups import group_files


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("step_1 step_2", True),
        ("step_1 step_2 other", True),
        ("init final", True),
        ("step_1 final", True),
        ("step_1", True),
        ("a_1 a_2 b_1 b_2", False),
        ("model_A model_B", False),
        ("encoder_2_layers model_A model_B", False),
        ("", False),
    ],
)
def test_files_of_one_run_have_one_pattern_of_names(names: str, expected: bool) -> None:
    listing = Listing(Path(), {f"{name}.pt": name for name in names.split()})
    assert group_files(listing).are_one_run is expected


def test_the_state_of_a_native_run_is_no_checkpoint_of_the_folder_above(tiny_run, tmp_path) -> None:
    for name in ("step-5", "my_checkpoints", "seed=0"):
        shutil.copytree(tiny_run, tmp_path / name)
    assert list_checkpoints(tmp_path).files == {}
