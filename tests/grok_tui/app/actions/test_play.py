"""Playing paints every epoch: speeds, directions, loops."""

from __future__ import annotations

import pytest

from grok_tui.app.widgets.view_pane import ViewPane
from tests.grok_tui.driving import press, until

SIZE = (120, 40)


@pytest.fixture
def painted(app, monkeypatch) -> list[int]:
    """The epochs that the neuron's pane has shown, in order."""
    epochs: list[int] = []
    show = ViewPane.show

    def noted(pane: ViewPane, answer: object, provenance: object) -> None:
        show(pane, answer, provenance)
        if pane.view.name == "neuron" and (not epochs or epochs[-1] != answer.epoch):
            epochs.append(answer.epoch)

    monkeypatch.setattr(ViewPane, "show", noted)
    monkeypatch.setattr("grok_tui.app.actions.play._SPEEDS", (1, 4, 100))
    return epochs


async def test_it_plays_backwards_without_skipping_an_epoch(app, settled, painted) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign", "R", "space")
        await until(pilot, lambda: not app.run_screen.play.playing)
        assert painted == [40, 30, 20, 10, 0]


async def test_at_the_end_it_starts_over(app, settled, painted) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign", "space")
        await until(pilot, lambda: not app.run_screen.play.playing)
        assert painted == [40, 0, 10, 20, 30, 40]


async def test_a_loop_plays_until_stopped(app, settled, painted) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("o", "greater_than_sign", "space")
        await until(pilot, lambda: len(painted) > 8)
        await pilot.press("space")
        assert not app.run_screen.play.playing
        assert painted[:8] == [40, 0, 10, 20, 30, 40, 0, 10]


async def test_speeds_stop_at_the_slowest_and_fastest(app, settled, monkeypatch, messages) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        said = lambda: messages  # noqa: E731
        await pilot.press("less_than_sign", "less_than_sign", "less_than_sign")
        assert said()[-2:] == ["Plays 1 checkpoint a second."] * 2
        await pilot.press(*["greater_than_sign"] * 6)
        assert said()[-1] == "Plays 16 checkpoints a second."


async def test_over_ssh_the_fastest_speed_is_not_available(app, settled, monkeypatch, messages) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "here 1 there 22")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(*["greater_than_sign"] * 6)
        assert messages[-1] == "Plays 8 checkpoints a second."


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
