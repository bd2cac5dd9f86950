"""Every workspace at three sizes, on runs of several kinds: one pane is lit, and no pane is empty."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine import Explorer, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.driving import press

SIZES = ((80, 24), (120, 40), (220, 60))


@pytest.fixture(scope="module")
def young_run(tmp_path_factory) -> Path:
    """A run of p = 59 that has not grokked: no frequency is key."""
    path = tmp_path_factory.mktemp("young") / "run"
    config = ModelConfig.standard(p=59, d_model=16, n_heads=2, d_mlp=24)
    train(config, TrainingConfig(epochs=60, save_every=SaveSchedule.parse("30")), path=path)
    return path


def explorers(kind: str, tiny_run: Path, young_run: Path, folder: Path) -> list[Explorer]:
    if kind == "not grokked":
        return [Explorer(open_run(young_run))]
    if kind == "two runs":
        return [Explorer(open_run(tiny_run), keys=[1, 2]), Explorer(open_run(young_run))]
    unrecorded = shutil.copytree(tiny_run, folder / "run", ignore=shutil.ignore_patterns("losses.csv"))
    return [Explorer(open_run(unrecorded), keys=[1, 2, 3])]


@pytest.mark.parametrize("kind", ["not grokked", "no losses", "two runs"])
async def test_one_pane_is_lit_and_none_is_empty(kind, tiny_run, young_run, tmp_path, settled) -> None:
    opened = explorers(kind, tiny_run, young_run, tmp_path)
    for explorer in opened:
        for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
            pass
    second = opened[1] if len(opened) > 1 else None
    app = GrokApp(lambda: OpenRun(opened[0], initial_selection(opened[0]), second=second), exports=tmp_path)
    async with app.run_test(size=SIZES[0]) as pilot:
        for size in SIZES:
            await pilot.resize_terminal(*size)
            for number, workspace in enumerate(WORKSPACES, start=1):
                await press(pilot, settled, str(number))
                panes = app.run_screen.grid.panes
                texts = [[pane.render_line(y).text for y in range(pane.size.height)] for pane in panes]
                where = workspace.name, size
                assert [pane.view.name for pane in panes] == list(workspace.views), where
                assert sum(text[0].startswith("━") for text in texts) == 1, where
                for pane, (_, *body) in zip(panes, texts, strict=True):
                    assert any(line.strip() for line in body), (pane.view.name, *where)
        assert len(app.run_screen.errors) == 0
