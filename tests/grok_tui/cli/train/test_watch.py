"""`grok-tui train --watch`: the explorer beside the training."""

from __future__ import annotations

import sys

from grok_tui.cli.train.watch import Trainer
from tests.grok_tui.pseudo_terminal import Terminal

TINY = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")
SMALL = (*TINY, "--save-every", "10")
ENDLESS = (*TINY, "--save-every", "100000", "--epochs", "100000000")


def test_watching_needs_a_terminal(tmp_path, run) -> None:
    status, _, err = run("train", tmp_path / "run", *SMALL, "--watch")
    assert status == 1
    assert "--watch needs a terminal" in err
    assert not (tmp_path / "run").exists()


def test_watching_explores_the_run_and_quitting_stops_the_training(tmp_path) -> None:
    terminal = Terminal("train", str(tmp_path / "run"), *ENDLESS, "--watch", columns=120, rows=40, OMP_NUM_THREADS="1")
    terminal.read_until(b"\x1b[?1049h")
    before_screen, _, screen = terminal.seen.partition(b"\x1b[?1049h")
    terminal.read_until(b"of ", since=len(terminal.seen) - len(screen))
    assert before_screen.rstrip().endswith(b"\r\x1b[K")  # the line is erased when the wait ends
    assert b"Waiting for the first checkpoint of" in before_screen
    terminal.send("q")
    terminal.read_until(b"Stopping the training.")
    assert terminal.status() == 0
    left = terminal.seen[terminal.seen.rindex(b"\x1b[?1049l") :].decode(errors="replace")
    assert "Stopping the training." in left
    assert "everything is saved. To continue: grok-tui train" in left.replace("\r\n", "")
    assert not (tmp_path / "run" / "training.lock").exists()


def test_watching_reports_how_the_training_ended() -> None:
    """The log tells whether there is a checkpoint and whether it failed; the last line of stderr is the message."""
    starts = 'print({"event": "checkpoint"}, flush=True)'
    stops = 'sys.stdin.read(); print({"event": "stopped", "reason": "stdin"})'
    fails = 'print({"event": "stopped", "reason": "error"})'
    for program, has_checkpoint, failed in (
        (f"{starts}; {stops}", True, False),
        (f"{starts}; {fails}", True, True),
        (fails, False, True),
        ("pass", False, True),
    ):
        prelude = "import json, sys; print = lambda event, flush=True: sys.stdout.write(json.dumps(event) + '\\n'); "
        with Trainer([sys.executable, "-uc", f"{prelude}{program}; sys.stderr.write('one\\ntwo\\n')"]) as trainer:
            assert trainer.wait_for_checkpoint() is has_checkpoint
        assert trainer.failed is failed
        assert trainer.last_line() == "two"
