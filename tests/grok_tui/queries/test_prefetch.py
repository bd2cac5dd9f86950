"""What is computed while nobody asks never stands in the way of a key, unless it is what is being looked at."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from grok_tui.queries.prefetch import _QUIET_SECONDS, prefetch
from grok_tui.session.selection import initial_selection


@pytest.mark.parametrize(
    ("names", "waits"), [(("losses", "neuron"), True), (("neuron",), True), (("progress",), False)]
)
def test_measuring_waits_for_quiet_unless_curves_are_on_show(tiny_run, names, waits) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    waited = []
    for seconds in prefetch(explorer, None, initial_selection(explorer), 1, names, lambda: None):
        waited.append(seconds)
        if explorer.run_metrics(40).snapshot().metrics:
            break
    assert (_QUIET_SECONDS in waited) == waits


def test_phases_are_shown_once_all_is_measured(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    shown = []
    ahead = prefetch(
        explorer,
        None,
        initial_selection(explorer),
        1,
        ("losses",),
        lambda: shown.append(explorer.run_metrics(40).snapshot()),
    )
    assert list(ahead)
    (at,) = shown
    assert at.complete
