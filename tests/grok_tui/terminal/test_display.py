"""The palette of the drawings follows the settings, the theme and the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from grok_tui.terminal.display import (
    configure_textual,
    display_markers,
    display_palette,
    limit_colours,
    output_markers,
)
from tests.grok_tui.driving import press
from tests.grok_tui.pseudo_terminal import Terminal
from tests.grok_tui.screen_text import screen_text


@pytest.fixture(autouse=True)
def _colour_terminal(monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_drawings_follow_the_theme_unless_the_palette_is_set() -> None:
    assert display_palette(Settings(), True, "truecolor").dark
    assert not display_palette(Settings(), False, "truecolor").dark
    assert not display_palette(Settings(palette="light"), True, "truecolor").dark


@pytest.mark.parametrize(
    ("settings", "detected", "colours"),
    [
        (Settings(), "truecolor", "truecolor"),
        (Settings(), "256", "256"),
        (Settings(), "standard", "16"),
        (Settings(colours="256"), "truecolor", "256"),
        (Settings(colours="none"), "truecolor", "none"),
        (Settings(compact=True), "truecolor", "16"),
    ],
)
def test_colours_are_those_of_the_terminal_unless_set(settings, detected, colours) -> None:
    assert display_palette(settings, True, detected).colours == colours


@pytest.mark.parametrize(
    ("settings", "terminal", "encoding", "markers"),
    [
        (Settings(), "xterm-256color", "UTF-8", "braille"),
        (Settings(), "linux", "utf8", "half"),
        (Settings(), "xterm-256color", "ANSI_X3.4-1968", "ascii"),
        (Settings(markers="quadrant"), "linux", "UTF-8", "quadrant"),
        (Settings(markers="quadrant"), "xterm", "latin-1", "ascii"),
        (Settings(markers="half", ascii=True), "xterm", "UTF-8", "ascii"),
    ],
)
def test_markers_are_the_finest_that_the_terminal_shows(settings, terminal, encoding, markers) -> None:
    assert display_markers(settings, {"TERM": terminal}, encoding) == markers
    assert display_palette(evolve(settings, markers=markers), True, "truecolor").markers == markers


def test_a_terminal_without_colours_gets_none_unless_the_settings_say_how_many() -> None:
    assert limit_colours(Settings(), False).colours == "none"
    assert limit_colours(Settings(), None) == Settings()
    assert limit_colours(Settings(), True) == Settings()
    assert limit_colours(Settings(colours="16"), False).colours == "16"


def test_a_file_does_not_depend_on_the_terminal(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert output_markers(Settings(), Path("figure.svg")) == "braille"
    assert output_markers(Settings(ascii=True), Path("figure.svg")) == "ascii"
    assert output_markers(Settings(), None) != "braille"


def test_no_color_means_no_colours(monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert display_palette(Settings(), True, "truecolor").colours == "none"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), {}),
        (Settings(colours="256"), {"TEXTUAL_COLOR_SYSTEM": "256"}),
        (Settings(compact=True), {"TEXTUAL_COLOR_SYSTEM": "standard"}),
        (Settings(colours="none", compact=True), {"NO_COLOR": "1"}),
    ],
)
def test_textual_is_limited_to_the_colours_of_the_settings(settings, expected) -> None:
    environment = {"TEXTUAL_FPS": "30"}
    configure_textual(settings, environment)
    assert environment == {"TEXTUAL_FPS": "30"} | expected  # an explicit variable stays


@pytest.mark.parametrize("settings", [Settings(ascii=True), Settings(compact=True), Settings(colours="none")])
async def test_the_panes_use_the_palette(explorer, settled, settings) -> None:
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), settings=settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for pane in app.run_screen.grid.panes:
            lines = [pane.render_line(y) for y in range(pane.size.height)]
            if settings.ascii:
                assert all(line.text.isascii() for line in lines), pane.id
            if settings.colours == "none":
                assert all(segment.style is None or segment.style.color is None for line in lines for segment in line)


@pytest.mark.parametrize("keys", [["g"], ["e"], ["E"], ["P"], ["c"], ["ctrl+p"], ["question_mark"]], ids=" ".join)
async def test_the_whole_screen_is_ascii(explorer, settled, keys) -> None:
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), settings=Settings(ascii=True))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause(0.3)
        text = screen_text(app)
        assert len(text.split()) > 50
        assert text.isascii()


async def test_a_screen_of_scrolled_panes_is_ascii(explorer, settled) -> None:
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), settings=Settings(ascii=True))
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        assert app.run_screen.grid.max_scroll_y > 0
        assert "== neuron 0" in screen_text(app)  # the pane with the focus
        assert screen_text(app).isascii()
        await press(pilot, settled, "tab", "tab")
        assert "== losses" in screen_text(app)
        assert screen_text(app).isascii()


async def test_a_light_theme_recolours_the_panes_immediately(app, settled) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        before = [segment.style for segment in app.run_screen.grid.panes[0].render_line(3)]
        app.theme = "textual-light"
        await pilot.pause()
        assert not app.palette().dark
        assert [segment.style for segment in app.run_screen.grid.panes[0].render_line(3)] != before


def test_a_theme_does_not_add_colours(tiny_run) -> None:
    terminal = Terminal(str(tiny_run), "--theme", "nord", "--colours", "16", OMP_NUM_THREADS="1", COLORTERM="truecolor")
    terminal.read_until(b"of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    assert b"8;2;" not in terminal.seen
