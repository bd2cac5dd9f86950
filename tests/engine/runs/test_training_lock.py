"""One trainer per run: the owner of a lock is named, and stale locks are taken over."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from engine import GrokError
from engine.runs.lock_owner import JOB_VARIABLE, OWNER_NAME, Owner
from engine.runs.training_lock import LockedRun, training_lock
from tests.soak.kill_training import fork_server

fcntl = pytest.importorskip("fcntl")


def hold(folder: Path, pipe: Connection) -> None:
    """Hold the lock, report that, and wait to be killed."""
    with training_lock(folder):
        pipe.send("held")
        pipe.recv()


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock in `tmp_path`."""
    context = fork_server()
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(tmp_path, theirs))
    process.start()
    assert ours.recv() == "held"
    yield process
    process.kill()
    process.join()


@pytest.fixture
def no_kernel_locks(monkeypatch):
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)


def test_a_second_trainer_gets_the_name_of_the_owner(holder, tmp_path) -> None:
    with pytest.raises(LockedRun, match=rf"trained by process {holder.pid} on {socket.gethostname()}"):
        training_lock(tmp_path).__enter__()


def test_the_lock_of_a_killed_process_is_taken_over(holder, tmp_path) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert Owner(**json.loads((tmp_path / OWNER_NAME).read_text())).pid == holder.pid
    with training_lock(tmp_path):
        assert Owner(**json.loads((tmp_path / OWNER_NAME).read_text())) == Owner.this_process()
    assert list(tmp_path.iterdir()) == []


def test_the_lock_is_exclusive_within_a_process(tmp_path) -> None:
    with training_lock(tmp_path), pytest.raises(LockedRun, match=f"process {os.getpid()} on"):
        training_lock(tmp_path).__enter__()
    with training_lock(tmp_path):
        pass


def test_the_lock_is_released_after_an_exception(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt), training_lock(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_another_host_has_to_be_removed_by_hand(tmp_path) -> None:
    path = tmp_path / OWNER_NAME
    path.write_text(json.dumps({"pid": 12, "host": "elsewhere", "started": None}))
    with pytest.raises(LockedRun, match=rf"process 12 on elsewhere.*remove {path}\.$"):
        training_lock(tmp_path).__enter__()
    path.unlink()
    with training_lock(tmp_path):
        pass


@pytest.mark.parametrize(("job", "taken_over"), [("slurm 7", True), ("slurm 8", False), (None, False), ("", False)])
def test_a_job_that_is_restarted_takes_over_the_lock_of_a_lost_node(job, taken_over, tmp_path, monkeypatch) -> None:
    (tmp_path / OWNER_NAME).write_text(json.dumps({"pid": 12, "host": "elsewhere", "started": None, "job": "slurm 7"}))
    monkeypatch.setenv(JOB_VARIABLE, job) if job is not None else monkeypatch.delenv(JOB_VARIABLE, raising=False)
    if taken_over:
        with training_lock(tmp_path):
            assert json.loads((tmp_path / OWNER_NAME).read_text())["job"] == job
    else:
        with pytest.raises(LockedRun, match="process 12 on elsewhere"):
            training_lock(tmp_path).__enter__()


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"pid": 3}'])
def test_an_incomplete_record_does_not_block(content, tmp_path) -> None:
    (tmp_path / OWNER_NAME).write_text(content)
    with training_lock(tmp_path):
        pass


@pytest.mark.usefixtures("no_kernel_locks")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_without_kernel_locks_the_recorded_process_is_looked_up(tmp_path) -> None:
    alive = Owner.this_process()
    ended = replace(alive, pid=2**22 + 1)  # above the largest process id of Linux
    reused_pid = replace(alive, started="1")
    for owner, taken_over in ((alive, False), (ended, True), (reused_pid, True)):
        (tmp_path / OWNER_NAME).write_text(json.dumps(asdict(owner)))
        if taken_over:
            with training_lock(tmp_path):
                pass
        else:
            with pytest.raises(GrokError, match=f"process {os.getpid()}"):
                training_lock(tmp_path).__enter__()
