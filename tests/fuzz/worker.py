"""Opens one path after another and says what came of it; whatever it does beside reading is told on.

Run as `python -m tests.fuzz.worker`: paths come in on stdin, a line of JSON goes out for each.
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
from engine.networks.folded import fold
from engine.runs.open_run import open_run
from engine.runs.run import Run

_SMALL_P = 31
_ROOM = 4 << 30  # address space above what the program itself takes: saves the machine, does not judge
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What Python tells an audit hook of when somebody executes, writes, deletes or connects.
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


class Watch:
    """An audit hook: what happens while it is on and should not."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.on = False
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            _, mode, flags = arguments
            if (isinstance(flags, int) and flags & _WRITING) or (isinstance(mode, str) and set(mode) & set("wax+")):
                self.seen.append(f"open for writing: {arguments[0]!r}")
        elif event.startswith(_FORBIDDEN):
            self.seen.append(f"{event} {arguments[:1]!r}"[:200])


def unpickle(path: Path) -> dict[str, object]:
    """What no reader here may do; it shows that the watch would tell."""
    with path.open("rb") as file:
        pickle.load(file)
    return {"outcome": "readable", "complaint": None}


def try_run(path: Path) -> dict[str, object]:
    """Open it, read its first and last checkpoint, fold them; a clear error or a readable run is well."""
    try:
        run = open_run(path)
        for epoch in {run.epochs[0], run.epochs[-1]}:
            weights = run.weights(epoch)
            if run.config.p <= _SMALL_P:
                fold(weights.to(torch.float32), run.config)
        return {"outcome": "readable", "complaint": _about(run)}
    except GrokError as error:
        return {"outcome": type(error).__name__, "sentence": str(error), "complaint": _about_sentence(str(error))}
    except BaseException as error:
        return {"outcome": "crash", "complaint": f"{type(error).__name__}: {error}"[:500]}


def _about(run: Run) -> str | None:
    complaints = (_about_sentence(warning) for warning in run.warnings)
    return next((complaint for complaint in complaints if complaint), None)


def _about_sentence(sentence: str) -> str | None:
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in sentence):
        return f"drives a terminal: {sentence!r}"
    return f"too long: {sentence[:200]}" if len(sentence) > 3000 else None


_READERS = {"open_run": try_run, "pickle.load": unpickle}


def main() -> None:
    """Answer paths until there are no more. The first few are good runs: what they load later needs no importing."""
    torch.set_num_threads(1)
    watch = Watch()
    codecs.lookup("cp437")  # of names in zips; Python imports a codec when it is first needed
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _ROOM, size + _ROOM))
    for line in sys.stdin:
        asked = json.loads(line)
        watch.seen.clear()
        wall, cpu = perf_counter(), process_time()
        watch.on = asked["watched"]
        found = _READERS[asked["reader"]](Path(asked["path"]))
        watch.on = False
        found |= {"wall": perf_counter() - wall, "cpu": process_time() - cpu, "events": list(watch.seen)}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
