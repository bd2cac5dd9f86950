"""`grok-tui convert`."""

from __future__ import annotations

import json

from engine import open_run


def test_a_converted_run_has_the_same_losses_and_epochs(tiny_run, tmp_path, run) -> None:
    status, out, err = run("convert", tiny_run, tmp_path / "copy", "--dtype", "float16")
    assert (status, out) == (0, "")
    assert err == f"Wrote 5 checkpoints to {tmp_path / 'copy'}.\n"
    assert open_run(tmp_path / "copy").epochs == open_run(tiny_run).epochs
    for path in (tiny_run, tmp_path / "copy"):
        assert json.loads(run("report", path, "--format", "json").out)["epoch"] == 40
    assert (tmp_path / "copy" / "losses.csv").read_text() == (tiny_run / "losses.csv").read_text()


def test_an_existing_destination_is_refused(tiny_run, tmp_path, run) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").touch()
    status, _, err = run("convert", tiny_run, tmp_path / "copy")
    assert status == 1
    assert len(err.splitlines()) == 1
