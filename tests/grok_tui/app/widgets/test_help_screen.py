"""The help of every pane: what it says, that it is true to the code, and where it stands on the screen."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from engine import Explorer
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.render.palette import ASCII, DARK, Palette
from grok_tui.session.keymap import KEYS, configured_keys
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS
from grok_tui.views.view import ABLATION_KEYS, DIMENSION_KEYS, HEAD_KEYS, NEURON_KEYS

_LONGEST = 1000  # characters of a part
_BY_FIELD = {  # of the selection: the keys that change it
    "neuron": NEURON_KEYS,
    "head": HEAD_KEYS,
    "dimension": DIMENSION_KEYS,
    "x": ("pair.goto",),
    "y": ("pair.goto",),
    "order": ("map.unwrap",),
    "log_x": ("axis.x",),
    "log_y": ("axis.y",),
    "ablation": ABLATION_KEYS,
    "reference_epoch": ("epoch.reference",),
}


def help_of(name: str, palette: Palette = DARK, own_keys: dict[str, str] | None = None) -> HelpScreen:
    return HelpScreen(VIEWS[name], configured_keys(own_keys or {}), "add", palette)


def parts_of(name: str) -> tuple[str, str, str]:
    about = VIEWS[name].about
    return about.shows, about.definition, about.reading


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_has_three_parts_of_a_length_to_be_read(name: str) -> None:
    for part in parts_of(name):
        assert 50 < len(part) < _LONGEST
        assert part == part.rstrip()
        assert part.endswith((".", ")")) or part.rpartition("\n")[2].startswith("  ")


@pytest.mark.parametrize("name", VIEWS)
def test_its_first_sentence_says_it_in_the_palette_of_commands(name: str) -> None:
    first = VIEWS[name].about.shows.partition(". ")[0]
    assert len(first) <= 130
    assert not re.search(r"[±∓{\n]", first)  # nothing that only the help puts in


@pytest.mark.parametrize("name", VIEWS)
def test_the_keys_it_names_are_in_the_key_table(name: str) -> None:
    ids = {key.id for key in KEYS}
    assert set(VIEWS[name].keys) <= ids
    assert len(set(VIEWS[name].keys)) == len(VIEWS[name].keys)
    for part in parts_of(name):
        assert set(re.findall(r"\{([a-z]+(?:\.[a-z0-9]+)?)\}", part)) <= ids


@pytest.mark.parametrize("name", VIEWS)
def test_its_keys_are_those_that_change_what_it_asks_for(name: str, measured: Explorer) -> None:
    used: set[str] = set()

    class Watched(Selection):
        def __getattribute__(self, field: str):
            used.add(field)
            return super().__getattribute__(field)

    start = initial_selection(measured, neuron=3)
    watched = Watched(**{field.name: getattr(start, field.name) for field in fields(Selection)})
    used.clear()
    answer = VIEWS[name].query(measured, watched)
    for field, keys in _BY_FIELD.items():
        assert (field in used) == bool(set(keys) & set(VIEWS[name].keys)), field
    drawing = VIEWS[name].draw(answer, 118, 38, DARK)
    assert bool(drawing.areas) == ("crosshair" in VIEWS[name].keys)


@pytest.mark.parametrize("name", VIEWS)
def test_the_help_has_the_view_and_its_place_its_parts_and_all_keys(name: str) -> None:
    shown = help_of(name)
    home = next(workspace.name for workspace in WORKSPACES if name in workspace.all_views)
    assert re.match(rf"{name} · workspace {home}, key \d\n", shown.text)
    assert [heading for heading, _ in shown.parts] == ["shows", "definition", "reading"]
    assert [heading for heading, _ in shown.keys] == ["keys of this pane", *dict.fromkeys(key.category for key in KEYS)]
    for _, part in shown.parts:
        assert part in shown.text
        assert "{" not in re.sub(r"\{0, (2k-1, 2k|p-1)\}", "", part)
    own, *categories = (rows for _, rows in shown.keys)
    assert len(own) == len(VIEWS[name].keys)
    assert [what for rows in categories for _, what in rows] == [key.what for key in KEYS]


@pytest.mark.parametrize("name", VIEWS)
def test_in_ascii_every_sign_has_a_like(name: str) -> None:
    said = help_of(name, ASCII).text
    assert said.isascii()
    assert said.count("?") == help_of(name).text.count("?")  # what has no like would be a `?`


def test_where_no_run_is_open_yet_both_signs_are_given() -> None:
    assert "cos k(x±y)" in HelpScreen(VIEWS["block"], KEYS, None, DARK).text
    assert "cos k(x+-y)" in HelpScreen(VIEWS["block"], KEYS, None, ASCII).text


def test_it_names_the_persons_own_keys() -> None:
    shown = help_of("neuron", own_keys={"map.unwrap": "ctrl+u", "workspace.1": "f1"})
    assert shown.heading == "neuron · workspace overview, key f1"
    assert "Press ctrl+u" in shown.text
    own_keys = dict(shown.keys[0][1])
    assert own_keys["ctrl+u"].startswith("order of a map's tokens: natural, unwrapped (a wave is one cycle)")


async def opened(pilot, settled, name: str) -> HelpScreen:
    """The help of that pane of the workspace on show."""
    await settled(pilot)
    pilot.app.run_screen.query_one(f"#{name}").focus()
    await pilot.press("question_mark")
    await pilot.pause()
    assert isinstance(pilot.app.screen, HelpScreen)
    return pilot.app.screen


async def test_on_a_small_screen_it_stands_in_the_middle_and_escape_closes_it(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        body = (await opened(pilot, settled, "neuron")).query_one("VerticalScroll").region
        assert abs(body.x - (80 - body.right)) <= 1
        assert body.width >= 70
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)


@pytest.mark.parametrize(("name", "is_right"), [("losses", True), ("clusters", False), ("spectrum", False)])
async def test_on_a_wide_screen_it_leaves_the_pane_in_sight(app, settled, name: str, is_right: bool) -> None:
    async with app.run_test(size=(220, 60)) as pilot:
        body = (await opened(pilot, settled, name)).query_one("VerticalScroll").region
        assert (body.x >= 110, body.right <= 110) == (is_right, not is_right)
        assert not body.overlaps(app.run_screen.query_one(f"#{name}").region)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)


async def test_it_moves_aside_when_the_screen_becomes_wide(app, settled) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        body = (await opened(pilot, settled, "clusters")).query_one("VerticalScroll")
        assert body.region.x > 0
        await pilot.resize_terminal(220, 60)
        await pilot.pause(0.2)
        assert body.region.right <= 110


async def test_beside_a_pane_that_stands_alone_it_is_on_the_right(app, settled) -> None:
    async with app.run_test(size=(220, 60)) as pilot:
        await settled(pilot)
        await pilot.press("z")
        assert (await opened(pilot, settled, "neuron")).query_one("VerticalScroll").region.x >= 110


async def test_it_scrolls_by_lines_pages_and_to_the_ends(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        body = (await opened(pilot, settled, "clusters")).query_one("VerticalScroll")
        seen = []
        for key in ("j", "down", "k", "up", "space", "pagedown", "pageup", "G", "g", "end", "home"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(int(body.scroll_y))
        page = seen[4]
        assert seen[:4] == [1, 2, 1, 0]
        assert 10 < page < 24
        assert seen[5:7] == [2 * page, page]
        assert seen[7:] == [body.max_scroll_y, 0, body.max_scroll_y, 0]


async def test_a_persons_own_key_opens_it_and_closes_it(explorer, settled) -> None:
    selection = initial_selection(explorer)
    app = GrokApp(lambda: OpenRun(explorer, selection), settings=Settings(keys={"help": "f1"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("f1")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)
