"""Opens one path after another and reports the outcome, and every act other than reading.

Run as `python -m tests.fuzz.worker`: reads a JSON request per line from stdin, writes a JSON result per line.
"""

from __future__ import annotations

import codecs
import json
import os
import pickle
import resource
import sys
import unicodedata
from pathlib import Path
from time import perf_counter, process_time

import torch

from engine.errors import GrokError
from engine.networks.build import build_network
from engine.runs.open_run import open_run
from engine.runs.run import Run

_SMALL_P = 31
_HEADROOM = 4 << 30  # address space beyond that of the idle process: protects the machine, is not a verdict
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of executing, importing, writing, deleting and connecting.
_FORBIDDEN = (
    *(
        "os.system",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "subprocess.Popen",
    ),
    *(
        "socket.",
        "pty.",
        "urllib.",
        "webbrowser.",
        "ftplib.",
        "smtplib.",
        "pickle.find_class",
        "marshal.",
        "code.__new__",
    ),
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
    *("os.putenv", "os.kill", "shutil.", "tempfile.", "import", "exec", "compile", "ctypes.dlopen"),
)


class AuditHook:
    """Records forbidden events while it is enabled."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.enabled = False
        sys.addaudithook(self._record)

    def _record(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.enabled:
            return
        if event == "open":
            _, mode, flags = arguments
            if (isinstance(flags, int) and flags & _WRITING) or (isinstance(mode, str) and set(mode) & set("wax+")):
                self.events.append(f"open for writing: {arguments[0]!r}")
        elif event.startswith(_FORBIDDEN):
            self.events.append(f"{event} {arguments[:1]!r}"[:200])


def unpickle(path: Path) -> dict[str, object]:
    """Unpickle with Python itself, which no reader may do: it proves that the audit hook works."""
    with path.open("rb") as file:
        pickle.load(file)
    return {"outcome": "readable", "finding": None}


def try_run(path: Path) -> dict[str, object]:
    """Open a run, read its first and last checkpoint and build their networks."""
    try:
        run = open_run(path)
        for epoch in {run.epochs[0], run.epochs[-1]} if run.has_weights else ():
            weights = run.weights(epoch)
            if run.config.p <= _SMALL_P:
                build_network(weights.to(torch.float32), run.config)
        return {"outcome": "readable", "finding": _unprintable_warning(run)}
    except GrokError as error:
        return {"outcome": type(error).__name__, "message": str(error), "finding": _unprintable(str(error))}
    except BaseException as error:
        return {"outcome": "crash", "finding": f"{type(error).__name__}: {error}"[:500]}


def _unprintable_warning(run: Run) -> str | None:
    findings = (_unprintable(warning) for warning in run.warnings)
    return next((finding for finding in findings if finding), None)


def _unprintable(message: str) -> str | None:
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in message):
        return f"control characters in a message: {message!r}"
    return f"message too long: {message[:200]}" if len(message) > 3000 else None


_READERS = {"open_run": try_run, "pickle.load": unpickle}


def main() -> None:
    """Answer requests until stdin ends. The first are valid runs, so that lazy imports happen before the audit."""
    torch.set_num_threads(1)
    audit = AuditHook()
    for codec in ("cp437", "utf_32_le", "utf_32_be"):  # of zipfile, and of NumPy's text in both byte orders
        codecs.lookup(codec)  # Python imports a codec on first use
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _HEADROOM, size + _HEADROOM))
    for line in sys.stdin:
        request = json.loads(line)
        audit.events.clear()
        wall, cpu = perf_counter(), process_time()
        audit.enabled = request["audited"]
        result = _READERS[request["reader"]](Path(request["path"]))
        audit.enabled = False
        result |= {"wall": perf_counter() - wall, "cpu": process_time() - cpu, "events": list(audit.events)}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
