"""As many threads of the engine as there are free cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grok_tui.session import cpu_threads
from grok_tui.session.cpu_threads import free_cores


@pytest.mark.parametrize(
    ("running", "cores", "free"), [(1, 8, 8), (3, 8, 6), (8, 8, 1), (40, 8, 1), (1, 1, 1), (0, 2, 2)]
)
def test_cores_with_a_running_thread_are_not_free(running, cores, free) -> None:
    assert free_cores(f"0.81 1.65 1.75 {running}/149 19279\n", cores) == free


_THREADS_BY_LOAD = """
import os, sys
from pathlib import Path
from grok_tui.session import cpu_threads
cpu_threads.use_free_cores()
print("torch" in sys.modules)
import torch
print(torch.get_num_threads())
os.sched_getaffinity = lambda _: set(range(2))
for running in (1, 2, 50, 1):
    Path(sys.argv[1]).write_text(f"0.00 0.00 0.00 {running}/149 19279")
    cpu_threads._LOAD = Path(sys.argv[1])
    cpu_threads.use_free_cores()
    print(torch.get_num_threads())
cpu_threads._LOAD = Path(sys.argv[1] + " missing")
cpu_threads.use_free_cores()
print(torch.get_num_threads())
"""


@pytest.mark.parametrize("variable", ["1", "2"])
def test_threads_follow_the_load_up_to_the_default(variable, tmp_path: Path) -> None:
    """In a process of its own, whose threads no other test sees."""
    command = [sys.executable, "-c", _THREADS_BY_LOAD, str(tmp_path / "loadavg")]
    environment = os.environ | {"OMP_NUM_THREADS": variable}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=True)
    was_loaded, default, *threads = done.stdout.split()
    assert was_loaded == "False"  # torch is not imported to set its threads
    assert threads == [default, "1", "1", default, default]  # the last where the load is not reported


def test_this_process_keeps_its_threads() -> None:
    """Tests run with one thread, which no load changes."""
    cpu_threads.use_free_cores()
    import torch

    assert torch.get_num_threads() == 1
