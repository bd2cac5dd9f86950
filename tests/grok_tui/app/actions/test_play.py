"""Playing: every epoch is painted, at the speed, in the direction and as often as asked."""

from __future__ import annotations

import pytest

from grok_tui.app.widgets.view_pane import ViewPane

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


async def play_until(pilot, condition) -> None:
    for _ in range(1000):
        await pilot.pause(0.01)
        if condition():
            return
    raise AssertionError("it did not come to that")


async def test_it_plays_backwards_without_skipping_an_epoch(app, settled, painted) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign", "R", "space")
        await play_until(pilot, lambda: not app.run_screen.play.playing)
        assert painted == [40, 30, 20, 10, 0]


async def test_it_starts_over_where_it_stands_at_the_end(app, settled, painted) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign", "space")
        await play_until(pilot, lambda: not app.run_screen.play.playing)
        assert painted == [40, 0, 10, 20, 30, 40]


async def test_it_goes_round_and_round_until_stopped(app, settled, painted) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("o", "greater_than_sign", "space")
        await play_until(pilot, lambda: len(painted) > 8)
        await pilot.press("space")
        assert not app.run_screen.play.playing
        assert painted[:8] == [40, 0, 10, 20, 30, 40, 0, 10]


async def test_slower_and_faster_stop_at_the_ends(app, settled, monkeypatch, messages) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        said = lambda: messages  # noqa: E731
        await pilot.press("less_than_sign", "less_than_sign", "less_than_sign")
        assert said()[-2:] == ["Plays 1 checkpoint a second."] * 2
        await pilot.press(*["greater_than_sign"] * 6)
        assert said()[-1] == "Plays 16 checkpoints a second."


async def test_over_ssh_the_fastest_is_left_out(app, settled, monkeypatch, messages) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "here 1 there 22")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(*["greater_than_sign"] * 6)
        assert messages[-1] == "Plays 8 checkpoints a second."
