"""`sweep.json` is read as it was written; a damaged one is refused in a sentence."""

from __future__ import annotations

import json

import pytest

from engine.sweeps.sweep_json import InvalidSweep, Point, Sweep, read_sweep, write_sweep

SWEEP = Sweep(
    {"epochs": 500, "betas": (0.9, 0.98), "save_every": "50:1000,500"},
    (Point("seed=0", {"seed": 0}), Point("lr=0.1", {"lr": 0.1})),
    threads=2,
)


def test_it_is_read_as_it_was_written(tmp_path) -> None:
    assert read_sweep(tmp_path) is None
    write_sweep(tmp_path, SWEEP)
    assert read_sweep(tmp_path) == SWEEP
    content = json.loads((tmp_path / "sweep.json").read_text())
    assert (content["format"], content["format_version"]) == ("grok-tui sweep", 1)
    assert content["runs"][0] == {"name": "seed=0", "settings": {"seed": 0}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "run"}, '"format": "grok-tui sweep" is missing'),
        ({"format_version": 2}, "has format version 2; this version of grok-tui reads version 1"),
        ({"settings": {"speed": 1}}, "speed is no option of train"),
        ({"settings": []}, "is invalid"),
        ({"threads": 0}, "threads must be a whole number from 1; found 0"),
        ({"runs": [{"name": "../../other", "settings": {}}]}, "'../../other' is no name of a run"),
        ({"runs": [{"name": "..", "settings": {}}]}, "'..' is no name of a run"),
        ({"runs": [{"name": 3, "settings": {}}]}, "is invalid"),
        ({"runs": 3}, "is invalid"),
    ],
)
def test_an_invalid_one_is_refused(tmp_path, change, sentence) -> None:
    write_sweep(tmp_path, SWEEP)
    path = tmp_path / "sweep.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InvalidSweep) as error:
        read_sweep(tmp_path)
    assert str(error.value).startswith(str(path))
    assert sentence in str(error.value)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]"])
def test_a_damaged_one_is_refused(tmp_path, content) -> None:
    (tmp_path / "sweep.json").write_bytes(content)
    with pytest.raises(InvalidSweep):
        read_sweep(tmp_path)
