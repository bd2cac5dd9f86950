"""`grok-tui train RUN --watch`: explore a run while another process trains it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine import GrokError
from grok_tui.cli.options import EngineOptions, RunOptions
from grok_tui.cli.output import narrate, waiting_line
from grok_tui.cli.run_opener import RunOpener
from grok_tui.cli.train.options import TrainOptions
from grok_tui.session.settings import read_settings, settings_path
from grok_tui.terminal.capabilities import explorer_obstacle, terminal_capabilities
from grok_tui.terminal.display import configure_textual, limit_colours


def watch_training(run: Path, options: TrainOptions, json_log: bool) -> int:
    """Train in a process of its own and explore the run from its first checkpoint on; quitting stops the training.

    Returns the explorer's exit status.

    Raises:
        GrokError: there is no terminal for the explorer, or the training fails.
    """
    if json_log or not sys.stdout.isatty():
        raise GrokError("--watch needs a terminal for the explorer; train without it if stdout is for programs.")
    terminal = terminal_capabilities(os.environ.get("TERM", ""))
    if obstacle := explorer_obstacle(terminal):
        raise GrokError(f"{obstacle}; train without --watch, or in another terminal.")
    settings = limit_colours(read_settings(settings_path()), terminal.has_colours)
    configure_textual(settings)
    from grok_tui.app.validation import validate_names  # imports Textual

    validate_names(settings, settings_path())
    status = 0
    with Trainer(
        [sys.executable, "-m", "grok_tui", *options.arguments(run), "--json-log", "--stop-with-stdin"]
    ) as trainer:
        try:
            with waiting_line(f"Waiting for the first checkpoint of {run}."):
                from grok_tui.app.run_loop import explore_runs  # imports torch while the training starts

                has_checkpoint = trainer.wait_for_checkpoint()
            if has_checkpoint:
                opener = RunOpener(run, RunOptions(), EngineOptions().with_defaults(settings), settings)
                status = explore_runs(opener, opener.of_next_run, settings)
        except KeyboardInterrupt:
            status = 130
    if trainer.failed:
        raise GrokError(trainer.last_line())
    narrate(trainer.last_line())
    return status


class Trainer:
    """A training in a process of its own, whose JSON log is followed; leaving the context stops it and waits.

    Its standard input is a pipe from this process: it stops when the pipe closes, even if this process is killed.
    """

    def __init__(self, command: list[str]) -> None:
        self._narration = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._narration, text=True
        )
        self._started = threading.Event()
        self._has_checkpoint = False
        self._ended: dict[str, Any] | None = None
        self._lines: list[str] = []
        self._follower = threading.Thread(target=self._follow, name="training log", daemon=True)
        self._follower.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started.is_set() and self._ended is None:
            narrate("Stopping the training.")
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._follower.join()
        self._narration.seek(0)
        self._lines = self._narration.read().decode(errors="replace").strip().splitlines()
        self._narration.close()

    def wait_for_checkpoint(self) -> bool:
        """Wait for the first checkpoint; False if the training ended without one."""
        self._started.wait()
        return self._has_checkpoint

    @property
    def failed(self) -> bool:
        """Whether the training ended with an error, or without an event that says how."""
        return self._ended is None or self._ended["reason"] == "error"

    def last_line(self) -> str:
        """The last line that the process wrote to stderr; call it after the context."""
        status = self._process.returncode
        return self._lines[-1] if self._lines else f"The training ended without a message (exit status {status})."

    def _follow(self) -> None:
        """Read the log to its end; an unread log would fill its pipe and block the training."""
        assert self._process.stdout is not None
        with self._process.stdout as log:
            for line in log:
                self._record(line)
        self._started.set()

    def _record(self, line: str) -> None:
        try:
            event = json.loads(line)
            kind = event["event"]
        except (ValueError, KeyError, TypeError):
            return  # printed by a library
        # A continued run has checkpoints already; in a new one, the first checkpoint comes before the first progress.
        if kind in ("checkpoint", "progress"):
            self._has_checkpoint = True
            self._started.set()
        elif kind in ("done", "stopped"):
            self._ended = event
