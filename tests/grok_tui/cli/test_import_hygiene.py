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

# Opens the bundled run as the explorer does, and answers the views of the first workspace.
_FIRST_FRAME = """
import json, sys
import grok_tui.app.run_loop
from grok_tui.cli.options import EngineOptions, RunOptions
from grok_tui.cli.run_opener import RunOpener
from grok_tui.queries.view_answers import answer_views
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS
from grok_tui.render.palette import choose_palette

opener = RunOpener(None, RunOptions(), EngineOptions(no_cache=True), Settings())
opened = opener(resume=False, on_fetch=print)
for name, answer in answer_views(opened.explorer, opened.selection, WORKSPACES[0].views).views.items():
    VIEWS[name].draw(answer, 58, 18, choose_palette())
print(json.dumps([0, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]), file=sys.stderr)
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
    others = ["rich", "importlib.metadata", "email", "asyncio"]
    own = ["engine.explorer", "engine.state_dicts", "grok_tui.render.cells", "grok_tui.session.saved_session"]
    assert imported(_FIRST_PAINT, heavy=[*HEAVY, *others, *own]) == []


def test_the_first_frame_of_the_bundled_run_imports_only_what_it_shows() -> None:
    others = [
        *("engine.runs.foreign_run", "engine.runs.remote.open_remote", "engine.runs.torch_format.unpickler"),
        *("engine.runs.training_lock", "engine.state_dicts.read_state_dict", "engine.state_dicts.general"),
        *("engine.networks.transformer", "engine.networks.mlp", "engine.networks.from_module"),
        *("engine.metrics.report", "engine.metrics.ablation", "engine.explorer.run_llc", "engine.many_runs.rows"),
        *("grok_tui.app.widgets.help_screen", "grok_tui.app.widgets.crosshair", "grok_tui.app.widgets.pane_images"),
        *("grok_tui.tour.resolve", "grok_tui.export.page", "grok_tui.notebook", "matplotlib", "filelock"),
        *(f"grok_tui.views.{name}" for name in ("algorithm", "interventions", "llc", "pair", "progress", "ranks")),
    ]
    assert imported(_FIRST_FRAME, heavy=[*others, "grok_tui.views.losses"]) == ["grok_tui.views.losses"]


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
