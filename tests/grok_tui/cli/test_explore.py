"""`grok-tui RUN` with a stdout that is not a terminal: the overview as text."""

from __future__ import annotations


def test_the_overview_is_printed(tiny_run, run) -> None:
    status, out, _ = run(tiny_run)
    assert status == 0
    for words in ("losses · epoch 40", "clusters · epoch 40", "neuron 0 · activation", "neuron 0 · 2-D Fourier"):
        assert words in out


def test_ascii_prints_ascii_only(tiny_run, run) -> None:
    assert run(tiny_run, "--ascii").out.isascii()


def test_a_second_run_is_compared(tiny_run, subtracting_run, run) -> None:
    out = run(tiny_run, subtracting_run).out
    assert "against subtracting at epoch 40" in out
