"""Maps as Sixel images: what the terminal shows is the answer, covered cells stay, and nothing remains."""

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
from grok_tui.render.maps.coarse_image import STEPS, merged_levels
from grok_tui.render.maps.scale import Scale
from grok_tui.render.pooling import pool
from grok_tui.render.ramps import DARK_RAMPS
from tests.grok_tui.answering_terminal import CELL_SIZE, DEVICE_ATTRIBUTES
from tests.grok_tui.app.explored_images import COLUMNS, MOST_BYTES, ROWS, SIXEL, Explored
from tests.grok_tui.sixel_screen import NOTHING, SixelScreen, colour_of

LEFT, RIGHT = slice(0, COLUMNS // 2), slice(COLUMNS // 2, COLUMNS)


def sixel_screen(columns: int = COLUMNS, rows: int = ROWS) -> SixelScreen:
    return SixelScreen(columns, rows)


@pytest.fixture
def explored() -> Iterator[Explored[SixelScreen]]:
    made = Explored(screen=sixel_screen(), answers=SIXEL)
    yield made
    made.quit()


@pytest.fixture(scope="module")
def demo() -> Explorer:
    return Explorer(open_run(DEMO))


def map_in(screen: SixelScreen, columns: slice) -> NDArray[np.int64]:
    """The pixels of the one image in so many columns of cells, without what is transparent around it."""
    pixels = screen.in_cells(slice(0, screen.rows), columns)
    painted = pixels != NOTHING
    rows, across = np.flatnonzero(painted.any(axis=1)), np.flatnonzero(painted.any(axis=0))
    assert len(rows), "no image"
    area = pixels[rows[0] : rows[-1] + 1, across[0] : across[-1] + 1]
    assert (area != NOTHING).all()
    return area


def shows(area: NDArray[np.int64], values: NDArray[np.float64], *, diverging: bool) -> list[int]:
    """The indices of the forms in which every pixel of an image shows `values` [row, column], up to float32."""
    return [index for index, _ in enumerate(STEPS) if _shows(area, values, index, diverging=diverging)]


def _shows(area: NDArray[np.int64], values: NDArray[np.float64], index: int, *, diverging: bool) -> bool:
    ramp = DARK_RAMPS["truecolor"].diverging if diverging else DARK_RAMPS["truecolor"].sequential
    group, colours_of_groups = merged_levels(len(ramp), STEPS[index].merging, diverging)
    colours = np.array([colour_of(ramp[level]) for level in colours_of_groups])
    pooling = STEPS[index].pooling
    pooled = pool(values, *(-(-length // pooling) for length in values.shape))
    scale = Scale.of(values, diverging)
    fraction = (pooled - scale.low) / (scale.high - scale.low)
    exact = fraction * (len(ramp) - 1) + 0.5 if diverging else fraction * len(ramp)
    lowest, highest = (np.floor(exact + off).clip(0, len(ramp) - 1).astype(int) for off in (-1e-3, 1e-3))
    down, across = (np.arange(size) * length // size for size, length in zip(area.shape, pooled.shape, strict=True))
    allowed = (colours[group[level]][down][:, across] for level in (lowest, highest))
    return bool(np.logical_or(*(area == colour for colour in allowed)).all())


def neuron_values(explorer: Explorer, epoch: int, neuron: int) -> NDArray[np.float64]:
    return explorer.neuron_activation(epoch, neuron, explorer.epochs[-1]).post.T.astype(np.float64)


def check_neuron(screen: SixelScreen, explorer: Explorer, epoch: int, neuron: int = 7) -> None:
    """The map of the neuron shows each value of the answer, in at least six colours."""
    area = map_in(screen, LEFT)
    found = shows(area, neuron_values(explorer, epoch, neuron), diverging=False)
    assert found
    assert STEPS[found[0]].pooling == 1
    assert len(np.unique(area)) >= 6


def test_images_show_every_number_of_the_answer(explored: Explored[SixelScreen], demo: Explorer) -> None:
    check_neuron(explored.screen, demo, demo.epochs[-1])
    spectrum = demo.neuron_spectrum(demo.epochs[-1], 7, demo.epochs[-1]).spectrum.T.astype(np.float64)
    # It takes few bytes: all colours.
    assert shows(map_in(explored.screen, RIGHT), spectrum, diverging=True)[0] == 0


def test_a_step_replaces_images_and_steps_without_new_ones_send_none(
    explored: Explored[SixelScreen], demo: Explorer
) -> None:
    cells = explored.screen.image_cells
    explored.press("\x1b[D")
    check_neuron(explored.screen, demo, demo.epochs[-2])
    assert explored.screen.image_cells == cells
    sent = explored.screen.sent
    explored.press("\t")  # lights another pane
    assert explored.screen.sent == sent
    check_neuron(explored.screen, demo, demo.epochs[-2])


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (220, 60)])
def test_a_step_takes_few_bytes_on_the_densest_maps(size: tuple[int, int]) -> None:
    """The neuron, and a head's attention map, beside others and alone.

    The least of some steps: the metrics of other epochs are painted while they are computed.
    """
    explored = Explored(screen=sixel_screen(*size), answers=SIXEL)
    for keys in ("", "3", "\t", "z"):
        explored.press(keys)
        sent = explored.screen.sent
        assert min(explored.press(step) for step in ("\x1b[D", "\x1b[C")) <= MOST_BYTES
        assert explored.screen.sent - sent <= 2 * MOST_BYTES
    explored.quit()
    assert explored.screen.image_cells == set()


def test_no_image_covers_the_help_and_it_comes_back(explored: Explored[SixelScreen], demo: Explorer) -> None:
    explored.press("?")
    assert explored.screen.image_cells == set()
    explored.press("\x1b")
    check_neuron(explored.screen, demo, demo.epochs[-1])


def test_the_crosshair_is_drawn_over_the_image_and_the_image_comes_back(
    explored: Explored[SixelScreen], demo: Explorer
) -> None:
    screen = explored.screen
    cells = screen.image_cells
    explored.press("\t\tc")
    (centre,) = [place for place, text in screen.text.items() if text == "┼" and place in cells]
    covered = cells - screen.image_cells
    assert centre in covered
    assert {row for row, _ in covered} | {column for _, column in covered} > {*centre}
    sent = screen.sent
    explored.press("\x1b[C\x1b[B\x1b[C")
    assert screen.sent - sent < MOST_BYTES / 4  # only what was covered
    assert screen.covered == 0
    explored.press("\x1b")
    assert screen.image_cells == cells
    check_neuron(screen, demo, demo.epochs[-1])


def test_nothing_remains_after_another_workspace_a_resize_and_the_end(
    explored: Explored[SixelScreen], demo: Explorer
) -> None:
    explored.press("8")
    assert explored.screen.image_cells == set()
    explored.press("1")
    check_neuron(explored.screen, demo, demo.epochs[-1])
    termios.tcsetwinsize(explored.terminal.slave, (ROWS - 6, COLUMNS))
    os.kill(explored.terminal.pid, signal.SIGWINCH)
    explored.screen.pixels[:] = NOTHING  # a terminal may remove its images
    explored.settle()
    check_neuron(explored.screen, demo, demo.epochs[-1])
    assert all(row < ROWS - 7 for row, _ in explored.screen.image_cells)
    explored.ended = True
    explored.terminal.send("q")
    assert explored.terminal.status() == 0
    # Nothing is left to the terminal's change of screens.
    explored.screen.write(explored.terminal.seen[explored.shown :].partition(b"\x1b[?1049l")[0])
    assert explored.screen.image_cells == set()


def test_images_leave_the_terminal_with_the_explorer_and_come_back(demo: Explorer) -> None:
    explored = Explored(screen=sixel_screen(), answers=SIXEL, shell=True)
    explored.terminal.send("\x1a")
    explored.terminal.read_until(b"Stopped")
    explored.settle()
    assert explored.screen.image_cells == set()
    explored.press("fg\n")
    check_neuron(explored.screen, demo, demo.epochs[-1])
    os.close(explored.terminal.slave)
    os.close(explored.terminal.master)  # ends the shell and its job
    os.waitpid(explored.terminal.pid, 0)


@pytest.mark.parametrize(
    ("arguments", "answers", "environment"),
    [
        ((), SIXEL | {DEVICE_ATTRIBUTES: b"\x1b[?62;22c"}, {}),
        (("--graphics", "sixel"), SIXEL | {CELL_SIZE: b""}, {}),
        (("--graphics", "none"), SIXEL, {}),
        (("--ascii",), SIXEL, {}),
        ((), SIXEL, {"NO_COLOR": "1"}),
    ],
    ids=["no sixel", "no size of a cell", "none", "ascii", "NO_COLOR"],
)
def test_half_blocks_stay_elsewhere(
    arguments: tuple[str, ...], answers: dict[bytes, bytes], environment: dict[str, str]
) -> None:
    explored = Explored(*arguments, screen=sixel_screen(), answers=answers, **environment)
    assert explored.screen.images == 0
    explored.quit()
