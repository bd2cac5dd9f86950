from __future__ import annotations

from grok_tui.cli.llc.progress import PlainLines


def test_a_line_every_ten_seconds_has_the_share_and_the_time_left() -> None:
    now, lines = [0.0], []
    progress = PlainLines(200, lines.append, lambda: now[0])
    for _ in range(50):
        now[0] += 1
        progress("epoch 9,000")
    assert lines[0] == "epoch 9,000: 5% of all steps, about 3 min left"
    assert lines[-1] == "epoch 9,000: 25% of all steps, about 2 min left"
    assert len(lines) == 5
