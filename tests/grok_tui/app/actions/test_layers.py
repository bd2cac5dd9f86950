"""Stepping through the layers of a deeper network."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.cli.options import DEFAULT_ENGINE_OPTIONS, RunOptions
from grok_tui.cli.run_opener import RunOpener
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from tests.deep_mlp import write_checkpoint, write_deep_mlp
from tests.grok_tui.driving import press, text_of, until
from tests.grok_tui.screen_text import screen_text

SIZE = (120, 40)
NEXT, PREVIOUS = "right_curly_bracket", "left_curly_bracket"


@pytest.fixture
def path(tmp_path) -> Path:
    return write_deep_mlp(tmp_path / "deep")


def explorer_of(path: Path) -> Explorer:
    return Explorer(open_run(path, p=7, act_fn="relu", operation="add"), keys=[1, 2, 3])


def app_of(explorer: Explorer, second: Explorer | None = None) -> GrokApp:
    return GrokApp(lambda: OpenRun(explorer, initial_selection(explorer), second=second))


async def test_all_panes_show_the_next_layer(path, settled) -> None:
    explorer = explorer_of(path)
    last = explorer.epochs[-1]
    assert list(explorer.cluster_losses(last, last).steps())  # or they would fill in during the test
    app = app_of(explorer)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        second = {view: text_of(app, view) for view in ("clusters", "neuron", "spectrum")}
        assert "layer 2 of 2" in screen_text(app)
        assert "}\n layer" in screen_text(app)
        await press(pilot, settled, NEXT)  # after the last the first
        assert "layer 1 of 2" in screen_text(app)
        assert app.run_screen.explorer.run.config.n_neurons == 14
        assert sum(len(cluster.neurons) for cluster in app.run_screen.clusters) == 14
        assert all(text_of(app, view) != before for view, before in second.items())
        await press(pilot, settled, PREVIOUS)
        assert {view: text_of(app, view) for view in second} == second


async def test_a_neuron_that_the_layer_lacks_becomes_its_last(path, settled, messages) -> None:
    app = app_of(explorer_of(path))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "m", NEXT)  # an MLP has no direct path: nothing is ablated
        app.run_screen.change(neuron=13)
        await press(pilot, settled, "b", NEXT)
        assert app.run_screen.selection.neuron == 9
        assert app.run_screen.selection.ablation.nothing
        assert messages.count("Ablations are of one layer; all parts are restored.") == 1
        await press(pilot, settled, "down", "right_square_bracket")


async def test_keys_pressed_faster_than_answers_come(path, settled) -> None:
    app = app_of(explorer_of(path))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(NEXT, "down", "up", "right_square_bracket", NEXT, "down", NEXT, "b", "right_square_bracket")
        await settled(pilot)
        assert "layer 1 of 2" in screen_text(app)


async def test_a_run_that_grows_grows_in_every_layer(path, settled) -> None:
    explorer = explorer_of(path)
    app = app_of(explorer)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, NEXT)
        write_checkpoint(path, 30)
        await until(pilot, lambda: app.run_screen.selection.epoch == 30)
        await settled(pilot)
        assert "epoch 30 (4 of 4)" in screen_text(app)
        assert "layer 1 of 2" in screen_text(app)


async def test_both_runs_show_the_layer(path, tmp_path, settled) -> None:
    other = explorer_of(write_deep_mlp(tmp_path / "other", (0, 20)))
    app = app_of(explorer_of(path), other)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, NEXT)
        assert app.run_screen.second is other.at_layer(0)
        assert app.run_screen.second.run.config.layer == 0


async def test_a_second_run_without_the_layer_stays_as_it_was_opened(path, tiny_run, settled) -> None:
    shallow = Explorer(open_run(tiny_run))
    app = app_of(explorer_of(path), shallow)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, NEXT, NEXT)
        assert app.run_screen.selection.layer == 1
        assert app.run_screen.second is shallow


async def test_the_layer_is_saved_and_restored_unless_an_option_names_one(path, settled) -> None:
    def opener(layer: int | None) -> RunOpener:
        return RunOpener(path, RunOptions(p=7, operation="add", layer=layer), DEFAULT_ENGINE_OPTIONS, Settings())

    app = app_of(explorer_of(path))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, NEXT)
        app.run_screen.change(neuron=12)
        app.run_screen.save_session()
    restored = opener(None)(resume=False, on_fetch=lambda progress: None)
    assert (restored.selection.layer, restored.selection.neuron) == (0, 12)
    explicit = opener(1)(resume=False, on_fetch=lambda progress: None)
    assert (explicit.selection.layer, explicit.selection.neuron) == (None, 0)
    assert explicit.explorer.run.config.layer == 1
