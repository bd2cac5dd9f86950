"""Every workspace as it looks, at three sizes: the characters in full, the colours, dark and light, as digests.

`pytest tests/grok_tui/test_screens.py --update-golden` writes what is seen; look at the difference before you keep it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from engine import Explorer, open_run
from engine.networks.weights import Weights
from engine.runs.native_run import write_checkpoint, write_run
from grok_tui.app.app import GrokApp
from grok_tui.render.cells import Drawing
from grok_tui.render.palette import DARK, LIGHT
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.engine.known_network import known_network

GOLDEN = Path(__file__).parent / "golden"
EPOCHS = {0: 0.1, 100: 0.4, 200: 1.0}  # how strongly the network writes to its logits


@pytest.fixture(scope="module")
def known_run(tmp_path_factory) -> Path:
    """A network put together by hand that learns by writing ever more strongly; its numbers are the same anywhere."""
    network, path = known_network(), tmp_path_factory.mktemp("golden") / "known"
    write_run(path, network.config, None)
    for epoch, strength in EPOCHS.items():
        # A little crooked: on a perfect network rounding decides which of two equal values is larger.
        # More so in the scores: attention is to be seen to depend on the input.
        strengths = {"W_Q": 0.5, "W_K": 0.5}
        tensors = {
            name: tensor + strengths.get(name, 0.03) * crooked(tensor) for name, tensor in network.weights.items()
        }
        tensors["W_out"] = tensors["W_out"] * strength
        write_checkpoint(path, epoch, Weights(**tensors), torch.float32)
    rows = [f"{epoch},{2.0 - epoch / 110},{2.5 - epoch / 100}" for epoch in range(0, 201, 10)]
    (path / "losses.csv").write_text("\n".join(["epoch,train_loss,test_loss", *rows, ""]))
    return path


def crooked(tensor: torch.Tensor) -> torch.Tensor:
    """Numbers between -1 and 1 without any pattern, the same anywhere."""
    return torch.sin(37.0 * torch.arange(tensor.numel(), dtype=torch.float64) ** 1.5).reshape(tensor.shape)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (220, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("workspace", WORKSPACES, ids=lambda workspace: workspace.name)
async def test_the_screen_looks_as_it_did(known_run, settled, workspace, size, request) -> None:
    explorer = Explorer(open_run(known_run), dtype=torch.float64)  # what float32 rounds depends on the processor
    layout = Layout(workspace.name, workspace.views[0])
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer, epoch=100, neuron=14), layout))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for _ in range(500):
            if explorer.run_metrics(200).snapshot().complete:
                break
            await pilot.pause(0.01)
        await pilot.press("left")  # with every measure there
        await settled(pilot)
        await pilot.press("right")
        await settled(pilot)
        found = picture_of(app)
    file = GOLDEN / f"{workspace.name}-{size[0]}x{size[1]}.txt"
    if request.config.getoption("--update-golden"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


def picture_of(app: GrokApp) -> str:
    """The screen's characters, then a digest of each pane's styles in either palette."""
    shown = ["".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()]
    digests = [
        f"{palette.name} {pane.view.name} {digest(pane.content.draw(*pane.size, palette, focused=pane.has_focus))}"
        for palette in (DARK, LIGHT)
        for pane in app.run_screen.grid.panes
    ]
    return "\n".join([*shown, "", *digests, ""])


def digest(drawing: Drawing) -> str:
    return hashlib.sha256(repr(drawing.lines).encode()).hexdigest()[:12]
