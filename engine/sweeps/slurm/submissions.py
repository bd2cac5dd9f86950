"""The jobs that were submitted for a sweep, by this process or an earlier one, in `submissions.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import GrokError
from engine.runs.atomic_files import write_atomically
from engine.sweeps.executor import Action, Job
from engine.sweeps.slurm.commands import Task

Work = tuple[Action, Path]


class Submissions:
    """Reads the file, which may be absent, and writes each addition at once.

    Raises:
        GrokError: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = _read(path)

    def __len__(self) -> int:
        return len(self._content["submissions"])

    @property
    def script_digest(self) -> str | None:
        """The digest of the job script as the program last wrote it."""
        digest = self._content["script_sha256"]
        assert digest is None or isinstance(digest, str)
        return digest

    def record_script(self, digest: str) -> None:
        """Record that the program has written a job script."""
        self._content["script_sha256"] = digest
        self._write()

    def record_job(self, job_id: str, jobs: Sequence[Job]) -> None:
        """Record a job array that has a task for each job."""
        tasks = [{"action": job.action, "runs": [str(run) for run in job.runs]} for job in jobs]
        self._content["submissions"].append({"job": job_id, "tasks": tasks})
        self._write()

    def tasks(self) -> dict[Work, Task]:
        """The last array task that each run was submitted in."""
        return {
            (task["action"], Path(run)): (submission["job"], index)
            for submission in self._content["submissions"]
            for index, task in enumerate(submission["tasks"])
            for run in task["runs"]
        }

    def _write(self) -> None:
        write_atomically(self._path, json.dumps(self._content, indent=1).encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
        {str(task["action"]) for submission in content["submissions"] for task in submission["tasks"]}
        return {"script_sha256": content["script_sha256"], "submissions": content["submissions"]}
    except FileNotFoundError:
        return {"script_sha256": None, "submissions": []}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise GrokError(
            f"{path} cannot be read ({error}); cancel the jobs of this sweep with scancel, remove the file, and start "
            "the sweep again."
        ) from error
