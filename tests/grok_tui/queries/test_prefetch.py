"""Idle work: what is prefetched, and when run metrics are computed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import Explorer, open_run
from grok_tui.queries.prefetch import LATER_SECONDS, QUIET_SECONDS, prefetch
from grok_tui.session.selection import initial_selection


@pytest.mark.parametrize(
    ("names", "waits"), [(("losses", "neuron"), True), (("neuron",), True), (("progress",), False)]
)
def test_run_metrics_wait_for_quiet_unless_curves_are_visible(tiny_run, names, waits) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    waited = []
    for seconds in prefetch(explorer, None, initial_selection(explorer), 1, names, lambda: None):
        waited.append(seconds)
        if explorer.run_metrics(40).snapshot().metrics:
            break
    assert (QUIET_SECONDS in waited) == waits


def test_phases_are_updated_once_all_run_metrics_are_known(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    snapshots = []
    idle = prefetch(
        explorer,
        None,
        initial_selection(explorer),
        1,
        ("losses",),
        lambda: snapshots.append(explorer.run_metrics(40).snapshot()),
    )
    assert list(idle)
    (snapshot,) = snapshots
    assert snapshot.complete


def test_the_next_epoch_in_the_direction_of_stepping_comes_first(tiny_run, monkeypatch) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    summarised: list[int] = []
    summary = explorer.summary
    monkeypatch.setattr(explorer, "summary", lambda epoch: summarised.append(epoch) or summary(epoch))
    idle = prefetch(explorer, None, replace(initial_selection(explorer), epoch=20), -1, (), None)
    for _ in range(4):
        next(idle)
    assert summarised == [10, 0, 30]


def test_what_a_view_leaves_out_is_computed_after_a_pause_and_then_redrawn(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    known: list[bool] = []

    def complete(epoch: int) -> bool:
        losses = explorer.cluster_losses(epoch, 40)
        return all(losses.known(k, fill) is not None for k in (1, None) for fill in ("zero", "mean"))

    selection = replace(initial_selection(explorer), epoch=20)
    idle = prefetch(explorer, None, selection, 1, ("clusters",), None, lambda: known.append(complete(20)))
    for seconds in idle:
        assert not complete(20)
        if seconds == LATER_SECONDS:
            break
    list(idle)
    assert known == [True]  # once, at the end
    assert complete(10)
    assert complete(30)
