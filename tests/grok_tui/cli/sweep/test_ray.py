"""`grok-tui sweep --on ray`: what Ray prints is narration, and a signal ends the sweep as everywhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from engine.runs.lock_owner import OWNER_NAME, read_owner
from engine.runs.training_progress import saved_epoch

pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.xdist_group("ray")
_PATIENCE_SECONDS = 240.0
_ENDLESS = (*("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8"), "--epochs", "100000000")


def wait_for(what: str, happened: Callable[[], bool]) -> None:
    end = monotonic() + _PATIENCE_SECONDS
    while not happened():
        assert monotonic() < end, f"waited {_PATIENCE_SECONDS:.0f} s for {what}"
        sleep(0.05)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="kills a task by the parent of its worker, from /proc")
def test_stdout_stays_empty_when_ray_reports_a_lost_task_and_a_signal_stops_the_sweep(tmp_path) -> None:
    sweep, narration, data = tmp_path / "sweep", tmp_path / "stderr", tmp_path / "stdout"
    command = [
        sys.executable,
        "-m",
        "grok_tui",
        "sweep",
        str(sweep),
        "--grid",
        "seed=0:1",
        *_ENDLESS,
        "--on",
        "ray=local",
    ]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("RAY_ADDRESS", None)
    run = sweep / "runs" / "seed=0"
    with data.open("wb") as out, narration.open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
    try:
        wait_for("a save", lambda: process.poll() is not None or (run.exists() and saved_epoch(run) is not None))
        owner = read_owner(run / OWNER_NAME)
        assert owner is not None, narration.read_text()
        os.kill(parent_of(owner.pid), signal.SIGKILL)  # the task of Ray, which starts it again
        wait_for("Ray's report of the lost task", lambda: b"(raylet)" in narration.read_bytes())
        process.send_signal(signal.SIGTERM)
        wait_for("the end of the sweep", lambda: process.poll() is not None)
    finally:
        process.kill()
        process.wait()
    assert data.read_text() == ""
    assert process.returncode == 128 + signal.SIGTERM
    assert f"Stopped; everything is saved. To continue: grok-tui sweep {sweep} " in narration.read_text()
