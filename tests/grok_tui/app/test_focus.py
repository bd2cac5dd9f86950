"""The focused pane, as painted: exactly one pane is lit, the one that keys act on."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from grok_tui.app.app import GrokApp

SIZE = (120, 40)


def title_strip(app: GrokApp, name: str) -> Strip:
    """The first line of a pane, as it was last painted."""
    return app.run_screen.query_one(f"#{name}").render_line(0)


def lit_panes(app: GrokApp) -> list[str]:
    """The panes whose title is painted as that of the focused pane: a heavy rule, bold."""
    lit = []
    for pane in app.run_screen.grid.panes:
        strip = title_strip(app, pane.id)
        heavy = strip.text.startswith("━")
        bold = all(segment.style is not None and segment.style.bold for segment in strip)
        assert heavy == bold
        if heavy:
            lit.append(pane.id)
    return lit


async def test_at_the_start_the_focused_pane_alone_is_lit(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert lit_panes(app) == ["neuron"] == [app.focused.id]


@pytest.mark.parametrize("key", ["tab", "shift+tab"])
async def test_each_step_lights_the_focused_pane_alone(app, settled, key) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        visited = []
        for _ in range(5):
            await pilot.press(key)
            await pilot.pause()
            assert lit_panes(app) == [app.focused.id]
            visited.append(app.focused.id)
        assert len(set(visited)) == 4


async def test_a_click_lights_the_clicked_pane_alone(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for name in ("clusters", "losses", "spectrum"):
            await click(pilot, name)
            assert lit_panes(app) == [name] == [app.focused.id]


async def test_keys_act_on_the_lit_pane(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("tab", "tab")
        (lit,) = lit_panes(app)
        await pilot.press("z")
        await pilot.pause()
        assert [pane.id for pane in app.run_screen.grid.panes if pane.display] == [lit]


async def test_a_prompt_leaves_the_pane_lit(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("tab", "g")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert lit_panes(app) == ["spectrum"] == [app.focused.id]


async def click(pilot: Pilot[None], name: str) -> None:
    await pilot.click(f"#{name}")
    await pilot.pause()
