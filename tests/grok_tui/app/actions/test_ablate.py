"""The ablation bench by its keys, in the real app."""

from __future__ import annotations

from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.ablation_selection import WHOLE, Ablation
from grok_tui.views.ablation import VIEW
from tests.grok_tui.driving import SIZE, press, text_of

WORKSPACE = "7"


async def test_keys_knock_parts_out_and_bring_them_back(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, WORKSPACE)
        assert "the whole model" in text_of(app, VIEW.name)
        frequency = next(c.frequency for c in app.clusters if app.selection.neuron in c.neurons)
        for key, out in [
            ("b", Ablation(frozenset({frequency}))),
            ("B", Ablation(frozenset({frequency}), frozenset({0}))),
            ("m", Ablation(frozenset({frequency}), frozenset({0}), direct=True)),
            ("b", Ablation(heads=frozenset({0}), direct=True)),
            ("v", Ablation(heads=frozenset({0}), direct=True, fill="mean")),
            ("v", Ablation(heads=frozenset({0}), direct=True)),
            ("M", Ablation(heads=frozenset({0}), direct=True, preset="key-frequencies")),
            ("backspace", WHOLE),
        ]:
            await press(pilot, settled, key)
            assert app.selection.ablation == out


async def test_the_bench_follows_and_the_other_views_do_not(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, WORKSPACE)
        before = {name: text_of(app, name) for name in app.workspace.views}
        await press(pilot, settled, "B")
        assert "out: head 0 (zero in place)" in text_of(app, VIEW.name)
        found = app.query_one(f"#{VIEW.name}", ViewPane).answer.found
        assert f"{found.ablated.scores.loss.all:.2e}" in text_of(app, VIEW.name)
        assert found.ablated.scores.loss.all != found.original.scores.loss.all
        for name in set(before) - {VIEW.name}:
            assert text_of(app, name) == before[name]


async def test_the_overview_marks_the_cluster(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "b")
        assert " out" in text_of(app, "clusters")


async def test_where_the_bench_is_not_on_show_a_word_says_what_is_out(app, settled) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, "4", "m", "1", "B")
        assert [one.message for one in app._notifications] == [
            "ablation · out: direct path (zero in place)",
            "ablation · out: head 0, direct path (zero in place)",
        ]
