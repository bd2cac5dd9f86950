"""Ctrl+C ends the program quietly, also while it imports."""

from __future__ import annotations

import subprocess
import sys

_INTERRUPTED_IMPORT = """
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "cyclopts":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from grok_tui.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_during_the_imports():
    result = subprocess.run([sys.executable, "-c", _INTERRUPTED_IMPORT], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")
