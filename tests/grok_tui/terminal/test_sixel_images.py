"""Sixel images in the terminal: what is painted when, and what stays of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.render.maps.coarse_image import STEPS, coarse_pixels
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_image import MapImage
from grok_tui.render.palette import DARK
from grok_tui.terminal.byte_budget import finest_steps
from grok_tui.terminal.image_cells import CellRun
from grok_tui.terminal.kitty_graphics import placeholder
from grok_tui.terminal.sixel_forms import SixelForms
from grok_tui.terminal.sixel_images import SixelImages, rectangles
from tests.grok_tui.sixel_screen import NOTHING, SixelScreen, colour_of

COLUMNS, ROWS = 120, 40
TOP, LEFT = 3, 5


def image(seed: int, width: int = 60, height: int = 20, *, gaps: bool = False, noise: bool = True) -> MapImage:
    """The image of a map that is larger than its space."""
    length = 113 if height < 55 else 499
    values = np.random.default_rng(seed).random((length, length))
    if not noise:
        values = np.add.outer(np.arange(length), np.arange(length)) // 40 + float(seed)
    if gaps:
        values[10 * seed : 10 * seed + 5] = np.nan
    (area,) = heatmap(values, width, height, replace(DARK, cell_pixels=(9, 18), image_rows=3)).areas
    assert area.image is not None
    return area.image


class Terminal:
    """A terminal with Sixel images, and what it shows."""

    def __init__(self, *, whole: bool = False) -> None:
        self.screen = SixelScreen(COLUMNS, ROWS)
        self.images = SixelImages(self.write, whole=whole)
        self.images.resize(COLUMNS, ROWS)
        self.number = self.images.numbers.take() or 0

    def write(self, output: str) -> int:
        """Write a piece of output as the driver does; returns how many bytes of images were sent."""
        before = self.screen.sent
        self.screen.write((self.images.text(output) + self.images.painting()).encode())
        return self.screen.sent - before

    def write_cells(self, shown: MapImage, top: int = TOP, left: int = LEFT) -> int:
        lines = (
            f"\x1b[{top + row + 1};{left + 1}H"
            + "".join(
                f"\x1b[38;2;0;0;{self.number};48;2;1;2;3m{placeholder(row, column)}\x1b[0m"
                for column in range(shown.columns)
            )
            for row in range(shown.rows)
        )
        return self.write("\n".join(lines))

    def step_of(self, shown: MapImage, top: int = TOP, left: int = LEFT) -> int:
        """The index of the form of an image that the screen shows; all its pixels are as in that form."""
        area = self.area(shown, top, left)
        (found,) = [index for index in range(len(STEPS)) if (area == colours_of(shown, index)).all()]
        return found

    def area(self, shown: MapImage, top: int = TOP, left: int = LEFT) -> np.ndarray:
        return self.screen.in_cells(slice(top, top + shown.rows), slice(left, left + shown.columns))


def colours_of(shown: MapImage, step: int) -> np.ndarray:
    pixels, colours = coarse_pixels(shown, STEPS[step])
    return np.array([*(colour_of(colour) for colour in colours), NOTHING])[pixels]


def test_an_image_is_painted_over_its_cells_and_again_only_when_it_has_changed() -> None:
    terminal = Terminal()
    first, second = image(1), image(2)
    assert terminal.images.show(terminal.number, first)
    assert terminal.write_cells(first) > 0
    terminal.step_of(first)
    assert not terminal.images.show(terminal.number, image(1))
    assert terminal.write_cells(first) == 0
    assert terminal.write("\x1b[1;1Hother text") == 0
    assert terminal.images.show(terminal.number, second)
    assert terminal.write("\x1b[?2026h") == 0  # with the next cells, in one frame
    assert terminal.write("\x1b[1;1Hits title") > 0
    terminal.step_of(second)


def test_text_over_an_image_stays_and_the_image_comes_back_below_it() -> None:
    terminal = Terminal()
    shown = image(1)
    terminal.images.show(terminal.number, shown)
    whole = terminal.write_cells(shown)
    assert terminal.write(f"\x1b[{TOP + 3};{LEFT + 4}Hlabel") == 0
    cells = terminal.screen.image_cells
    terminal.images.show(terminal.number, image(2))
    terminal.write("\x1b[1;1Hnext")
    assert terminal.screen.covered == 0
    assert {place for place in cells if place not in terminal.screen.image_cells} == set()
    assert terminal.screen.text[TOP + 2, LEFT + 3] == "l"
    part = terminal.write_cells(shown)
    assert 0 < part < whole / 10
    terminal.step_of(image(2))


def test_gaps_of_a_new_image_show_nothing_of_the_old_one() -> None:
    terminal = Terminal()
    for seed in (1, 2, 3):
        terminal.images.show(terminal.number, image(seed, gaps=True))
        if seed == 1:
            terminal.write_cells(image(1))
        terminal.write("\x1b[1;1Hnext")
        terminal.step_of(image(seed, gaps=True))


def test_an_image_of_another_size_or_place_leaves_nothing_of_the_old_one() -> None:
    terminal = Terminal()
    large, small = image(1), image(1, 50, 15)
    terminal.images.show(terminal.number, large)
    terminal.write_cells(large)
    terminal.images.show(terminal.number, small)
    assert terminal.write("\x1b[1;1Hnext") == 0  # its cells come with their own frame
    for row in range(ROWS - 1):
        terminal.write(f"\x1b[{row + 1};1H{' ' * COLUMNS}")
    terminal.write_cells(small, 10, 40)
    terminal.step_of(small, 10, 40)
    cells = {(row, column) for row in range(10, 10 + small.rows) for column in range(40, 40 + small.columns)}
    assert terminal.screen.image_cells == cells


def test_an_image_of_another_size_at_the_same_place_is_painted() -> None:
    terminal = Terminal()
    for shown in (image(1), image(1, 50, 15), image(1)):
        terminal.images.show(terminal.number, shown)
        for row in range(ROWS - 1):
            terminal.write(f"\x1b[{row + 1};1H{' ' * LEFT}\x1b[{row + 1};{LEFT + shown.columns + 1}H{' ' * 40}")
        terminal.write_cells(shown)
        terminal.step_of(shown)


def test_cleared_images_leave_the_screen_and_come_back() -> None:
    terminal = Terminal()
    shown = image(1)
    terminal.images.show(terminal.number, shown)
    terminal.write_cells(shown)
    terminal.images.clear()
    assert terminal.screen.image_cells == set()
    assert terminal.images.show(terminal.number, shown)
    assert terminal.write_cells(shown) > 0
    terminal.step_of(shown)


def test_after_a_resize_all_cells_are_painted_again() -> None:
    terminal = Terminal()
    shown = image(1)
    terminal.images.show(terminal.number, shown)
    size = terminal.write_cells(shown)
    terminal.screen.pixels[:] = NOTHING  # the terminal has removed it
    terminal.images.resize(COLUMNS, ROWS)
    assert terminal.write_cells(shown) == size
    terminal.step_of(shown)


def test_in_tmux_text_over_one_cell_has_the_whole_image_painted() -> None:
    terminal = Terminal(whole=True)
    shown = image(1)
    terminal.images.show(terminal.number, shown)
    size = terminal.write_cells(shown)
    assert terminal.write(f"\x1b[{TOP + 3};{LEFT + 4}Hx") > size / 2
    assert terminal.screen.covered == 0


@pytest.mark.parametrize("screen", [(80, 24), (120, 40), (220, 60), (400, 120)])
def test_all_images_of_a_screen_together_stay_within_the_bytes(screen: tuple[int, int]) -> None:
    """Noise is the densest map that there can be."""
    terminal = Terminal()
    terminal.screen = SixelScreen(*screen)
    terminal.images.resize(*screen)
    width, height = screen[0] // 2, screen[1] // 2 - 2
    numbers = [terminal.images.numbers.take() or 0 for _ in range(4)]
    sizes = []
    for seed in range(8):  # the last four are a step
        place = seed % 4
        terminal.number = numbers[place]
        shown = image(seed, width, height)
        terminal.images.show(terminal.number, shown)
        sizes.append(terminal.write_cells(shown, place // 2 * height + 1, place % 2 * width))
    assert sum(sizes[4:]) <= 40_000
    assert min(sizes) >= 1_000


def test_a_simple_image_keeps_its_colours_beside_a_dense_one() -> None:
    dense, simple = SixelForms(image(1, 110, 50)), SixelForms(image(1, noise=False))
    steps = finest_steps({1: dense, 2: simple}, 30_000)
    assert steps[1] > 0
    assert steps[2] == 0
    assert dense.size(steps[1]) + simple.size(0) <= 30_000 < dense.size(steps[1] - 1) + simple.size(0)


def test_an_image_that_grows_denser_shares_the_bytes_with_those_that_stay() -> None:
    terminal = Terminal()
    first = terminal.number
    second = terminal.images.numbers.take() or 0
    dense, simple = image(1, 60, 30), image(1, 60, 30, noise=False)
    terminal.images.show(first, dense)
    size = terminal.write_cells(dense)
    terminal.number = second
    terminal.images.show(second, simple)
    terminal.write_cells(simple, TOP, 60)
    terminal.images.show(second, image(2, 60, 30))
    assert size + terminal.write("\x1b[1;1Hnext") <= 40_000


def test_rectangles_cover_exactly_the_shown_cells_of_runs() -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        shown = random.random((6, 9)) < 0.7
        runs = [CellRun(int(row), int(column), 2) for row, column in random.integers(0, 7, (8, 2))]
        wanted = np.zeros((9, 11), dtype=bool)
        for run in runs:
            wanted[run.row, run.column : run.column + 2] = True
        covered = np.zeros(shown.shape, dtype=int)
        for rows, columns in rectangles(runs, shown):
            covered[rows, columns] += 1
        assert (covered == (wanted[:6, :9] & shown)).all()
