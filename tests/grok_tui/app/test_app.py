"""The real app, driven by its keys."""

from __future__ import annotations

import shutil

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.keymap import KEYS
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.driving import SIZE, pane_of, press, text_of


async def test_it_opens_at_the_last_epoch_with_every_pane_filled(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert app.run_screen.selection.epoch == 40
        assert "train" in text_of(app, "losses")
        assert "rest" in text_of(app, "clusters")
        assert "active" in text_of(app, "neuron")
        assert "energy by frequency" in text_of(app, "spectrum")


async def test_epoch_keys_step_jump_and_stop_at_the_ends(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for keys, epoch in [
            (["left"], 30), (["h", "h"], 10), (["right"], 20), (["l"], 30), (["home"], 0), (["left"], 0),
            (["shift+right"], 40), (["right"], 40), (["shift+left"], 0), (["end"], 40),
        ]:  # fmt: skip
            await press(pilot, settled, *keys)
            assert app.run_screen.selection.epoch == epoch
            assert f"epoch {epoch}" in app.run_screen.query_one("#neuron", ViewPane).title


async def test_every_pane_follows_one_epoch(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home")
        for pane in app.run_screen.query(ViewPane):
            assert pane.answer.epoch == 0
        loss = explorer.summary(0).losses.loss
        assert f"{loss.test:.3g}" in text_of(app, "losses")


async def test_g_goes_to_the_nearest_epoch_and_n_to_a_neuron(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "g", "1", "2", "enter")
        assert app.run_screen.selection.epoch == 10
        await press(pilot, settled, "n", "1", "1", "enter")
        assert app.run_screen.selection.neuron == 11
        assert "neuron 11" in app.run_screen.query_one("#neuron", ViewPane).title


async def test_a_neuron_that_is_not_there_is_refused_and_escape_leaves_the_prompt(app, settled) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, "n", "9", "9", "enter")
        assert app.run_screen.selection.neuron == 0
        await press(pilot, settled, "g", "5", "escape")
        assert app.run_screen.selection.epoch == 40
        await press(pilot, settled, "g", "enter")
        assert app.run_screen.selection.epoch == 40


async def test_p_goes_to_a_pair(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "p", "3", "space", "5", "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (3, 5)
        await press(pilot, settled, "p", "3", "space", "7", "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (3, 5)


async def test_heads_and_dimensions_go_round(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "full_stop")
        assert app.run_screen.selection.head == 1
        await press(pilot, settled, "full_stop")
        assert app.run_screen.selection.head == 0
        await press(pilot, settled, "comma", "D")
        assert (app.run_screen.selection.head, app.run_screen.selection.dimension) == (1, 7)
        await press(pilot, settled, "d")
        assert app.run_screen.selection.dimension == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (220, 60)])
async def test_every_workspace_is_filled_at_any_size(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for number, workspace in enumerate(WORKSPACES, start=1):
            await press(pilot, settled, str(number))
            panes = list(app.run_screen.query(ViewPane))
            assert [pane.view.name for pane in panes] == list(workspace.views)
            for pane in panes:
                assert pane.failure is None, pane.failure
                assert pane.answer is not None
            await press(pilot, settled, "left", "j")


async def test_neurons_and_clusters_go_round(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        clusters = explorer.clusters(40, 40)
        mine = next(cluster for cluster in clusters if 0 in cluster.neurons)
        for key, by in (("down", 1), ("k", -1), ("up", -1), ("j", 1)):
            before = list(mine.neurons).index(app.run_screen.selection.neuron)
            await press(pilot, settled, key)
            assert app.run_screen.selection.neuron == mine.neurons[(before + by) % len(mine.neurons)]
        filled = [cluster for cluster in clusters if len(cluster.neurons)]
        start = app.run_screen.selection.neuron
        for _ in filled:
            await press(pilot, settled, "right_square_bracket")
        assert app.run_screen.selection.neuron in mine.neurons
        await press(pilot, settled, "left_square_bracket")
        place = clusters.index(mine)
        previous = [c for c in (*clusters[place + 1 :], *clusters[: place + 1]) if len(c.neurons)][-2:][0]
        expected = previous if len(filled) > 1 else mine
        assert app.run_screen.selection.neuron in expected.neurons
        assert start in mine.neurons


async def test_r_makes_this_epoch_the_reference(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home", "r")
        assert app.run_screen.selection.reference_epoch == 0
        assert app.run_screen.query_one("#clusters", ViewPane).answer.reference_epoch == 0


async def test_u_unwraps_the_map_and_back(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "u")
        assert "unwrapped" in text_of(app, "neuron")
        await press(pilot, settled, "u")
        assert "natural order" in text_of(app, "neuron")


async def test_space_plays_to_the_end_and_stops(app, settled, monkeypatch) -> None:
    monkeypatch.setattr("grok_tui.app.actions.play._SPEEDS", (1, 2, 4, 50))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home", "greater_than_sign", "space")
        for _ in range(200):
            await pilot.pause(0.02)
            if not app.run_screen.play.playing:
                break
        await settled(pilot)
        assert not app.run_screen.play.playing
        assert app.run_screen.selection.epoch == 40


async def test_z_shows_one_pane_alone_and_all_again(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        wide = app.run_screen.query_one("#neuron", ViewPane).size.width
        await press(pilot, settled, "z")
        assert [pane.id for pane in app.run_screen.query(ViewPane) if pane.display] == ["neuron"]
        assert app.run_screen.query_one("#neuron", ViewPane).size.width > 1.5 * wide
        await press(pilot, settled, "z")
        assert len([pane for pane in app.run_screen.query(ViewPane) if pane.display]) == 4


async def test_e_writes_the_focused_view_with_its_provenance(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "e", "enter", "e", "enter")
        app.run_screen.query_one("#clusters").focus()
        await press(pilot, settled, "e", "enter")
    first = tmp_path / "tiny-neuron-0-epoch-000040.txt"
    assert "tiny at epoch 40" in first.read_text()
    assert (tmp_path / "tiny-neuron-0-epoch-000040-1.txt").exists()
    assert "key frequencies 1, 2, 3" in (tmp_path / "tiny-clusters-epoch-000040.txt").read_text()


async def test_shift_e_writes_the_screen_as_svg(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "E", "enter")
    assert "clusters" in (tmp_path / "tiny-overview-epoch-000040.svg").read_text()


async def test_help_is_about_the_focused_pane_and_lists_every_key(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.run_screen.query_one("#clusters").focus()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        shown = app.screen.text
        assert "share = max E_k" in shown
        for key in KEYS:
            assert key.what in shown
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)


async def test_help_has_the_signs_of_the_run(subtracting_run, settled) -> None:
    explorer = Explorer(open_run(subtracting_run), keys=[1, 2, 3])
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "2")
        app.run_screen.query_one("#block").focus()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "cos k(x-y) = cos cos + sin sin" in app.screen.text


async def test_q_quits(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await pilot.pause()
    assert not app.is_running


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
    single = tiny_run / "checkpoints" / "epoch-000040.safetensors"
    explorer = Explorer(open_run(single))
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "right", "left", "home", "end", "down")
        assert app.run_screen.selection.epoch == explorer.epochs[0]
        assert "no losses were recorded" in text_of(app, "losses")


async def test_a_view_that_fails_says_so_and_the_others_live(app, settled, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the spectrum is out")

    monkeypatch.setattr(Explorer, "neuron_spectrum", fail)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "the spectrum is out" in text_of(app, "spectrum")
        assert "rest" in text_of(app, "clusters")
        await press(pilot, settled, "left")
        assert app.run_screen.selection.epoch == 30


async def test_a_run_is_opened_once(explorer, settled) -> None:
    opened: list[OpenRun] = []

    def opening() -> OpenRun:
        opened.append(OpenRun(explorer, initial_selection(explorer)))
        return opened[-1]

    app = GrokApp(opening)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert len(opened) == 1


async def test_a_run_that_cannot_be_opened_ends_the_app_with_the_error() -> None:
    def fail() -> OpenRun:
        raise ValueError("not a run")

    app = GrokApp(fail)
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(100):
            await pilot.pause(0.01)
            if app.failure:
                break
    assert str(app.failure) == "not a run"


async def test_tab_goes_round_the_panes(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        visited = []
        for _ in range(4):
            await pilot.press("tab")
            visited.append(app.focused.id)
        assert visited == ["spectrum", "losses", "clusters", "neuron"]
        await pilot.press("shift+tab")
        assert app.focused.id == "clusters"


async def test_a_damaged_neighbour_keeps_nothing_from_being_measured(tmp_path, tiny_run, settled) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run, run)
    (run / "checkpoints" / "epoch-000030.safetensors").write_bytes(b"cut")
    explorer = Explorer(open_run(run), keys=[1, 2, 3])
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "8")
        for _ in range(500):
            await pilot.pause(0.01)
            if explorer.run_metrics(40).snapshot().complete:
                break
        assert explorer.run_metrics(40).snapshot().epochs == [0, 10, 20, 40]


async def test_a_name_with_another_ending_is_asked_for_again(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("e", "x", "enter")
        await pilot.pause()
        assert "a name ends in .txt" in str(app.screen.query_one("Input").border_title)
        await pilot.press("backspace", "tab", "tab", "enter")
        await pilot.pause()
    assert (tmp_path / "tiny-neuron-0-epoch-000040.csv").read_text().startswith("x,y,value")


async def test_phases_come_to_the_losses_when_the_run_is_measured(settled, explorer, monkeypatch) -> None:
    bands = ((0.0, 10.0, "memorisation"),)
    monkeypatch.setattr("grok_tui.views.losses.phase_bands", lambda history: bands if history.complete else ())
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for _ in range(500):
            await pilot.pause(0.01)
            if pane_of(app, "losses").answer.bands:
                break
        assert pane_of(app, "losses").answer.bands == bands
