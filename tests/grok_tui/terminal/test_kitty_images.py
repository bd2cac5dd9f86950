"""Kitty images in the terminal: what is sent when, and to whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_image import MapImage
from grok_tui.render.palette import DARK
from grok_tui.terminal.image_numbers import FIRST_ID, LAST_ID
from grok_tui.terminal.kitty_graphics import MARKS, shows_placeholders, through_tmux
from grok_tui.terminal.kitty_images import KittyImages
from grok_tui.terminal.terminal_images import terminal_images
from tests.grok_tui.kitty_screen import KittyScreen


def image(seed: int, width: int = 60, height: int = 20) -> MapImage:
    values = np.random.default_rng(seed).random((113, 113))
    (area,) = heatmap(values, width, height, replace(DARK, cell_pixels=(9, 18))).areas
    assert area.image is not None
    return area.image


class Sent:
    """Images of a terminal that remembers what it was sent."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.images = KittyImages(self.pieces.append)
        self.images.resize(80, 24)

    def screen(self) -> KittyScreen:
        screen = KittyScreen(80)
        screen.write("".join(self.pieces).encode())
        return screen


def test_an_image_is_sent_again_only_when_it_has_changed() -> None:
    sent = Sent()
    number = sent.images.numbers.take()
    assert number is not None
    sent.images.show(number, image(1))
    before = len(sent.pieces)
    sent.images.show(number, image(1))
    assert len(sent.pieces) == before
    sent.images.show(number, image(2))
    assert len(sent.pieces) > before
    shown = sent.screen()
    assert set(shown.images) == {number}
    assert shown.places[number] == (image(2).columns, image(2).rows)
    expected = np.array([*image(2).colours, ""])[image(2).pixels]
    assert (shown.images[number].pixels == expected).all()


def test_an_image_of_another_size_replaces_the_old_one() -> None:
    sent = Sent()
    number = sent.images.numbers.take() or 0
    for made in (image(1), image(1, 50, 15)):
        sent.images.show(number, made)
        assert sent.screen().places[number] == (made.columns, made.rows)


def test_released_and_cleared_images_leave_the_terminal() -> None:
    sent = Sent()
    first, second = (sent.images.numbers.take() or 0 for _ in range(2))
    sent.images.show(first, image(1))
    sent.images.show(second, image(2))
    sent.images.release(first)
    assert set(sent.screen().images) == {second}
    sent.images.clear()
    assert sent.screen().images == {}
    sent.images.show(second, image(2))
    assert set(sent.screen().images) == {second}


def test_numbers_are_used_once_at_a_time() -> None:
    sent = Sent()
    count = LAST_ID - FIRST_ID + 1
    assert {sent.images.numbers.take() for _ in range(count)} == set(range(FIRST_ID, LAST_ID + 1))
    assert sent.images.numbers.take() is None
    sent.images.release(FIRST_ID + 3)
    assert sent.images.numbers.take() == FIRST_ID + 3


def test_an_image_with_more_cells_than_marks_does_not_fit() -> None:
    sent = Sent()
    assert sent.images.numbers.fits(image(1))
    assert not sent.images.numbers.fits(replace(image(1), columns=len(MARKS) + 1))


def test_in_tmux_every_sequence_is_wrapped() -> None:
    pieces: list[str] = []
    images = terminal_images("kitty", pieces.append, {"TMUX": "/tmp/tmux,1,0"})
    assert images is not None
    images.resize(80, 24)
    images.show(20, image(1))
    plain = Sent()
    plain.images.show(20, image(1))
    assert pieces == [through_tmux(piece) for piece in plain.pieces]
    assert all(piece.startswith("\x1bPtmux;\x1b\x1b_G") and piece.endswith("\x1b\x1b\\\x1b\\") for piece in pieces)


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("kitty(0.35.2)", True),
        ("kitty(0.27.1)", False),
        ("kitty(1.0.0)", True),
        ("ghostty 1.1.0", True),
        ("WezTerm 20240203", False),
        ("Konsole 23.08", False),
        ("", False),
    ],
)
def test_terminals_that_show_placeholders(name: str, shows: bool) -> None:
    assert shows_placeholders(name) == shows


@pytest.mark.parametrize("screen", [(80, 24), (120, 40), (220, 60)])
def test_all_images_of_a_screen_together_stay_within_the_bytes(screen: tuple[int, int]) -> None:
    """Noise is the densest map that there can be."""
    sent = Sent()
    sent.images.resize(*screen)
    numbers = [sent.images.numbers.take() or 0 for _ in range(4)]
    for seed in range(8):
        if seed == 4:
            sent.pieces.clear()  # from here on it is a step
        sent.images.show(numbers[seed % 4], image(seed, screen[0] // 2, screen[1] // 2 - 2))
    assert sum(map(len, sent.pieces)) <= 40_000
    colours = [len(np.unique(shown.pixels[shown.pixels != ""])) for shown in sent.screen().images.values()]
    assert min(colours) >= 6
