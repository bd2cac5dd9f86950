"""The status line of a selection."""

from __future__ import annotations

from dataclasses import replace

import torch
from safetensors.torch import load_file

from engine import Explorer, open_run
from grok_tui.queries.status_text import status_text
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import initial_selection


def test_one_run(explorer) -> None:
    text = status_text(explorer, replace(initial_selection(explorer), epoch=10), None, pinned=False)
    assert text.split(" · ") == [
        "tiny",
        "epoch 10 (2 of 5)",
        "key frequencies 1, 2, 3",
        "reference epoch 40",
        "split recorded (seed 0)",
    ]
    assert "epoch 10 (2 of 5), pinned · " in status_text(
        explorer, replace(initial_selection(explorer), epoch=10), None, pinned=True
    )


def test_a_pinned_epoch_and_a_second_run(explorer, subtracting_run) -> None:
    pinned = replace(initial_selection(explorer), pinned_epoch=20)
    text = status_text(explorer, pinned, counterpart_of(explorer, pinned, None), pinned=False)
    assert text.startswith("tiny · epoch 40 (5 of 5) against epoch 20 · ")
    second = Explorer(open_run(subtracting_run))
    selection = initial_selection(explorer)
    text = status_text(explorer, selection, counterpart_of(explorer, selection, second), pinned=False)
    assert text.startswith("A tiny · epoch 40 (5 of 5) against B subtracting, epoch 40 · ")
    first, other = Explorer(explorer.run, keys=[1, 2]), Explorer(second.run, keys=[2, 3])
    both = status_text(first, selection, counterpart_of(first, selection, other), pinned=False)
    assert "key frequencies A 1, 2; B 2, 3" in both
    same = Explorer(second.run, keys=[1, 2])
    assert "1, 2 (A and B)" in status_text(first, selection, counterpart_of(first, selection, same), pinned=False)


def test_an_address_leaves_room_for_the_epoch(explorer) -> None:
    remote = Explorer(replace(explorer.run, name="hf://me/grokking/runs/full_run_data.pth"))
    text = status_text(remote, initial_selection(remote), None, pinned=False)
    assert text.startswith("hf://…/full_run_data.pth · epoch 40 (5 of 5) · ")


def test_assumed_settings_and_a_contradiction_stand_early(tiny_run, tmp_path) -> None:
    tensors = load_file(tiny_run / "checkpoints" / "epoch-000040.safetensors")
    torch.save({"model": tensors, "epoch": 40, "train_loss": 1e-9, "test_loss": 1e-9}, tmp_path / "run.pt")
    foreign = Explorer(open_run(tmp_path / "run.pt", p=7, operation="add", attn_coeff=1.0, prompt="x y ="))
    parts = status_text(foreign, initial_selection(foreign), None, pinned=False).split(" · ")
    assert parts[:3] == ["run.pt", "CONTRADICTS ITS RECORDED LOSSES", "epoch 40 (1 of 1)"]
    assert parts[3].startswith("assumed act_fn relu")
