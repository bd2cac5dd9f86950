"""Prompts accept what people type, and notifications cover neither them nor the data at the top of a pane."""

from __future__ import annotations

import pytest
from textual.widgets import Input
from textual.widgets._toast import Toast

from grok_tui.app.widgets.file_prompt import FilePrompt
from grok_tui.app.widgets.number_prompt import NumberPrompt
from tests.grok_tui.driving import SIZE, press, until


@pytest.mark.parametrize("separator", ["space", "comma", "plus", "asterisk", "minus", "slash"])
async def test_a_pair_may_have_any_separator(app, settled, separator) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "p", "3", separator, "5", "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (3, 5)


async def test_the_name_of_an_export_is_selected_so_that_typing_replaces_it(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, FilePrompt) and app.screen.query_one(Input).has_focus)
        line = app.screen.query_one(Input)
        assert line.selected_text == line.value != ""
        assert str(tmp_path)[-20:] in str(line.border_subtitle)
        await pilot.press(*"mine", "enter")
        await until(pilot, (tmp_path / "mine.txt").exists)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (220, 60)])
async def test_a_notification_is_above_the_footer_and_leaves_the_top_of_the_panes_free(app, settled, size) -> None:
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await until(pilot, lambda: len(app.screen.query(Toast)) == 1)
        await pilot.pause()
        toast = app.screen.query_one(Toast).region
        assert toast.height == 1
        assert toast.bottom == size[1] - 1
        assert toast.right <= size[0]


async def test_a_notification_does_not_cover_the_prompt(app, settled) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("p", "3", "enter")
        await until(pilot, lambda: len(app.screen.query(Toast)) == 1)
        await pilot.pause()
        assert isinstance(app.screen, NumberPrompt)
        assert not app.screen.query_one(Toast).region.overlaps(app.screen.query_one(Input).region)
