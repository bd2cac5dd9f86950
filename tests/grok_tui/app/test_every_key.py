"""Every key of the table, in each spelling, has its effect in the real app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.count_prompt import CountPrompt
from grok_tui.app.widgets.crosshair import Crosshair
from grok_tui.app.widgets.file_prompt import FilePrompt
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.jump_screen import JumpScreen
from grok_tui.app.widgets.number_prompt import NumberPrompt
from grok_tui.session.keymap import KEYS, Key
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.driving import SIZE, press, was_written


@dataclass(frozen=True)
class Does:
    """After the keys of `first`, the key changes what `seen` returns from `before` to `after`."""

    seen: Callable[[GrokApp], Any]
    before: Any
    after: Any
    first: tuple[str, ...] = ()


def selected(field: str) -> Callable[[GrokApp], Any]:
    return lambda app: getattr(app.run_screen.selection, field)


def out(field: str) -> Callable[[GrokApp], Any]:
    return lambda app: getattr(app.run_screen.selection.ablation, field)


def asks_with(prompt: type) -> Callable[[GrokApp], bool]:
    return lambda app: isinstance(app.screen, prompt)


def says(part: str) -> Callable[[GrokApp], bool]:
    """Whether a notification on the screen has these words."""
    return lambda app: any(part in str(toast.render()) for toast in app.screen.query("Toast"))


def place_in_cluster(app: GrokApp) -> int:
    cluster = next(one for one in app.run_screen.clusters if app.run_screen.selection.neuron in one.neurons)
    return int(cluster.neurons.searchsorted(app.run_screen.selection.neuron))


def cluster(app: GrokApp) -> int:
    """Counted among those with neurons."""
    filled = [one for one in app.run_screen.clusters if len(one.neurons)]
    return next(place for place, one in enumerate(filled) if app.run_screen.selection.neuron in one.neurons)


def files(app: GrokApp) -> int:
    return len(list(app.exports.iterdir()))


def panes_on_show(app: GrokApp) -> int:
    return sum(pane.display for pane in app.run_screen.grid.panes)


EFFECTS = {
    "epoch.next": Does(selected("epoch"), 10, 20, ("home", "right")),
    "epoch.previous": Does(selected("epoch"), 40, 30),
    "epoch.next10": Does(selected("epoch"), 0, 40, ("home",)),
    "epoch.previous10": Does(selected("epoch"), 40, 0),
    "epoch.first": Does(selected("epoch"), 40, 0),
    "epoch.last": Does(selected("epoch"), 0, 40, ("home",)),
    "epoch.goto": Does(asks_with(NumberPrompt), False, True),
    "epoch.play": Does(lambda app: app.run_screen.play.playing, False, True, ("o",)),  # in a loop: it does not end
    "play.faster": Does(says("checkpoints a second"), False, True),
    "play.slower": Does(says("checkpoints a second"), False, True),
    "play.backwards": Does(says("backwards"), False, True),
    "play.loop": Does(says("in a loop"), False, True),
    "epoch.reference": Does(selected("reference_epoch"), 40, 30, ("left",)),
    "compare.pin": Does(selected("pinned_epoch"), None, 40),
    "compare.difference": Does(selected("difference"), False, True, ("P", "left")),
    "neuron.next": Does(place_in_cluster, 0, 1, ("right_square_bracket", "left_square_bracket")),
    "neuron.previous": Does(place_in_cluster, 1, 0, ("right_square_bracket", "left_square_bracket", "j")),
    "neuron.goto": Does(asks_with(NumberPrompt), False, True),
    "cluster.next": Does(cluster, 0, 1),
    "cluster.previous": Does(cluster, 1, 0, ("right_square_bracket",)),
    "pair.goto": Does(asks_with(NumberPrompt), False, True),
    "head.next": Does(selected("head"), 0, 1),
    "head.previous": Does(selected("head"), 1, 0, ("full_stop",)),
    "layer.next": Does(says("one MLP layer"), False, True),
    "layer.previous": Does(says("one MLP layer"), False, True),
    "dimension.next": Does(selected("dimension"), 0, 1),
    "dimension.previous": Does(selected("dimension"), 1, 0, ("d",)),
    "axis.x": Does(selected("log_x"), None, True),
    "axis.y": Does(selected("log_y"), None, True),
    "crosshair": Does(asks_with(Crosshair), False, True),
    "map.window": Does(says("have a column of their own"), False, True),
    "map.activation": Does(selected("activation"), None, "pre"),
    "map.unwrap": Does(selected("order"), "natural", "unwrapped"),
    "ablate.cluster": Does(lambda app: len(app.run_screen.selection.ablation.clusters), 0, 1),
    "ablate.head": Does(out("heads"), frozenset(), frozenset({0})),
    "ablate.direct": Does(out("direct"), False, True),
    "ablate.preset": Does(out("preset"), None, "key-frequencies"),
    "ablate.fill": Does(out("fill"), "zero", "mean"),
    "ablate.whole": Does(out("direct"), True, False, ("m",)),
    **{
        f"workspace.{number}": Does(
            lambda app: app.run_screen.grid.workspace.name,
            WORKSPACES[number % len(WORKSPACES)].name,
            one.name,
            (str(number % len(WORKSPACES) + 1),),
        )
        for number, one in enumerate(WORKSPACES, start=1)
    },
    "pane.next": Does(lambda app: app.focused.id, "neuron", "spectrum"),
    "pane.previous": Does(lambda app: app.focused.id, "neuron", "clusters"),
    "jump": Does(asks_with(JumpScreen), False, True),
    "count": Does(asks_with(CountPrompt), False, True),
    "pane.zoom": Does(panes_on_show, 4, 1),
    "export.pane": Does(asks_with(FilePrompt), False, True),
    "export.screen": Does(asks_with(FilePrompt), False, True),
    "export.copy": Does(files, 0, 1),
    "tour": Does(lambda app: app.run_screen.tour.position.on, False, True),
    "tour.next": Does(lambda app: app.run_screen.tour.position.stop, 0, 1, ("t",)),
    "tour.previous": Does(lambda app: app.run_screen.tour.position.stop, 1, 0, ("t", "enter")),
    "palette": Does(asks_with(CommandPalette), False, True),
    "help": Does(asks_with(HelpScreen), False, True),
    "runs.back": Does(says("was not opened from a table"), False, True),
    "redraw": Does(lambda app: was_written(app.run_screen.grid.panes), False, True),
    "suspend": Does(says("cannot be suspended here"), False, True),  # without a terminal
    "quit": Does(lambda app: app.is_running, True, False),
}


def test_every_key_of_the_table_is_tested() -> None:
    assert set(EFFECTS) == {key.id for key in KEYS}


@pytest.mark.parametrize(
    ("key", "pressed"), [(key, one) for key in KEYS for one in key.keys], ids=lambda one: getattr(one, "id", one)
)
async def test_it_does_what_the_table_says(app, settled, key: Key, pressed: str) -> None:
    effect = EFFECTS[key.id]
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, *effect.first)
        assert effect.seen(app) == effect.before
        await pilot.press(pressed)
        await pilot.pause()
        assert effect.seen(app) == effect.after


async def test_tab_moves_the_zoom_to_the_next_pane(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "z")
        for expected in ("spectrum", "losses"):
            await press(pilot, settled, "tab")
            assert [pane.id for pane in app.run_screen.grid.panes if pane.display] == [expected]
            assert app.focused.id == expected
        await press(pilot, settled, "shift+tab", "z")
        assert app.focused.id == "spectrum"
        assert panes_on_show(app) == 4


async def test_a_prompt_for_two_numbers_asks_again_for_the_second(app, settled) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("p", "3", "enter")
        assert says("2 numbers")(app)
        await press(pilot, settled, "space", "5", "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (3, 5)


@pytest.mark.parametrize("typed", ["2 4", "2,4", "2+4", "2, 4"])
async def test_a_pair_is_typed_with_a_blank_a_comma_or_a_sign(app, settled, typed) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("p")
        await pilot.pause()
        app.screen.query_one(Input).value = typed
        await press(pilot, settled, "enter")
        assert (app.run_screen.selection.x, app.run_screen.selection.y) == (2, 4)


@pytest.mark.parametrize("key", ["g", "n", "p"])
async def test_title_and_placeholder_of_a_prompt_differ(app, settled, key) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await pilot.pause()
        line = app.screen.query_one(Input)
        assert line.placeholder
        assert line.placeholder not in str(line.border_title)
