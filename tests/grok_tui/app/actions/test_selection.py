"""Keys that move the selection."""

from __future__ import annotations

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import SIZE, press, text_of


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


async def test_g_selects_the_nearest_epoch_and_n_a_neuron(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "g", "1", "2", "enter")
        assert app.run_screen.selection.epoch == 10
        await press(pilot, settled, "n", "1", "1", "enter")
        assert app.run_screen.selection.neuron == 11
        assert "neuron 11" in app.run_screen.query_one("#neuron", ViewPane).title


async def test_an_unknown_neuron_is_refused_and_escape_cancels_the_prompt(app, settled) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, "n", "9", "9", "enter")
        assert app.run_screen.selection.neuron == 0
        await press(pilot, settled, "g", "5", "escape")
        assert app.run_screen.selection.epoch == 40
        await press(pilot, settled, "g", "enter")
        assert app.run_screen.selection.epoch == 40


async def test_p_selects_a_pair(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "p", "3", "space", "5", "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (3, 5)
        await press(pilot, settled, "p", "3", "space", "7", "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (3, 5)


async def test_heads_and_dimensions_are_cyclic(app, settled) -> None:
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


async def test_neurons_and_clusters_are_cyclic(app, settled, explorer) -> None:
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


async def test_r_makes_the_epoch_the_reference_epoch(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home", "r")
        assert app.run_screen.selection.reference_epoch == 0
        assert app.run_screen.query_one("#clusters", ViewPane).answer.reference_epoch == 0


async def test_u_toggles_the_order_of_tokens(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "u")
        assert "unwrapped" in text_of(app, "neuron")
        await press(pilot, settled, "u")
        assert "natural order" in text_of(app, "neuron")


async def test_u_shows_the_order_of_logarithms_where_there_is_one(multiplying_run, tmp_path, settled) -> None:
    multiplying = Explorer(open_run(multiplying_run), keys=[1, 3])
    app = GrokApp(lambda: OpenRun(multiplying, initial_selection(multiplying)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        notes = []
        for _ in range(4):
            notes.append(text_of(app, "neuron").splitlines()[-1].strip())
            await press(pilot, settled, "u")
    assert notes[0] == notes[3] == "natural order; waves are over logarithms"
    assert notes[1].startswith("unwrapped: tokens in order of ")
    assert notes[1].endswith(" × logarithm mod 6")
    assert notes[2] == "logarithm order"
