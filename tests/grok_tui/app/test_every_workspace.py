"""Every workspace at three sizes, on runs of several kinds: one lit pane, no empty one, and no cut number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine import Explorer, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from engine.networks.weights import Weights
from grok_tui.app.app import GrokApp
from grok_tui.cli.open_explorer import DEMO
from grok_tui.export.pane import PaneContent
from grok_tui.render.palette import choose_palette
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.engine.state_dicts.foreign import transformerlens_state
from tests.grok_tui.drawn_numbers import is_rounded_from, is_whole, numbers_in, values_in, without_ticks
from tests.grok_tui.driving import press, text_of

SIZES = ((80, 24), (120, 40), (220, 60))
LARGE = (500, 150)  # a pane that has room for all


@pytest.fixture(scope="module")
def young_run(tmp_path_factory) -> Path:
    """A run of p = 59 that has not grokked: no frequency is key."""
    path = tmp_path_factory.mktemp("young") / "run"
    config = ModelConfig.standard(p=59, d_model=16, n_heads=2, d_mlp=24)
    train(config, TrainingConfig(epochs=60, save_every=SaveSchedule.parse("30")), path=path)
    return path


@pytest.fixture(scope="module")
def transformerlens_folder(young_run, tmp_path_factory) -> Path:
    """The same run as somebody saves it from TransformerLens: a file for each epoch, and no losses."""
    folder = tmp_path_factory.mktemp("transformerlens")
    run = open_run(young_run)
    for epoch in run.epochs:
        weights = run.weights(epoch)
        assert isinstance(weights, Weights)
        torch.save(transformerlens_state(weights), folder / f"epoch_{epoch}.pth")
    return folder


@pytest.fixture(params=["bundled", "not grokked", "no losses", "two runs"])
def opened(request, tiny_run, young_run, transformerlens_folder) -> list[Explorer]:
    """One explorer or two, with all run metrics."""
    explorers = {
        "bundled": lambda: [Explorer(open_run(DEMO))],
        "not grokked": lambda: [Explorer(open_run(young_run))],
        "no losses": lambda: [Explorer(open_run(transformerlens_folder), keys=[1, 2, 3])],
        "two runs": lambda: [Explorer(open_run(tiny_run), keys=[1, 2]), Explorer(open_run(young_run))],
    }[request.param]()
    for explorer in explorers:
        for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
            pass
    return explorers


async def test_one_pane_is_lit_none_is_empty_and_numbers_are_whole(opened, tmp_path, settled) -> None:
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
                for pane, (title, *body) in zip(panes, texts, strict=True):
                    assert any(line.strip() for line in body), (pane.view.name, *where)
                    assert unexplained_numbers(pane.content, [title, *body], opened[0].run.config.p) == [], (
                        pane.view.name,
                        *where,
                    )
        assert len(app.run_screen.errors) == 0


async def test_the_excluded_loss_of_each_frequency_is_on_show_at_120x40(tiny_run, tmp_path, settled) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2])
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "8")
        drawn = text_of(app, "progress")
    assert "excluded loss" in drawn
    assert "in a larger pane" not in drawn


def unexplained_numbers(content: PaneContent, lines: list[str], p: int) -> list[str]:
    """The numbers of a pane that are not whole, or that neither its answer has nor the same pane when it is large."""
    cut = {number for line in lines for number in numbers_in(line) if not is_whole(number)}
    if content.answer is None:
        return sorted(cut)
    large = content.draw(*LARGE, choose_palette(colours="none"))
    known = {number for line in large.lines for number in numbers_in("".join(span.text for span in line))}
    drawn = {number for line in without_ticks(lines) for number in numbers_in(line)}
    values = values_in(content.answer_view.table(content.answer)) | {p}
    return sorted(cut | {number for number in drawn - known - cut if not is_rounded_from(number, values)})
