"""The header: the tab line of the workspaces, or the workspace in the status line where there is no room."""

from __future__ import annotations

import os
import shutil
from time import time

import pytest

from engine import Explorer, open_run
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import record_training
from engine.runs.training_lock import training_lock
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.workspace_tabs import WorkspaceTabs, place_text
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.driving import SIZE, press, until


def tabs(app) -> WorkspaceTabs:
    return app.run_screen.query_one(WorkspaceTabs)


def lit(app) -> str:
    """The text that is lit in the tab line."""
    line = tabs(app).render_line(0)
    return "".join(segment.text for segment in line if segment.style is not None and segment.style.reverse)


def status(app) -> str:
    return str(app.run_screen.query_one(StatusLine).render())


async def test_the_tab_line_names_the_workspaces_with_their_keys(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        line = tabs(app).render_line(0).text
        for number, workspace in enumerate(WORKSPACES, start=1):
            assert f" {number} {workspace.name} " in line
        assert lit(app).strip() == "1 overview"
        assert "overview" not in status(app)
        await press(pilot, settled, "8")
        assert lit(app).strip() == "8 progress"


@pytest.mark.parametrize("number", range(1, len(WORKSPACES) + 1))
async def test_a_click_on_a_tab_shows_its_workspace(app, settled, number: int) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        column = tabs(app).render_line(0).text.index(f" {number} ") + 2
        await pilot.click(WorkspaceTabs, offset=(column, 0))
        await settled(pilot)
        assert app.run_screen.grid.workspace is WORKSPACES[number - 1]
        assert lit(app).split() == [str(number), WORKSPACES[number - 1].name]


@pytest.mark.parametrize("size", [(80, 24), (100, 40), (160, 24)])
async def test_without_room_the_status_line_begins_with_the_workspace(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert not tabs(app).display
        assert app.run_screen.grid.region.y == 1
        assert status(app).startswith(" 1/9 overview · ")
        await press(pilot, settled, "9")
        assert status(app).startswith(" 9/9 emergence · ")
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert tabs(app).display
        assert "emergence" not in status(app)


async def test_a_step_does_not_paint_the_tab_line(app, settled, monkeypatch) -> None:
    painted = []
    render_line = WorkspaceTabs.render_line

    def noted(widget: WorkspaceTabs, y: int) -> object:
        painted.append(y)
        return render_line(widget, y)

    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.pause(0.1)
        monkeypatch.setattr(WorkspaceTabs, "render_line", noted)
        await press(pilot, settled, "left", "down")
        await pilot.pause(0.1)
        assert painted == []
        await press(pilot, settled, "2")
        await pilot.pause(0.1)
        assert painted


async def test_the_tabs_show_the_keys_of_the_user(explorer, settled) -> None:
    opened = OpenRun(explorer, initial_selection(explorer))
    app = GrokApp(lambda: opened, settings=Settings(keys={"workspace.2": "f2"}))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert " f2 neurons " in tabs(app).render_line(0).text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_ablated_is_shown_in_every_workspace(app, settled, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, settled, "B")
        for key in "123456789":
            await press(pilot, settled, key)
            assert status(app).endswith("ablated: head 0")
            assert "epoch 40 (5 of 5)" in status(app)
        await press(pilot, settled, "m")
        assert status(app).endswith("ablated: head 0, direct path")
        await press(pilot, settled, "backspace")
        assert "ablated" not in status(app)


async def test_on_a_narrow_screen_the_list_of_the_ablated_ends_in_an_ellipsis(app, settled) -> None:
    async with app.run_test(size=(40, 24)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "B", "full_stop", "B", "m")
        assert status(app).endswith("ablated: head 0, …")
        assert len(status(app)) <= 40


async def test_the_list_of_the_ablated_is_shortened_before_the_epoch_is_dropped(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "B", "full_stop", "B", "m", "M")
        assert "epoch 40 (5 of 5)" in status(app)
        assert status(app).endswith(", …")
        assert len(status(app)) < 80


async def test_while_the_run_plays_the_header_shows_the_speed_and_the_footer_the_key_that_pauses(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        footer = app.run_screen.query_one(KeyBar)
        assert "pause" not in footer.line(80).plain
        await pilot.press("o", "less_than_sign", "space")
        assert status(app).endswith("▶ 2/s")
        assert "space pause" in footer.line(80).plain
        await pilot.press("R", "less_than_sign")
        assert status(app).endswith("◀ 1/s")
        await pilot.press("space")
        assert "/s" not in status(app)
        assert "pause" not in footer.line(400).plain
        assert "space play" in footer.line(400).plain


async def test_a_training_is_shown_until_it_has_ended(tiny_run, tmp_path, settled) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    record_training(run, {"epochs": 1350})
    saved_at = time()
    os.utime(run / "losses.csv", (saved_at, saved_at))
    explorer = Explorer(open_run(run), keys=[1, 2, 3])
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "1,350" not in status(app)
        with training_lock(run):
            await until(pilot, lambda: status(app).endswith("training 40 of 1,350"))
            append_losses(run, [(90, 1.0, None)])
            os.utime(run / "losses.csv", (saved_at + 5, saved_at + 5))
            await until(pilot, lambda: status(app).endswith("training 90 of 1,350 · 10/s · 2 min left"))
        await until(pilot, lambda: status(app).endswith("stopped"))


def test_the_place_of_a_workspace() -> None:
    assert place_text(WORKSPACES[8]) == "9/9 emergence"


async def test_the_tabs_come_and_go_when_only_the_height_changes(app, settled) -> None:
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        assert not tabs(app).display
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: tabs(app).display)
        await pilot.resize_terminal(120, 24)
        await until(pilot, lambda: not tabs(app).display)


async def test_both_epochs_stay_where_the_line_is_narrow(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        line = app.run_screen.query_one(StatusLine)
        line.show("9/9 x · A one · epoch 2,000 (21 of 21) against B two, epoch 1,900 · key frequencies 3, 8, 14")
        assert status(app).strip() == "9/9 x · A one · epoch 2,000 (21 of 21) against B two, epoch 1,900"
        line.show("7/9 interventions · A seed=0 · epoch 2,000 (21 of 21) against B seed=1, epoch 1,900")
        assert status(app).strip() == "7/9 interventions · A seed=0 · epoch 2,000 against B seed=1, epoch 1,900"
