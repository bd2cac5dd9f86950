"""The page of a run in a real browser, opened from disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Explorer, open_run
from grok_tui.cli.main import main
from grok_tui.render.palette import LIGHT
from tests.grok_tui.chromium import Browser, Page, chromium, running_browser

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (apt-get install chromium)")
WIDTHS = (1280, 400)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


@pytest.fixture(scope="module")
def file(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    assert main(["report", str(tiny_run), "--output", str(path), "--key-frequencies", "1,2"]) == 0
    return path


@pytest.fixture
def report(tiny_run: Path, capsys: pytest.CaptureFixture[str]):
    def report_of(epoch: int) -> dict:
        capsys.readouterr()
        options = ["--epoch", str(epoch), "--format", "json", "--key-frequencies", "1,2"]
        assert main(["report", str(tiny_run), *options]) == 0
        return json.loads(capsys.readouterr().out)

    return report_of


def scroll_to(page: Page, name: str, epoch: int) -> None:
    """Scroll to a panel, and wait until it shows an epoch: panels are drawn when they come into view."""
    page.evaluate(f"document.getElementById('{name}').scrollIntoView()")
    label = f"document.querySelector('section#{name} .figure').getAttribute('aria-label')"
    page.wait(f"{label} === '{name} at epoch {epoch}'")


def shown_report(page: Page, epoch: int) -> dict:
    scroll_to(page, "report", epoch)
    return json.loads(page.evaluate("document.querySelector('#report .json').textContent"))


def epoch_text(page: Page) -> str:
    return page.evaluate("document.getElementById('epoch-text').textContent")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_drawn_without_an_error_or_a_request(browser: Browser, file: Path, width: int) -> None:
    page = browser.open(file, width)
    names = page.evaluate("[...document.querySelectorAll('.panel')].map((panel) => panel.id)")
    assert {"losses", "clusters", "neuron", "spectrum", "report"} <= set(names)
    for name in names:
        scroll_to(page, name, 40)
        assert page.evaluate(f"document.querySelector('#{name} .figure').textContent.length") > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.errors == []
    assert page.requests == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_slider_moves_the_figures_and_their_numbers(browser: Browser, file: Path, report, width: int) -> None:
    page = browser.open(file, width)
    assert epoch_text(page) == "40"
    seen = set()
    for steps, epoch in ((0, 40), (1, 30), (2, 10)):
        page.press(*["ArrowLeft"] * steps)
        assert epoch_text(page) == str(epoch)
        assert shown_report(page, epoch) == report(epoch)
        scroll_to(page, "losses", epoch)
        assert page.evaluate("Number(document.querySelector('#losses line.cursor').dataset.x)") == epoch
        seen.add(page.evaluate("document.querySelector('#losses .facts').textContent"))
    assert len(seen) == 3
    page.evaluate(
        "document.getElementById('epoch').value = 0; document.getElementById('epoch').dispatchEvent(new Event('input'))"
    )
    assert shown_report(page, 0) == report(0)
    assert page.errors == []


def test_the_keyboard_alone_does_everything(browser: Browser, file: Path) -> None:
    page = browser.open(file, 1280)
    for key, epoch in (("Home", 0), ("ArrowRight", 10), ("End", 40), ("PageDown", 0), ("PageUp", 40)):
        page.press(key)
        assert epoch_text(page) == str(epoch)
    before = page.evaluate("document.getElementById('neuron-number').value")
    page.press("ArrowDown")
    assert page.evaluate("document.getElementById('neuron-number').value") != before
    page.press("ArrowUp")
    assert page.evaluate("document.getElementById('neuron-number').value") == before
    reached = set()
    for key in ("Shift+Tab", "Shift+Tab", *["Tab"] * 12):
        page.press(key)
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"neuron-number", "neuron-list", "unwrapped", "theme", "play"} <= reached
    page.evaluate("document.getElementById('theme').focus()")
    page.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("document.querySelector('#losses summary').focus()")
    page.press("Enter")
    assert page.evaluate("document.querySelector('#losses details').open")
    named = "each.labels?.length || each.getAttribute('aria-label') || each.textContent"
    assert page.evaluate(f"[...document.querySelectorAll('input, select, button')].every((each) => {named})")
    assert page.evaluate("document.getElementById('epoch-text').getAttribute('aria-live')") == "polite"
    assert page.errors == []


def test_the_theme_follows_the_system_until_the_button_is_pressed(browser: Browser, file: Path) -> None:
    page = browser.open(file, 400, dark=True)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.click("#theme")
    assert page.evaluate(background) == "rgb(255, 255, 255)" != dark


def test_a_click_in_a_chart_over_epochs_goes_there(browser: Browser, file: Path) -> None:
    page = browser.open(file, 1280)
    page.wait("document.querySelector('#losses svg.chart') !== null")
    page.click("#losses svg.chart", across=0.3)
    assert epoch_text(page) == "10"


def test_the_maps_of_every_neuron_are_those_of_the_network(browser: Browser, file: Path, tiny_run: Path) -> None:
    page, network = browser.open(file, 1280), Explorer(open_run(tiny_run)).network(40)
    for neuron in (0, 7, 11):
        page.evaluate(
            f"document.getElementById('neuron-number').value = {neuron};"
            "document.getElementById('neuron-number').dispatchEvent(new Event('input'));"
            "document.querySelector('section#neuron').scrollIntoView()"
        )
        page.wait("document.querySelectorAll('section#neuron canvas').length === 2")
        page.wait(f"document.querySelector('section#neuron .facts').textContent.startsWith('neuron {neuron} ')")
        for index, values in enumerate((network.pre(neuron), network.post(neuron))):
            pixels = page.evaluate(
                f"(() => {{ const map = document.querySelectorAll('section#neuron canvas')[{index}];"
                " return [...map.getContext('2d').getImageData(0, 0, map.width, map.height).data]; })()"
            )
            found = np.array(pixels).reshape(7, 7, 4)[..., :3]
            assert np.abs(found - _colours(values.double().numpy().T)).max() <= 8
    assert page.errors == []


def test_the_line_over_frequencies_is_that_of_the_selected_neuron(browser: Browser, file: Path, tiny_run: Path) -> None:
    page = browser.open(file, 1280)
    frequencies = Explorer(open_run(tiny_run)).summary(40).neurons.frequency
    different = sorted(set(frequencies.tolist()) - {0})  # 0: constant neurons, which have none
    assert len(different) > 1
    for neuron in (frequencies.tolist().index(different[0]), frequencies.tolist().index(different[-1])):
        page.evaluate(
            f"document.getElementById('neuron-number').value = {neuron};"
            "document.getElementById('neuron-number').dispatchEvent(new Event('input'))"
        )
        scroll_to(page, "frequencies", 40)
        page.wait(f"document.querySelector('#frequencies line.cursor')?.dataset.x === '{frequencies[neuron]}'")


def _colours(values: np.ndarray) -> np.ndarray:
    """The colours of a map by its definition: the palette, interpolated over the range, symmetric around zero."""
    low, high = values.min(), values.max()
    diverging = low < 0 < high
    if diverging:
        low, high = -max(-low, high), max(-low, high)
    steps = LIGHT.diverging if diverging else LIGHT.sequential
    parts = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in steps], dtype=float)
    at = (values - low) / (high - low) * (len(parts) - 1) if high > low else np.full_like(values, (len(parts) - 1) / 2)
    return np.stack([np.interp(at, range(len(parts)), parts[:, channel]) for channel in range(3)], axis=-1)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_labels_of_axes_are_within_their_figures(browser: Browser, file: Path, width: int) -> None:
    page = browser.open(file, width)
    for name in page.evaluate("[...document.querySelectorAll('.panel')].map((panel) => panel.id)"):
        scroll_to(page, name, 40)
    outside = page.evaluate(
        """[...document.querySelectorAll('.figure .label')].filter((label) => {
            const box = label.getBoundingClientRect(), room = label.closest('.figure').getBoundingClientRect();
            return box.left < room.left - 1 || box.right > room.right + 1 || box.bottom > room.bottom + 1;
        }).map((label) => label.textContent)"""
    )
    assert outside == []


def of_maps(page: Page, expression: str) -> Any:
    """The value of an expression with the functions of the maps, which are private to the script of the page."""
    script = (files("grok_tui.export.page") / "assets" / "maps.js").read_text(encoding="utf-8")
    return page.evaluate(f"(() => {{ {script}\nreturn {expression}; }})()")


def test_a_map_over_epochs_has_the_nearest_epoch_at_each_place_of_an_even_axis(browser: Browser, file: Path) -> None:
    even = of_maps(browser.open(file, 1280), "[...evenColumns([1, 2, 3, 4, 5, 6], 2, [0, 10, 40], 8)]")
    assert even == [1, 2, 2, 2, 2, 3, 3, 3, 4, 5, 5, 5, 5, 6, 6, 6]


def test_the_values_that_stand_out_of_a_map_are_few(browser: Browser, file: Path) -> None:
    page, scale = browser.open(file, 1280), "{low: -9, high: 9, diverging: true}"
    few = "Array.from({length: 1000}, (_, at) => ({40: 9, 500: -4, 3: NaN})[at] ?? 0.1)"
    assert of_maps(page, f"peaksOf({few}, {scale})") == [500, 40]  # the largest last, so that it is in front
    assert of_maps(page, f"peaksOf(Array.from({{length: 1000}}, (_, at) => at % 2), {scale})") == []
