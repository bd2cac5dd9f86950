"""Maps as images in a terminal with the Kitty graphics protocol: what it shows is the answer, and nothing remains."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import Explorer, open_run
from grok_tui.cli.open_explorer import DEMO
from grok_tui.render.maps.scale import Scale
from grok_tui.render.ramps import DARK_RAMPS
from tests.grok_tui.answering_terminal import KITTY_QUERY, NAME
from tests.grok_tui.app.explored_images import COLUMNS, KITTY, MOST_BYTES, ROWS, Explored, check_levels
from tests.grok_tui.kitty_screen import KittyScreen, Png


def kitty_screen() -> KittyScreen:
    return KittyScreen(COLUMNS, ROWS)


@pytest.fixture
def explored() -> Iterator[Explored[KittyScreen]]:
    made = Explored(screen=kitty_screen(), answers=KITTY)
    yield made
    made.quit()


@pytest.fixture(scope="module")
def demo() -> Explorer:
    return Explorer(open_run(DEMO))


def levels_of(image: Png, ramp: tuple[str, ...], shape: tuple[int, int]) -> NDArray[np.intp]:
    """The level of each value [row, column], from the pixel in the middle of its place."""
    coloured = image.pixels != ""
    filled = image.pixels[coloured.any(axis=1)][:, coloured.any(axis=0)]
    assert all(pixels % values == 0 for pixels, values in zip(filled.shape, shape, strict=True))
    down = ((np.arange(shape[0]) + 0.5) * filled.shape[0] / shape[0]).astype(int)
    across = ((np.arange(shape[1]) + 0.5) * filled.shape[1] / shape[1]).astype(int)
    level = {colour: index for index, colour in enumerate(ramp)}
    return np.vectorize(level.__getitem__)(filled[down[:, None], across[None, :]])


def image_of_map(screen: KittyScreen, columns_from: int) -> Png:
    """The image in the lower left pane (`columns_from` 0) or the lower right one."""
    cells = [(place, cell[0]) for place, cell in screen.cells.items() if not isinstance(cell, str)]
    (number,) = {number for (column, _), number in cells if (column >= COLUMNS // 2) == bool(columns_from)}
    assert screen.parts_of(number) == {
        (x, y) for x in range(screen.places[number][0]) for y in range(screen.places[number][1])
    }
    return screen.images[number]


def check_neuron(screen: KittyScreen, explorer: Explorer, epoch: int, neuron: int) -> None:
    """Each pixel of the neuron's map has the level of the answer's number."""
    post = explorer.neuron_activation(epoch, neuron, explorer.epochs[-1]).post.astype(np.float64)
    ramp = DARK_RAMPS["truecolor"].sequential
    shown = levels_of(image_of_map(screen, 0), ramp, post.T.shape)
    scale = Scale.of(post)
    check_levels(shown, (post.T - scale.low) / (scale.high - scale.low) * len(ramp), len(ramp))


def test_images_show_every_number_of_the_answer(explored: Explored[KittyScreen], demo: Explorer) -> None:
    check_neuron(explored.screen, demo, demo.epochs[-1], 7)
    spectrum = demo.neuron_spectrum(demo.epochs[-1], 7, demo.epochs[-1]).spectrum.T.astype(np.float64)
    ramp = DARK_RAMPS["truecolor"].diverging
    shown = levels_of(image_of_map(explored.screen, 1), ramp, spectrum.shape)
    largest = abs(spectrum).max()
    check_levels(shown, (spectrum / largest + 1) / 2 * (len(ramp) - 1) + 0.5, len(ramp))


def test_a_step_replaces_images_in_few_bytes(explored: Explored[KittyScreen], demo: Explorer) -> None:
    numbers = explored.screen.shown
    assert explored.press("\x1b[D") <= MOST_BYTES
    check_neuron(explored.screen, demo, demo.epochs[-2], 7)
    assert explored.screen.shown == numbers
    assert set(explored.screen.images) == numbers


@pytest.mark.parametrize("size", [(80, 24), (220, 60)])
def test_a_step_takes_few_bytes_on_the_densest_maps(size: tuple[int, int]) -> None:
    """The least of some steps: the metrics of other epochs are painted while they are computed."""
    explored = Explored(screen=KittyScreen(*size), answers=KITTY)
    sent = explored.screen.sent
    assert min(explored.press(key) for key in ("j", "k", "j")) <= MOST_BYTES
    assert explored.screen.sent > sent
    explored.quit()


def test_no_image_covers_the_help_and_it_comes_back(explored: Explored[KittyScreen], demo: Explorer) -> None:
    explored.press("?")
    assert explored.screen.shown == set()
    explored.press("\x1b")
    check_neuron(explored.screen, demo, demo.epochs[-1], 7)


def test_the_crosshair_is_drawn_over_the_image(explored: Explored[KittyScreen]) -> None:
    numbers = explored.screen.shown
    cells = {number: explored.screen.parts_of(number) for number in numbers}
    explored.press("\t\t" + "c")
    crosses = [place for place, cell in explored.screen.cells.items() if cell == "┼"]
    assert crosses
    assert {number for number in explored.screen.shown if number in numbers} == numbers
    assert any(len(explored.screen.parts_of(number)) < len(cells[number]) for number in numbers)
    explored.press("\x1b")
    assert {number: explored.screen.parts_of(number) for number in numbers} == cells


def test_nothing_remains_after_another_workspace_a_resize_and_the_end(
    explored: Explored[KittyScreen], demo: Explorer
) -> None:
    explored.press("8")
    assert explored.screen.shown == set()
    assert explored.screen.images == {}
    explored.press("1")
    check_neuron(explored.screen, demo, demo.epochs[-1], 7)
    termios.tcsetwinsize(explored.terminal.slave, (ROWS - 6, COLUMNS))
    os.kill(explored.terminal.pid, signal.SIGWINCH)
    explored.screen.cells.clear()
    explored.settle()
    check_neuron(explored.screen, demo, demo.epochs[-1], 7)
    assert set(explored.screen.images) == explored.screen.shown
    explored.quit()
    assert explored.screen.images == {}
    assert explored.screen.shown == set()


def test_images_leave_the_terminal_with_the_explorer_and_come_back(demo: Explorer) -> None:
    explored = Explored(screen=kitty_screen(), answers=KITTY, shell=True)
    explored.terminal.send("\x1a")
    explored.terminal.read_until(b"Stopped")
    explored.settle()
    assert explored.screen.images == {}
    assert explored.screen.shown == set()
    explored.press("fg\n")
    check_neuron(explored.screen, demo, demo.epochs[-1], 7)
    os.close(explored.terminal.slave)
    os.close(explored.terminal.master)  # ends the shell and its job
    os.waitpid(explored.terminal.pid, 0)


@pytest.mark.parametrize(
    ("arguments", "answers", "environment"),
    [
        ((), KITTY | {KITTY_QUERY: b""}, {}),
        ((), KITTY | {NAME: b"\x1bP>|WezTerm 20240203\x1b\\"}, {}),
        (("--graphics", "none"), KITTY, {}),
        (("--ascii",), KITTY, {}),
        ((), KITTY, {"NO_COLOR": "1"}),
    ],
    ids=["no answer", "no placeholders", "none", "ascii", "NO_COLOR"],
)
def test_half_blocks_stay_elsewhere(
    arguments: tuple[str, ...], answers: dict[bytes, bytes], environment: dict[str, str]
) -> None:
    explored = Explored(*arguments, screen=kitty_screen(), answers=answers, **environment)
    assert explored.screen.images == {}
    assert explored.screen.shown == set()
    explored.quit()
