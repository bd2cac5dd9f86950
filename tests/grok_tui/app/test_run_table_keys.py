"""Every key of the table of runs does what the key table says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from textual.command import CommandPalette

from grok_tui.app.run_table_app import RunTableApp
from grok_tui.app.widgets.count_prompt import CountPrompt
from grok_tui.app.widgets.file_prompt import FilePrompt
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.jump_screen import JumpScreen
from grok_tui.app.widgets.text_prompt import TextPrompt
from grok_tui.session.keymap import SCREENS, Key
from tests.grok_tui.app.table_driving import app_of, press, running, says
from tests.grok_tui.driving import was_written
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_sweep

ROWS = made_sweep(2)


@dataclass(frozen=True)
class Does:
    """After the keys of `first`, the key changes what `seen` returns from `before` to `after`."""

    seen: Callable[[RunTableApp], Any]
    before: Any
    after: Any
    first: tuple[str, ...] = ()


def cursor(app: RunTableApp) -> int | None:
    return app.table.runs.cursor


def asks_with(prompt: type) -> Callable[[RunTableApp], bool]:
    return lambda app: isinstance(app.screen, prompt)


def selected(name: str) -> Callable[[RunTableApp], Any]:
    return lambda app: getattr(app.table.selection, name)


def chosen(name: str) -> Callable[[RunTableApp], Any]:
    return lambda app: getattr(app.table.selection.figure, name)


def figure(app: RunTableApp) -> str:
    return app.table.grid.figure_names[0]


EFFECTS = {
    "runs.next": Does(cursor, 0, 1),
    "runs.previous": Does(cursor, 2, 1, ("j", "j")),
    "runs.next10": Does(cursor, 0, 10),
    "runs.previous10": Does(cursor, 23, 13, ("G",)),
    "runs.first": Does(cursor, 23, 0, ("G",)),
    "runs.last": Does(cursor, 0, 23),
    "runs.open": Does(lambda app: app.next_run, None, ROWS[0].path),
    "runs.mark": Does(lambda app: len(app.table.selection.marks), 0, 1),
    "runs.unmark": Does(lambda app: len(app.table.selection.marks), 2, 0, ("space", "j", "space")),
    "runs.compare": Does(lambda app: app.second, None, ROWS[2].path, ("space", "j", "j", "space")),
    "runs.sort": Does(asks_with(TextPrompt), False, True),
    "runs.reverse": Does(selected("order"), "name", "-name"),
    "runs.filter": Does(asks_with(TextPrompt), False, True),
    "runs.group": Does(asks_with(TextPrompt), False, True),
    "figure.1": Does(figure, "groups", "curves", ("4",)),
    "figure.2": Does(figure, "curves", "phase-diagram"),
    "figure.3": Does(figure, "curves", "histogram"),
    "figure.4": Does(figure, "curves", "groups"),
    "figure.metric": Does(chosen("metric"), "grokked", "share_grokked"),
    "figure.metric_back": Does(chosen("metric"), "grokked", "test_accuracy"),
    "figure.x": Does(chosen("x"), "weight_decay", "seed", ("x", "x")),
    "figure.y": Does(chosen("y"), "none", "seed", ("y",)),
    "figure.align": Does(chosen("alignment"), "epoch", "grokked"),
    "figure.centre": Does(chosen("middle"), "median", "mean"),
    "figure.curve": Does(chosen("part"), "test", "train"),
    "figure.log": Does(chosen("log_x"), False, True),
    "pane.next": Does(lambda app: app.focused.id, "runs", "figure-0"),
    "pane.previous": Does(lambda app: app.focused.id, "figure-0", "runs", ("tab",)),
    "jump": Does(asks_with(JumpScreen), False, True),
    "count": Does(asks_with(CountPrompt), False, True),
    "pane.zoom": Does(lambda app: sum(pane.display for pane in app.table.grid.panes), 2, 1),
    "export.pane": Does(asks_with(FilePrompt), False, True),
    "export.screen": Does(asks_with(FilePrompt), False, True),
    "export.copy": Does(lambda app: len(list(app.exports.iterdir())), 0, 1),
    "palette": Does(asks_with(CommandPalette), False, True),
    "help": Does(asks_with(HelpScreen), False, True),
    "redraw": Does(lambda app: was_written(app.table.grid.panes), False, True),
    "suspend": Does(says("cannot be suspended here"), False, True),
    "quit": Does(lambda app: app.is_running, True, False),
}


def test_every_key_of_the_table_is_tested() -> None:
    assert set(EFFECTS) == {key.id for key in SCREENS[1]}


@pytest.mark.parametrize(
    ("key", "pressed"), [(key, one) for key in SCREENS[1] for one in key.keys], ids=lambda one: getattr(one, "id", one)
)
async def test_it_does_what_the_table_says(key: Key, pressed: str, tmp_path) -> None:
    effect = EFFECTS[key.id]
    async with running(MadeSource.of(ROWS), exports=tmp_path) as pilot:
        await press(pilot, *effect.first)
        assert effect.seen(app_of(pilot)) == effect.before
        await pilot.press(pressed)
        await pilot.pause()
        assert effect.seen(app_of(pilot)) == effect.after
