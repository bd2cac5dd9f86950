"""`grok-tui info`."""

from __future__ import annotations

import json
import shutil

from tests.losses_only import write_losses_only


def test_info_describes_the_run(tiny_run, run) -> None:
    status, out, _ = run("info", tiny_run)
    assert status == 0
    for words in ("p = 7", "x y =", "5, epochs 0 to 40", "24 train pairs", "weight_decay 1.0", "attn_coeff 1"):
        assert words in out
    for name in json.loads((tiny_run / "run.json").read_text())["training"]:
        assert f"{name} " in out


def test_info_names_a_split_that_is_not_stored(single, run) -> None:
    assert "not stored; report infers it" in run("info", single).out


def test_info_names_the_files_that_settings_come_from(single, run, tmp_path) -> None:
    copy = shutil.copy(single, tmp_path)
    (tmp_path / "config.json").write_text('{"weight_decay": 1.5}')
    out = run("info", copy).out
    assert "weight_decay 1.5" in out
    assert str(tmp_path / "config.json") in out


def test_info_names_the_source_of_the_losses(tmp_path, run) -> None:
    status, out, _ = run("info", write_losses_only(tmp_path / "run"))
    assert status == 0
    assert "none, so that only the losses are known" in out
    assert "6 epochs recorded, 0 to 500: train_loss, test_loss, test_acc by step in metrics.csv" in out
    assert "split" not in out
