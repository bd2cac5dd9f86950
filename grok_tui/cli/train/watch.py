"""`grok-tui train RUN --watch`: the explorer on a run that another process trains meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grok_tui.cli.open_explorer import RunOpener
from grok_tui.cli.options import EngineOptions, RunOptions
from grok_tui.cli.train.options import TrainOptions
from grok_tui.render.cells import clean
from grok_tui.session.settings import read_settings, settings_path
from grok_tui.terminal.display import configure_textual


def watch_training(run: Path, options: TrainOptions, json_log: bool) -> int:
    """Train in a process of its own, explore the run from its first checkpoint on; quitting stops the training.

    Returns the explorer's exit status.

    Raises:
        GrokError: there is no terminal for the explorer, or the training cannot begin.
    """
    if json_log or not sys.stdout.isatty():
        from engine import GrokError

        raise GrokError("--watch needs the terminal for the explorer; train without it where stdout is for programs.")
    settings = read_settings(settings_path())
    configure_textual(settings)
    from grok_tui.app.validation import validate_names  # imports Textual

    validate_names(settings, settings_path())
    _narrate(f"Waiting for the first checkpoint of {run}.")
    status = 0
    with Trainer([sys.executable, "-m", "grok_tui", *options.words(run), "--json-log", "--stop-with-stdin"]) as trainer:
        try:
            from grok_tui.app.run_loop import explore_runs  # while the training begins

            if trainer.wait_for_a_checkpoint():
                opener = RunOpener(run, RunOptions(), EngineOptions(), settings)
                status = explore_runs(opener, opener.of_next_run, settings)
        except KeyboardInterrupt:
            status = 130
    sentence = trainer.last_words()
    if trainer.failed:
        from engine import GrokError

        raise GrokError(sentence)
    _narrate(sentence)
    return status


class Trainer:
    """A training in a process of its own, followed by its log; leaving the block asks it to stop, and waits.

    It stops when its standard input ends: on leaving, or because this process is no more.
    """

    def __init__(self, command: list[str]) -> None:
        self._narration = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._narration, text=True
        )
        self._begun = threading.Event()
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
        if self._begun.is_set() and self._ended is None:
            _narrate("Stopping the training.")
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._follower.join()
        self._narration.seek(0)
        self._lines = self._narration.read().decode(errors="replace").strip().splitlines()
        self._narration.close()

    def wait_for_a_checkpoint(self) -> bool:
        """Wait until there is something to explore; False where training ended without."""
        self._begun.wait()
        return self._has_checkpoint

    @property
    def failed(self) -> bool:
        """Whether training ended neither by itself nor because it was asked to."""
        return self._ended is None or self._ended["reason"] == "error"

    def last_words(self) -> str:
        """The last line that the process wrote for people; to be asked after the block."""
        status = self._process.returncode
        return self._lines[-1] if self._lines else f"Training ended without a word (exit status {status})."

    def _follow(self) -> None:
        """Read the log to its end; one that nobody reads would fill its pipe and hold the training up."""
        assert self._process.stdout is not None
        with self._process.stdout as log:
            for line in log:
                self._note(line)
        self._begun.set()

    def _note(self, line: str) -> None:
        try:
            event = json.loads(line)
            kind = event["event"]
        except (ValueError, KeyError, TypeError):
            return  # a library's word, not the log's
        # A run that goes on from an epoch has its checkpoints; a new one begins with the event of its first.
        if kind in ("checkpoint", "progress"):
            self._has_checkpoint = True
            self._begun.set()
        elif kind in ("done", "stopped"):
            self._ended = event


def _narrate(sentence: str) -> None:
    print(clean(sentence), file=sys.stderr)
