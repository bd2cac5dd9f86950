"""What the first screens import: numpy, torch and Textual take seconds and must come later."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

HEAVY = ["torch", "numpy", "textual", "plotext", "einops", "http.client", "matplotlib"]

_HELP = """
import json, sys
from grok_tui.cli.main import main
status = main(sys.argv[2:])
print(json.dumps([status, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]), file=sys.stderr)
"""

# Runs the explorer until it shows its first paint: `splash` is replaced by a report of the modules imported so far.
_FIRST_PAINT = """
import json, os, sys
import grok_tui.terminal.splash
from grok_tui.cli.main import main

def report(what):
    print(json.dumps([0, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]), file=sys.stderr)
    sys.exit()

grok_tui.terminal.splash.splash = report
sys.stdin.isatty = sys.stdout.isatty = lambda: True
os.environ["TERM"] = "xterm-256color"
main([])
"""


def imported(program: str, *arguments: str, heavy: Sequence[str] = HEAVY) -> list[str]:
    """The heavy modules that a program has imported when it reports."""
    command = [sys.executable, "-c", program, json.dumps(heavy), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    status, modules = json.loads(result.stderr.splitlines()[-1])
    assert status == 0
    return modules


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument) -> None:
    assert imported(_HELP, argument) == []


@pytest.mark.parametrize(
    "command", ["show", "report", "info", "runs", "convert", "train", "sweep", "config", "completion", "help", "tour"]
)
def test_help_of_a_command_imports_neither_torch_nor_textual(command) -> None:
    assert not {"torch", "textual"} & set(imported(_HELP, command, "--help"))


def test_the_first_paint_imports_nothing_heavy() -> None:
    assert imported(_FIRST_PAINT, heavy=[*HEAVY, "rich", "importlib.metadata", "email", "asyncio"]) == []


def test_a_table_of_cached_runs_imports_nothing_heavy(tiny_run, tmp_path) -> None:
    folder = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (1e9, 1e9))  # new files are not cached
    assert "torch" in imported(_HELP, "runs", str(folder))
    assert imported(_HELP, "runs", str(folder)) == []


@pytest.mark.parametrize(
    "module",
    ["engine", "engine.errors", "engine.networks.config", "engine.metrics.ablation_spec", "grok_tui.session.settings"],
)
def test_a_light_module_imports_nothing_heavy(module) -> None:
    program = f"import {module}; import json, sys; " + (
        "print(json.dumps([0, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]), file=sys.stderr)"
    )
    assert imported(program) == []


def test_the_table_of_runs_imports_neither_numpy_nor_torch_before_its_first_rows() -> None:
    program = "import grok_tui.app.browse_loop, grok_tui.queries.folder_runs, json, sys; " + (
        "print(json.dumps([0, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]), file=sys.stderr)"
    )
    assert not {"numpy", "torch", "plotext"} & set(imported(program))
