"""Every workspace as it is painted: its characters, colours and styles, as ANSI text that `cat` shows.

The golden screens are ANSI text and not SVG: they show in any terminal, a change is a few lines of `git diff`, and they
do not depend on the page that rich writes around an SVG. `make golden` writes them anew; look at one with
`cat tests/grok_tui/app/golden/overview-120x40-dark.ansi`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from rich.cells import cell_len
from rich.console import Console
from textual.app import App

from engine import Explorer, open_run
from engine.networks.weights import Weights
from engine.runs.native_run import write_checkpoint, write_run
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import WORKSPACES, Workspace
from tests.engine.known_network import known_network
from tests.grok_tui.driving import press, until
from tests.grok_tui.screen_text import screen_text

GOLDEN = Path(__file__).parent / "golden"
EPOCHS = {0: 0.1, 100: 0.4, 200: 1.0}  # the scale of W_out


@pytest.fixture(scope="module")
def known_run(tmp_path_factory) -> Path:
    """A network built by hand whose output grows over the epochs; its numbers are the same on every machine."""
    network, path = known_network(), tmp_path_factory.mktemp("golden") / "known"
    write_run(path, network.config, None)
    for epoch, strength in EPOCHS.items():
        # Noise, since in a perfect network rounding decides which of two equal values is larger.
        # More in the scores, so that attention depends visibly on the input.
        strengths = {"W_Q": 0.5, "W_K": 0.5}
        tensors = {name: tensor + strengths.get(name, 0.03) * noise(tensor) for name, tensor in network.weights.items()}
        tensors["W_out"] = tensors["W_out"] * strength
        write_checkpoint(path, epoch, Weights(**tensors), torch.float32)
    rows = [f"{epoch},{2.0 - epoch / 110},{2.5 - epoch / 100}" for epoch in range(0, 201, 10)]
    (path / "losses.csv").write_text("\n".join(["epoch,train_loss,test_loss", *rows, ""]))
    return path


def noise(tensor: torch.Tensor) -> torch.Tensor:
    """Numbers between -1 and 1 without a pattern, the same on every machine."""
    return torch.sin(37.0 * torch.arange(tensor.numel(), dtype=torch.float64) ** 1.5).reshape(tensor.shape)


@dataclass(frozen=True)
class Shot:
    """What one golden screen shows, and how."""

    workspace: Workspace
    size: tuple[int, int] = (120, 40)
    name: str = "dark"
    settings: Settings = field(default_factory=Settings)

    @property
    def file(self) -> Path:
        return GOLDEN / f"{self.workspace.name}-{self.size[0]}x{self.size[1]}-{self.name}.ansi"


OVERVIEW = WORKSPACES[0]
SHOTS = [
    *(Shot(workspace) for workspace in WORKSPACES),
    Shot(OVERVIEW, size=(80, 24)),
    Shot(OVERVIEW, size=(220, 60)),
    Shot(OVERVIEW, name="light", settings=Settings(theme="textual-light")),
    Shot(OVERVIEW, name="ascii", settings=Settings(ascii=True)),
]


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.file.stem)
async def test_the_screen_equals_the_golden_one(known_run, settled, shot: Shot, request, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    explorer = Explorer(open_run(known_run), dtype=torch.float64)  # float32 rounding depends on the processor
    layout = Layout(shot.workspace.name, shot.workspace.views[0])
    opened = OpenRun(explorer, initial_selection(explorer, epoch=100, neuron=14), layout)
    app = GrokApp(lambda: opened, settings=shot.settings)
    async with app.run_test(size=shot.size) as pilot:
        await settled(pilot)
        await until(pilot, lambda: explorer.run_metrics(200).snapshot().complete)
        await press(pilot, settled, "left")  # queries the views again, now with all run metrics
        await press(pilot, settled, "right")
        painted = painted_screen(app)
    if request.config.getoption("--update-golden"):
        shot.file.parent.mkdir(exist_ok=True)
        shot.file.write_text(painted, encoding="utf-8")
    golden = shot.file.read_text(encoding="utf-8")
    (tmp_path / "painted.ansi").write_text(painted, encoding="utf-8")
    lines = [number for number, (a, b) in enumerate(zip_longest(painted.split("\n"), golden.split("\n")), 1) if a != b]
    assert not lines, f"lines {lines} differ: cat {tmp_path / 'painted.ansi'} {shot.file}"


def test_every_golden_file_belongs_to_a_screen() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {shot.file.name for shot in SHOTS}


def painted_screen(app: App[None]) -> str:
    """The screen as Textual paints it for its screenshots, as ANSI text in place of the SVG."""

    def ansi(console: Console, **_: object) -> str:
        return console.export_text(styles=True)

    with patch.object(Console, "export_svg", ansi):
        return app.export_screenshot(simplify=True)


async def test_names_keep_their_letters_and_all_lines_their_width(tiny_run, tmp_path, settled) -> None:
    path = shutil.copytree(tiny_run, tmp_path / ("実験-モデル" * 3))
    explorers = [Explorer(open_run(one), keys=[1, 2, 3]) for one in (tiny_run, path)]
    selection = initial_selection(explorers[0])
    app = GrokApp(lambda: OpenRun(explorers[0], selection, second=explorers[1]), exports=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert "実験-モデル" in screen_text(app)
        for pane in app.run_screen.grid.panes:
            for y in range(pane.size.height):
                assert cell_len(pane.render_line(y).text) == pane.size.width
