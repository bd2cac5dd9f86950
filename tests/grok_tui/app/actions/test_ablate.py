"""The keys of ablation, in the real app."""

from __future__ import annotations

from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.ablation_selection import NO_ABLATION, Ablation
from grok_tui.views.ablation import VIEW
from tests.grok_tui.driving import SIZE, press, text_of

WORKSPACE = "7"


async def test_keys_ablate_parts_and_restore_them(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, WORKSPACE)
        assert "nothing ablated" in text_of(app, VIEW.name)
        frequency = next(c.frequency for c in app.run_screen.clusters if app.run_screen.selection.neuron in c.neurons)
        for key, out in [
            ("b", Ablation(frozenset({frequency}))),
            ("B", Ablation(frozenset({frequency}), frozenset({0}))),
            ("m", Ablation(frozenset({frequency}), frozenset({0}), direct=True)),
            ("b", Ablation(heads=frozenset({0}), direct=True)),
            ("v", Ablation(heads=frozenset({0}), direct=True, fill="mean")),
            ("v", Ablation(heads=frozenset({0}), direct=True)),
            ("M", Ablation(heads=frozenset({0}), direct=True, preset="key-frequencies")),
            ("backspace", NO_ABLATION),
        ]:
            await press(pilot, settled, key)
            assert app.run_screen.selection.ablation == out


async def test_only_the_ablation_view_shows_the_ablation(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, WORKSPACE)
        before = {name: text_of(app, name) for name in app.run_screen.grid.workspace.views}
        await press(pilot, settled, "B")
        assert "ablated: head 0 (zero ablation)" in text_of(app, VIEW.name)
        found = app.run_screen.query_one(f"#{VIEW.name}", ViewPane).answer.result
        assert f"{found.ablated.scores.loss.all:.2e}" in text_of(app, VIEW.name)
        assert found.ablated.scores.loss.all != found.original.scores.loss.all
        for name in set(before) - {VIEW.name}:
            assert text_of(app, name) == before[name]


async def test_the_overview_marks_the_ablated_cluster(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "b")
        assert " ablated" in text_of(app, "clusters")


async def test_a_toast_names_the_ablation_where_its_view_is_hidden(app, settled, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, "4", "m", "1", "B")
        assert messages == [
            "ablation · ablated: direct path (zero ablation)",
            "ablation · ablated: head 0, direct path (zero ablation)",
        ]
