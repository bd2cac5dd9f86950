"""The tour in the app: each stop's workspace, pane and selection, leaving and resuming, other tours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.tour_panel import TourPanel
from grok_tui.cli.open_explorer import DEMO
from grok_tui.session.keymap import key_label
from grok_tui.session.saved_session import OpenRun, load_session
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from grok_tui.session.tour_position import TourPosition
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.tour.resolve import resolve
from grok_tui.tour.stops import load_tour
from tests.grok_tui.conftest import has_settled
from tests.grok_tui.driving import SIZE, settle

ON = TourPosition(on=True)
STOPS = load_tour().stops


def app_of(explorer: Explorer, position: TourPosition = ON, **options: Any) -> GrokApp:
    return GrokApp(lambda: OpenRun(explorer, initial_selection(explorer), tour=position), **options)


def panel_of(app: GrokApp) -> TourPanel:
    return app.run_screen.query_one(TourPanel)


async def arrived(pilot: Pilot[None], stop: int) -> None:
    """Wait until a stop shows its sentences, and every pane what it selects."""
    app = pilot.app
    assert isinstance(app, GrokApp)

    def shows() -> bool:
        if not has_settled(app):
            return False
        text = panel_of(app).text
        return text is not None and f"stop {stop} of " in text.heading and bool(text.key)

    await settle(pilot, shows)


def label(action_id: str) -> str:
    return key_label(action_id, {})


async def walk(explorer: Explorer, size: tuple[int, int]) -> None:
    """Go through all stops with the key; each shows what the engine answers of it."""
    app, before = app_of(explorer), initial_selection(explorer)
    async with app.run_test(size=size) as pilot:
        for number, stop in enumerate(STOPS, start=1):
            if number > 1:
                await pilot.press("enter")
            await arrived(pilot, number)
            screen, shown = app.run_screen, panel_of(app).text
            expected = resolve(stop, explorer, before, label)
            assert tuple(shown.sentences) == expected.sentences
            assert {name: getattr(screen.selection, name) for name in expected.selected} == expected.selected
            assert stop.view in screen.grid.workspace.all_views
            assert screen.focused.view.name == stop.view
            assert screen.focused.display
            if expected.complete:
                assert screen.focused.failure is None
                assert f"{expected.selected['epoch']:,}" in screen.focused.title
            assert shown.key == label(expected.key)
            assert panel_of(app).region.height <= size[1] // 2
            before = screen.selection
        await pilot.press("enter")
        assert app.run_screen.tour.position.stop == len(STOPS) - 1


@pytest.fixture(scope="module")
def bundled() -> Explorer:
    explorer = Explorer(open_run(DEMO))
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    return explorer


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_bundled_run_from_start_to_end(bundled, size) -> None:
    await walk(bundled, size)


async def test_a_run_of_p_59_from_start_to_end(real) -> None:
    await walk(Explorer(open_run(real("no_equals_prompt_p59.pt"))), SIZE)


async def test_a_run_that_has_not_grokked_from_start_to_end(tiny_run) -> None:
    await walk(Explorer(open_run(tiny_run)), SIZE)


async def test_on_a_small_screen_the_pane_is_alone_until_the_tour_is_left(explorer) -> None:
    app = app_of(explorer)
    async with app.run_test(size=(80, 24)) as pilot:
        for number in (1, 2, 3):
            await arrived(pilot, number)
            panes = [pane.view.name for pane in app.run_screen.grid.panes if pane.display]
            assert panes == [STOPS[number - 1].view]
            await pilot.press("enter")
        await arrived(pilot, 4)
        await pilot.press("t")
        await settle(pilot, lambda: has_settled(app))
        assert sum(pane.display for pane in app.run_screen.grid.panes) == 4


async def test_escape_leaves_and_the_key_resumes(explorer, settled, messages) -> None:
    app = app_of(explorer, TourPosition())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert not panel_of(app).display
        await pilot.press("t")
        await arrived(pilot, 1)
        await pilot.press("enter", "s")
        await arrived(pilot, 3)
        await pilot.press("escape")
        await settled(pilot)
        assert not panel_of(app).display
        assert messages == ["t resumes the tour at stop 3."]
        await pilot.press("escape")  # as without a tour
        await pilot.press("1", "home", "t")
        await arrived(pilot, 3)
        assert app.run_screen.selection.epoch == 40
        app.save_session()
    assert load_session(explorer.run.location).tour == TourPosition(None, 2)


async def test_all_other_keys_work_during_the_tour(explorer, settled) -> None:
    app = app_of(explorer)
    async with app.run_test(size=SIZE) as pilot:
        await arrived(pilot, 1)
        sentences = panel_of(app).text.sentences
        await pilot.press("left", "right_square_bracket", "5")
        await settled(pilot)
        assert app.run_screen.selection.epoch == 30
        assert app.run_screen.grid.workspace is WORKSPACES[4]
        assert panel_of(app).text.sentences == sentences
        await pilot.press("S")  # the first stop again, with what it selects
        await arrived(pilot, 1)
        assert app.run_screen.selection.epoch == 40
        assert app.run_screen.grid.workspace is WORKSPACES[0]


async def test_a_stop_shows_the_whole_network_alone(explorer, settled) -> None:
    app = app_of(explorer, TourPosition())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("m", "P", "left", "equals_sign", "x")
        await settled(pilot)
        await pilot.press("t")
        await arrived(pilot, 1)
        chosen = app.run_screen.selection
        assert chosen.ablation.nothing
        assert (chosen.pinned_epoch, chosen.difference, chosen.log_x) == (None, False, None)


async def test_keys_are_those_of_the_user(explorer) -> None:
    settings = Settings(keys={"tour.next": "ctrl+n", "epoch.first": "f5", "tour": "f9"})
    app = app_of(explorer, settings=settings)
    async with app.run_test(size=SIZE) as pilot:
        await arrived(pilot, 1)
        assert panel_of(app).text.key == "f5"
        assert panel_of(app).text.keys == "ctrl+n next · S back · escape leave"
        assert "ctrl+n next stop" in app.run_screen.query_one(KeyBar).line(SIZE[0]).plain
        await pilot.press("ctrl+n")
        await arrived(pilot, 2)
        await pilot.press("f9")
        await settle(pilot, lambda: not panel_of(app).display)
        assert "next stop" not in app.run_screen.query_one(KeyBar).line(SIZE[0]).plain


@pytest.fixture
def lesson(tmp_path: Path) -> Callable[[str], str]:
    """Writes a tour of one stop."""

    def write(stop: str) -> str:
        path = tmp_path / "lesson.toml"
        path.write_text(f'title = "Lesson"\n[[stop]]\ntitle = "Heads"\nkey = "head.next"\n{stop}', encoding="utf-8")
        return str(path)

    return write


async def test_a_tour_of_a_teacher(explorer, lesson) -> None:
    file = lesson(
        'view = "attention"\nepoch = 21\nneuron = 5\nsentences = ["Epoch {epoch} of {run}; try {head.next}."]\n'
    )
    app = app_of(explorer, TourPosition(file, 7, on=True))
    async with app.run_test(size=SIZE) as pilot:
        await arrived(pilot, 1)
        assert panel_of(app).text.heading == "Tour, stop 1 of 1: Heads"
        assert tuple(panel_of(app).text.sentences) == (f"Epoch 20 of {explorer.run.name}; try ..",)
        assert panel_of(app).text.hint == "next attention head"
        assert (app.run_screen.selection.epoch, app.run_screen.selection.neuron) == (20, 5)
        assert app.focused.view.name == "attention"


async def test_what_a_stop_names_and_the_run_lacks_is_said(explorer, lesson) -> None:
    app = app_of(explorer, TourPosition(lesson('view = "neuron"\nneuron = 99\nsentences = ["{neuron}"]\n'), on=True))
    async with app.run_test(size=SIZE) as pilot:
        await arrived(pilot, 1)
        assert "has neurons 0 to 11; found 99." in panel_of(app).text.sentences[0]


async def test_an_unexpected_error_is_said_and_logged(explorer, monkeypatch) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("grok_tui.tour.resolve.resolve", fail)
    app = app_of(explorer)
    async with app.run_test(size=SIZE) as pilot:
        await arrived(pilot, 1)
        assert panel_of(app).text.sentences[0].startswith("This could not be computed: out of luck.")
        assert panel_of(app).text.key == "enter"
        assert "out of luck" in next(iter(app.errors))


async def test_a_file_that_is_gone_is_reported(explorer, settled, messages, tmp_path) -> None:
    app = app_of(explorer, TourPosition(str(tmp_path / "gone.toml"), 3))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        assert "gone.toml: No such file or directory" in messages[0]
        assert not panel_of(app).display


async def test_two_compared_runs_have_no_tour(explorer, subtracting_run, settled, messages) -> None:
    second = Explorer(open_run(subtracting_run))
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer), second=second))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("t", "enter")
        await settled(pilot)
        assert messages[0].startswith("The tour is of one run, and two are compared here;")
        assert messages[1] == "No tour is on; t starts it."
