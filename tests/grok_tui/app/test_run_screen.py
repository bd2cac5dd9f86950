"""The screen of an open run: all panes follow one selection."""

from __future__ import annotations

import shutil

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import SIZE, pane_of, press, text_of, until


async def test_it_opens_at_the_last_epoch_with_every_pane_filled(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert app.run_screen.selection.epoch == 40
        assert "train" in text_of(app, "losses")
        assert "rest" in text_of(app, "clusters")
        assert "active" in text_of(app, "neuron")
        assert "energy by frequency" in text_of(app, "spectrum")


async def test_a_saved_zoom_shows_the_pane_that_had_the_focus(explorer, settled) -> None:
    layout = Layout("interventions", "ablation", zoomed=True)
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer), layout))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert [pane.view.name for pane in app.run_screen.query(ViewPane) if pane.display] == ["ablation"]
        assert app.run_screen.grid.focused_pane.view.name == "ablation"


async def test_every_pane_follows_one_epoch(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home")
        for pane in app.run_screen.query(ViewPane):
            assert pane.answer.epoch == 0
        loss = explorer.summary(0).losses.loss
        assert f"{loss.test:.3g}" in text_of(app, "losses")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (220, 60), (60, 20), (20, 5), (300, 80)])
async def test_it_opens_at_any_size(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, settled, "left", "down")
        assert app.run_screen.selection.epoch == 30


async def test_it_follows_a_resize(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for size in [(220, 60), (60, 20), (30, 8), (120, 40)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await press(pilot, settled, "left")
            for pane in app.run_screen.query(ViewPane):
                drawn = [pane.render_line(y).cell_length for y in range(pane.size.height)]
                assert set(drawn) <= {pane.size.width}
        assert app.run_screen.selection.epoch == 0


async def test_a_run_of_one_checkpoint(tmp_path, settled, tiny_run) -> None:
    single = shutil.copy(tiny_run / "checkpoints" / "epoch-000040.safetensors", tmp_path)
    explorer = Explorer(open_run(single))
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "right", "left", "home", "end", "down")
        assert app.run_screen.selection.epoch == explorer.epochs[0]
        assert "no losses were recorded" in text_of(app, "losses")


async def test_a_failing_view_shows_its_error_and_the_others_work(app, settled, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the spectrum is out")

    monkeypatch.setattr(Explorer, "neuron_spectrum", fail)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "the spectrum is out" in text_of(app, "spectrum")
        assert "rest" in text_of(app, "clusters")
        await press(pilot, settled, "left")
        assert app.run_screen.selection.epoch == 30


async def test_a_damaged_checkpoint_does_not_stop_the_run_metrics(tmp_path, tiny_run, settled) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run, run)
    (run / "checkpoints" / "epoch-000030.safetensors").write_bytes(b"cut")
    explorer = Explorer(open_run(run), keys=[1, 2, 3])
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "8")
        await until(pilot, lambda: explorer.run_metrics(40).snapshot().complete)
        assert explorer.run_metrics(40).snapshot().epochs == [0, 10, 20, 40]


async def test_the_losses_show_the_phases_once_run_metrics_are_complete(settled, explorer, monkeypatch) -> None:
    bands = ((0.0, 10.0, "memorisation"),)
    monkeypatch.setattr("grok_tui.views.losses.phase_bands", lambda history: bands if history.complete else ())
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await until(pilot, lambda: bool(pane_of(app, "losses").answer.bands))
        assert pane_of(app, "losses").answer.bands == bands
