"""Responsiveness at a terminal, on the bundled run at 120x40: `python -m tests.benchmarks.bench_terminal`.

Key to last painted byte, frames while a key is held, bytes per step, first paint, idle bytes and CPU, time to exit on a
signal; targets in brackets. Prints the load of the machine, on which all depend.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.layer_norm import write_layer_norm_run
from tests.grok_tui.answering_terminal import AnsweringTerminal
from tests.grok_tui.app.explored_images import KITTY, SIXEL
from tests.grok_tui.pseudo_terminal import Painted, Terminal, cpu_seconds

_RIGHT, _LEFT = "\x1b[C", "\x1b[D"
_STEPS = 12
_HELD_SECONDS = 3.0
_IDLE_SECONDS = 5.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        own = {f"XDG_{kind}_HOME": f"{folder}/{kind}" for kind in ("STATE", "CONFIG", "CACHE")}
        print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
        _bench("truecolor", own | {"COLORTERM": "truecolor"}, kilobytes=40)
        _bench("256 colours", own, kilobytes=20)
        _bench("compact", own, "--compact", kilobytes=8)
        for name, answers in (("kitty", KITTY), ("sixel", SIXEL)):
            for size in ((80, 24), (120, 40), (220, 60)):
                _bench_images(name, answers, size, own)
        _bench_layer_norm(own, str(write_layer_norm_run(Path(folder) / "layer-norm")))


def _bench(name: str, environment: dict[str, str], *options: str, kilobytes: int) -> None:
    terminal = Terminal("--epoch", "5000", *options, columns=120, rows=40, **environment)
    first = terminal.read_while_painting(0.0, 10).first or terminal.read_until(b"opening")
    ready = terminal.read_until(b"of 62)")
    _wait_until_idle(terminal)
    print(
        f"\n{name}\n  first paint {_ms(first - terminal.started)} (600), filled {_ms(ready - terminal.started)} (3,000)"
    )
    new = _pressed(terminal, [_RIGHT] * _STEPS)
    seen = _pressed(terminal, [_LEFT] * _STEPS)
    neurons = _pressed(terminal, ["j"] * _STEPS)
    _report("epoch not seen before", new, 80, kilobytes)
    _report("epoch seen", seen, 30, kilobytes)
    _report("neuron", neurons, 30, kilobytes)
    _hold(terminal)
    cpu = cpu_seconds(terminal.pid)
    idle = terminal.read_while_painting(_IDLE_SECONDS, _IDLE_SECONDS)
    print(f"  idle {_IDLE_SECONDS:.0f} s: {idle.bytes} bytes (0), {cpu_seconds(terminal.pid) - cpu:.2f} s CPU (0)")
    begin = time.perf_counter()
    os.kill(terminal.pid, signal.SIGHUP)
    terminal.status()
    print(f"  gone {_ms(time.perf_counter() - begin)} after SIGHUP (1,000)")


def _bench_images(name: str, answers: dict[bytes, bytes], size: tuple[int, int], environment: dict[str, str]) -> None:
    """Steps with maps as images."""
    terminal = AnsweringTerminal(
        *("--epoch", "5000", "--graphics", name), answers=answers, columns=size[0], rows=size[1], **environment
    )
    terminal.read_until(b"of 62)")
    _wait_until_idle(terminal)
    print(f"\n{name} at {size[0]}x{size[1]}")
    for what, key in (("epoch", _RIGHT), ("neuron", "j")):
        _report(what, _pressed(terminal, [key] * _STEPS), 80, 40)
    os.kill(terminal.pid, signal.SIGHUP)
    terminal.status()


def _bench_layer_norm(environment: dict[str, str], run: str) -> None:
    """Steps through a run of the general path: one layer with LayerNorm, of the sizes of the bundled run."""
    terminal = Terminal(run, "--epoch", "5000", columns=120, rows=40, **environment, COLORTERM="truecolor")
    terminal.read_until(b"of 62)")
    _wait_until_idle(terminal)
    print("\nLayerNorm")
    new, seen, neurons = (_pressed(terminal, [key] * _STEPS) for key in (_RIGHT, _LEFT, "j"))
    _report("epoch not seen before", new, 150, 40)
    _report("epoch seen", seen, 60, 40)
    _report("neuron", neurons, 30, 40)
    os.kill(terminal.pid, signal.SIGHUP)
    terminal.status()


def _wait_until_idle(terminal: Terminal) -> None:
    """Wait until the metrics of all checkpoints are computed; later starts find them in the cache on disk."""
    end = time.perf_counter() + 120
    while time.perf_counter() < end:
        before = cpu_seconds(terminal.pid)
        terminal.read_while_painting(1.0, 1.0)
        if cpu_seconds(terminal.pid) - before < 0.05:
            return


def _pressed(terminal: Terminal, keys: Sequence[str]) -> list[tuple[float, int]]:
    """Seconds to the last byte and number of bytes, for each key."""
    steps = []
    for key in keys:
        begin = time.perf_counter()
        terminal.send(key)
        painted: Painted = terminal.read_while_painting(0.35)
        if painted.last is not None:
            steps.append((painted.last - begin, painted.bytes))
    return steps


def _report(what: str, steps: Sequence[tuple[float, int]], milliseconds: int, kilobytes: int) -> None:
    times, sizes = zip(*steps, strict=True)
    print(
        f"  {what:<22} {_ms(statistics.median(times))} ({milliseconds}), "
        f"{statistics.median(sizes) / 1000:.1f} KB ({kilobytes})"
    )


def _hold(terminal: Terminal) -> None:
    """Hold the right arrow at 30 Hz, from the first epoch on."""
    terminal.send("\x1b[H")
    terminal.read_while_painting(1.0)
    end, frames, sent = time.perf_counter() + _HELD_SECONDS, 0, 0
    while time.perf_counter() < end:
        terminal.send(_RIGHT)
        sent += 1
        frames += terminal.read_while_painting(1 / 30, 1 / 30).frames
    released = time.perf_counter()
    settled = terminal.read_while_painting(0.5).last or released
    expected = min(sent, 61) + 1
    shown = re.findall(rb"\((\d+) of 62\)", terminal.seen)
    print(
        f"  held {_HELD_SECONDS:.0f} s at 30 Hz: {frames / _HELD_SECONDS:.1f} frames a second (10), settled after "
        f"{_ms(settled - released)} (150), at checkpoint {int(shown[-1]) if shown else '?'} of {expected} expected"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.0f} ms"


if __name__ == "__main__":
    main()
