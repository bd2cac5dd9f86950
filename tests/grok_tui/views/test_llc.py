"""The local learning coefficient: the curve of what is cached, and the chains of the epoch on show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import Explorer, open_run
from engine.metrics.llc.settings import LlcSettings
from grok_tui.queries.view_answers import full_answer
from grok_tui.render.palette import MONO
from grok_tui.render.plots import LinePlot
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

VIEW = VIEWS["llc"]
SETTINGS = LlcSettings(chains=3, draws=6, burn_in=2, step_size=1e-4, gamma=10.0)


@pytest.fixture
def cached(tiny_run, tmp_path) -> Path:
    """A folder with estimates of three of the five checkpoints."""
    llc = Explorer(open_run(tiny_run), cache=tmp_path).llc
    for epoch in (0, 20, 40):
        llc.estimate(epoch, SETTINGS)
    return tmp_path


def answer(tiny_run: Path, cache: Path | None, epoch: int = 40):
    explorer = Explorer(open_run(tiny_run), cache=cache)
    return full_answer(VIEW, explorer, initial_selection(explorer, epoch=epoch))


def plots(answer, width: int = 200, height: int = 50) -> list[LinePlot]:
    return [placed.plot for placed in VIEW.draw(answer, width, height, MONO).plots if isinstance(placed.plot, LinePlot)]


def test_without_estimates_a_sentence_names_the_command(tiny_run, tmp_path) -> None:
    for cache in (None, tmp_path):
        found = answer(tiny_run, cache)
        drawn = " ".join(VIEW.draw(found, 60, 20, MONO).plain().split())
        assert "no estimate of this run is cached; `grok-tui llc RUN` makes them" in drawn
        assert [row[:2] for row in VIEW.table(found).rows] == [(epoch, None) for epoch in (0, 10, 20, 30, 40)]
        assert plots(found) == []


def test_the_query_itself_reads_no_cache(tiny_run, cached) -> None:
    explorer = Explorer(open_run(tiny_run), cache=cached)
    assert VIEW.query(explorer, initial_selection(explorer)).snapshot.estimates == {}


def test_the_curve_has_a_point_and_a_standard_error_for_each_estimate(tiny_run, cached) -> None:
    found = answer(tiny_run, cached)
    llc = Explorer(open_run(tiny_run), cache=cached).llc
    expected = [llc.cached(epoch, SETTINGS) for epoch in (0, 20, 40)]
    curve = plots(found)[0]
    assert curve.series[0].x.tolist() == [0, 20, 40]
    assert curve.series[0].y.tolist() == [each.value for each in expected]
    assert (curve.fills[0].high - curve.fills[0].low) / 2 == pytest.approx([each.standard_error for each in expected])
    names = [column.name for column in VIEW.table(found).columns]
    rows = [dict(zip(names, row, strict=True)) for row in VIEW.table(found).rows]
    assert [row["epoch"] for row in rows] == [0, 10, 20, 30, 40]
    assert [row["llc"] for row in rows[::2]] == [each.value for each in expected]
    assert [row["chain_2"] for row in rows[::2]] == [each.by_chain[2] for each in expected]
    assert (rows[1]["llc"], rows[1]["train_loss"], rows[1]["chain_0"]) == (None, None, None)


def test_the_epoch_on_show_has_the_traces_of_every_chain(tiny_run, cached) -> None:
    found = Explorer(open_run(tiny_run), cache=cached).llc.cached(20, SETTINGS)
    _, losses, distances, norms = plots(answer(tiny_run, cached, epoch=20))
    for plot, values in (
        (losses, found.traces.loss),
        (distances, found.traces.distance),
        (norms, found.traces.gradient_norm),
    ):
        for chain in range(3):
            assert plot.series[chain].name == f"chain {chain}"
            assert plot.series[chain].x.tolist() == list(range(1, 9))
            assert np.array_equal(plot.series[chain].y, values[chain])
        assert plot.marks == (2,)
    assert losses.series[3].y.tolist() == [found.traces.loss_at_start] * 8
    assert np.array_equal(norms.series[3].y, found.traces.noise_norm[0])


def test_the_line_above_has_the_value_the_settings_and_how_many_are_estimated(tiny_run, cached) -> None:
    found = Explorer(open_run(tiny_run), cache=cached).llc.cached(40, SETTINGS)
    drawn = VIEW.draw(answer(tiny_run, cached), 200, 30, MONO).plain()
    assert drawn.startswith(f"{found.value:.4g} ± {found.standard_error:.2g}")
    assert "3 of 5 checkpoints estimated" in drawn
    assert "3 chains of 6 draws after 2 · step size 0.0001 · gamma 10 · nbeta" in " ".join(drawn.split())


def test_an_epoch_that_is_not_estimated_says_so_beside_the_curve(tiny_run, cached) -> None:
    found = answer(tiny_run, cached, epoch=10)
    assert VIEW.draw(found, 100, 30, MONO).plain().startswith("epoch 10 is not estimated")
    assert len(plots(found)) == 1


def test_a_diverged_chain_is_named(tiny_run, tmp_path) -> None:
    explorer = Explorer(open_run(tiny_run), cache=tmp_path)
    explorer.llc.estimate(40, LlcSettings(chains=2, draws=60, burn_in=0, step_size=1000.0, gamma=0.0, nbeta=1e30))
    drawn = " ".join(VIEW.draw(answer(tiny_run, tmp_path), 200, 40, MONO).plain().split())
    assert "no estimate · chain 0 diverged and is left out" in drawn


def test_other_settings_are_counted(tiny_run, cached) -> None:
    Explorer(open_run(tiny_run), cache=cached).llc.estimate(40, LlcSettings(chains=1, draws=1, burn_in=0))
    drawn = " ".join(VIEW.draw(answer(tiny_run, cached), 200, 40, MONO).plain().split())
    assert "1 more choices of settings cached, of fewer epochs" in drawn
