"""Which graphics are used: as the terminal has answered, and as set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.session.settings import Settings
from grok_tui.terminal.display import choose_graphics
from grok_tui.terminal.kitty_images import KittyImages
from grok_tui.terminal.replies import Features
from grok_tui.terminal.sixel_images import SixelImages
from grok_tui.terminal.terminal_images import TerminalGraphics, terminal_images

KITTY = Features(kitty=True, name="kitty(0.35.2)")
SIXEL = Features(sixel=True, cell_pixels=(9, 18))
TMUX = {"TMUX": "/tmp/tmux,1,0"}


@pytest.mark.parametrize(
    ("settings", "features", "environment", "graphics"),
    [
        (Settings(), KITTY, {}, "kitty"),
        (Settings(), Features(name="kitty(0.35.2)"), {}, "none"),
        (Settings(), Features(kitty=True, name="Konsole 23.08"), {}, "none"),
        (Settings(graphics="kitty"), Features(), {}, "kitty"),
        (Settings(graphics="none"), KITTY, {}, "none"),
        (Settings(graphics="kitty", ascii=True), KITTY, {}, "none"),
        (Settings(colours="16"), KITTY, {}, "none"),
        (Settings(compact=True), KITTY, {}, "none"),
        (Settings(), KITTY, {"NO_COLOR": "1"}, "none"),
        (Settings(), SIXEL, {}, "sixel"),
        (Settings(), replace(SIXEL, kitty=True, name="WezTerm 20240203"), {}, "sixel"),
        (Settings(), replace(KITTY, sixel=True, cell_pixels=(9, 18)), {}, "kitty"),
        (Settings(graphics="sixel"), replace(KITTY, cell_pixels=(9, 18)), {}, "sixel"),
        (Settings(), Features(sixel=True), {}, "none"),
        (Settings(graphics="sixel"), Features(sixel=True), {}, "none"),
        (Settings(), Features(cell_pixels=(9, 18)), {}, "none"),
        (Settings(graphics="none"), SIXEL, {}, "none"),
        (Settings(), SIXEL, TMUX, "none"),
        (Settings(graphics="sixel"), SIXEL, TMUX, "sixel"),
        (Settings(), SIXEL, {"STY": "1.pts"}, "none"),
        (Settings(graphics="sixel", ascii=True), SIXEL, {}, "none"),
        (Settings(colours="16"), SIXEL, {}, "none"),
    ],
)
def test_graphics_follow_the_answer_and_the_settings(
    settings: Settings,
    features: Features,
    environment: dict[str, str],
    graphics: TerminalGraphics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.__stdout__", None)  # of which the encoding is taken
    assert choose_graphics(settings, features, environment) == graphics
    images = terminal_images(graphics, lambda _: None, {})
    assert type(images) is {"kitty": KittyImages, "sixel": SixelImages, "none": type(None)}[graphics]
