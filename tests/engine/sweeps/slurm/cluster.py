"""A real Slurm of one node for a test: its own munged, slurmctld and slurmd, on free ports, in a folder of its own.

It needs Debian's `slurm-wlm` and `munge`, changes nothing outside its folder, and ends its daemons by their handles.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch", "squeue", "scontrol")
_SEARCH = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin"

# cred_expire is also how long a requeued job waits. RealMemory is small, so that any machine has it.
_SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthInfo=socket={folder}/munge/socket,cred_expire=10
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=100 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs() -> list[str]:
    """The programs of Slurm and munge that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name, path=_SEARCH) is None]


@contextmanager
def one_node_slurm(cpus: int = 2) -> Iterator[Path]:
    """Run a cluster; yields its configuration, of which the variable SLURM_CONF tells Slurm's commands."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True)))
        folder.chmod(0o711)  # munged insists that everybody can reach its socket
        (folder / "munge").mkdir(0o711)
        (folder / "munge" / "key").write_bytes(secrets.token_bytes(128))
        (folder / "munge" / "key").chmod(0o600)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "slurm.conf").write_text(_configuration(folder, cpus), encoding="utf-8")
        environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={folder / 'munge' / name}" for option, name in files.items()]
        _start(stack, folder, ["munged", "--foreground", "--num-threads=4", *options], environment)
        _wait_until(folder, (folder / "munge" / "socket").exists)
        for daemon in ("slurmctld", "slurmd"):
            _start(stack, folder, [daemon, "-D"], environment)
        _wait_until(folder, lambda: _is_idle(environment))
        yield folder / "slurm.conf"


def _is_idle(environment: Mapping[str, str]) -> bool:
    command = ("sinfo", "--noheader", "--format=%T")
    return "idle" in subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def _configuration(folder: Path, cpus: int) -> str:
    with socket.socket() as first, socket.socket() as second:
        for free in (first, second):
            free.bind(("127.0.0.1", 0))
        ports = first.getsockname()[1], second.getsockname()[1]
    user, host = pwd.getpwuid(os.geteuid()).pw_name, socket.gethostname().partition(".")[0]
    return _SLURM_CONF.format(
        folder=folder, host=host, user=user, cpus=cpus, controller_port=ports[0], node_port=ports[1]
    )


def _start(stack: ExitStack, folder: Path, arguments: list[str], environment: Mapping[str, str]) -> None:
    program = shutil.which(arguments[0], path=_SEARCH)
    assert program is not None
    output = stack.enter_context((folder / f"{arguments[0]}.output").open("wb"))
    daemon = subprocess.Popen([program, *arguments[1:]], env=environment, stdout=output, stderr=output)
    stack.callback(_end, daemon)


def _end(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(timeout=10)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _wait_until(folder: Path, condition: Callable[[], bool], seconds: float = 30) -> None:
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            outputs = (file.read_text(errors="replace")[-1000:] for file in folder.glob("*.*") if file.is_file())
            raise RuntimeError("\n".join(("Slurm did not start.", *outputs)))
        time.sleep(0.1)
