"""Slurm's commands: their output, or one sentence on why there is none."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

from engine.errors import GrokError
from engine.sweeps.executor import JobState

# The id of a job array, and the index of a task in it.
Task = tuple[str, int]

_TIMEOUT_SECONDS = 60.0
_FIELDS = ("%F", "%K", "%T", "%R")  # job array, index, state, reason or nodes
_RUNNING = frozenset(("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING"))


def run_command(*arguments: str, remedy: str = "ask Slurm with the same command") -> str:
    """The output of a command.

    Raises:
        GrokError: the command is not installed, or refuses.
    """
    name = arguments[0]
    try:
        answer = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS)
    except FileNotFoundError as error:
        raise GrokError(
            f"{name} was not found; call grok-tui where Slurm's commands are installed, such as on a login node."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise GrokError(f"{name} did not answer within {_TIMEOUT_SECONDS:.0f} seconds; try again later.") from error
    if answer.returncode:
        lines = (line.partition("error:")[2] or line for line in answer.stderr.splitlines())
        reason = "; ".join(line.strip().rstrip(".") for line in lines if line.strip())
        raise GrokError(f"{name} failed: {reason or f'exit status {answer.returncode}'}; {remedy}.")
    return answer.stdout


def read_queue() -> dict[Task, JobState]:
    """The array tasks of this user that wait or run.

    Raises:
        GrokError: as `run_command`.
    """
    return parse_queue(run_command("squeue", "--me", "--array", "--noheader", f"--format={'|'.join(_FIELDS)}"))


def ended_jobs() -> Callable[[str], bool]:
    """A function that says of a GROK_TUI_JOB whether it is a job of this user on this cluster that has ended.

    Raises:
        GrokError: as `run_command`.
    """
    configuration = run_command("scontrol", "show", "config")
    cluster = re.search(r"^ClusterName *= (\S+)", configuration, re.MULTILINE)
    active = set(run_command("squeue", "--me", "--noheader", "--array", "--format=%A").split())

    def has_ended(job: str) -> bool:
        engine, name, job_id = [*job.split(" "), "", ""][:3]
        return cluster is not None and (engine, name) == ("slurm", cluster[1]) and job_id not in active

    return has_ended


def parse_queue(output: str) -> dict[Task, JobState]:
    """The array tasks in the output of `squeue`; other jobs have no index.

    >>> parse_queue("12|1|PENDING|(Resources)\\n13|N/A|RUNNING|node1\\n")
    {('12', 1): JobState(phase='queued', detail='PENDING (Resources)')}
    """
    rows = (line.strip().split("|", 3) for line in output.splitlines())
    return {(row[0], int(row[1])): _state(*row[2:]) for row in rows if len(row) == len(_FIELDS) and row[1].isdecimal()}


def _state(word: str, reason: str) -> JobState:
    return JobState("running" if word in _RUNNING else "queued", f"{word} {reason.replace('(None)', '')}".strip())
