"""The command palette, by what it offers and what choosing does."""

from __future__ import annotations

import shutil

import pytest

from engine import Explorer, open_run
from grok_tui.app.command_palette import AppCommands, RunCommands, typed_run
from grok_tui.app.widgets.log_screen import LogScreen
from grok_tui.session.keymap import KEYS
from grok_tui.session.saved_session import Layout, save_session
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.driving import press, text_of

SIZE = (120, 40)


async def scored(app, query: str) -> list[tuple[str, float]]:
    """What is offered with its score, the best first."""
    providers = (RunCommands(app.run_screen), AppCommands(app.run_screen))
    hits = [(str(hit.match_display), hit.score) for provider in providers async for hit in provider.search(query)]
    return sorted(hits, key=lambda hit: -hit[1])


async def offered(app, query: str | None = None) -> list[str]:
    found = []
    for provider in (RunCommands(app.run_screen), AppCommands(app.run_screen)):
        hits = provider.discover() if query is None else provider.search(query)
        found += [str(hit.text if query is None else hit.match_display) async for hit in hits]
    return found


async def test_it_has_every_action_every_view_and_recent_runs(app, settled, tmp_path, tiny_run) -> None:
    other = tmp_path / "other-run"
    shutil.copytree(tiny_run, other)
    opened = Explorer(open_run(other))
    save_session(opened, initial_selection(opened), Layout())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        found = await offered(app)
        for key in KEYS:
            assert key.what in found or key.id == "palette"
        for name in VIEWS:
            assert f"view {name}" in found
        assert f"open {other}" in found


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("epoch 20", "go to epoch 20"),
        ("20", "go to epoch 20"),
        ("neuron 7", "go to neuron 7"),
        ("freq 2", "go to frequency 2"),
        ("spctrm", "view spectrum"),
        ("excluded loss", "view progress"),  # which the help speaks of
        ("gini", "view sparsity"),
        ("focused alone", "show the focused pane alone, or all panes"),
    ],
)
async def test_it_finds_by_a_few_letters(app, settled, query, what) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert what in await offered(app, query)
        assert await offered(app, "nothing like it at all") == []


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("excl", "view progress"),
        ("cluster", "next cluster"),
        ("losses", "view losses"),
        ("spectrum", "view spectrum"),
        ("quit", "quit"),
        ("tour", "tour of the study: start or resume it, or leave it"),
        ("phase", "view phases"),
        ("9000", "go to epoch 9000"),
        ("9,000", "go to epoch 9000"),
    ],
)
async def test_whole_words_rank_first(app, settled, query, first) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        best = [text for text, score in await scored(app, query) if score == (await scored(app, query))[0][1]]
        assert first in best


async def test_a_frequency_is_offered_once(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        found = await offered(app, "2")
        assert found.count("go to frequency 2") == 1
        assert len(found) == len(set(found))


async def test_a_number_beyond_the_neurons_is_not_offered_as_a_neuron(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "go to neuron 12" not in await offered(app, "12")
        assert "go to frequency 4" not in await offered(app, "4")


async def test_ctrl_p_selects_an_epoch_and_a_view(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, "epoch 20")
        await settled(pilot)
        assert app.run_screen.selection.epoch == 20
        await choose(pilot, "view progress")
        await settled(pilot)
        assert (app.run_screen.grid.workspace.name, app.focused.id) == ("progress", "progress")


@pytest.mark.parametrize(
    ("name", "workspace", "key", "title"),
    [("algorithm", "logits", "6", "clock or pizza"), ("ranks", "emergence", "9", "ranks of the matrices")],
)
async def test_a_further_view_takes_the_last_pane_until_its_workspace_is_chosen(
    app, settled, name, workspace, key, title
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, f"view {name}")
        await settled(pilot)
        grid = app.run_screen.grid
        assert (grid.workspace.name, app.focused.id) == (workspace, name)
        assert grid.views == (*grid.workspace.views[:-1], name)
        assert title in text_of(app, name)
        await press(pilot, settled, key)
        assert grid.views == grid.workspace.views
        assert workspace == grid.workspace.name


@pytest.mark.parametrize("query", ["hf://me/run/full.pth", "open hf://me/run/full.pth"])
async def test_an_address_that_is_typed_can_be_opened(app, settled, query) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, query)
    assert str(app.next_run) == "hf://me/run/full.pth"


def test_a_typed_path_names_a_run_if_it_exists(tmp_path) -> None:
    assert typed_run(str(tmp_path)) == tmp_path
    assert typed_run(f"open {tmp_path}") == tmp_path
    for query in (str(tmp_path / "none"), "epoch 20", "hf://", "", "/\0"):
        assert typed_run(query) is None


async def test_opening_another_run_ends_the_app_with_that_next_run(app, settled, tmp_path, tiny_run) -> None:
    other = tmp_path / "other-run"
    shutil.copytree(tiny_run, other)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.open_next(other)
        await pilot.pause()
    assert app.next_run == other


async def test_the_log_has_the_traceback_of_an_unexpected_error(app, settled, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the spectrum is out")

    monkeypatch.setattr(Explorer, "neuron_spectrum", fail)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, "log")
        assert isinstance(app.screen, LogScreen)
        assert "Traceback" in app.screen.text
        assert "the spectrum is out" in app.screen.text
        await pilot.press("escape")
        await pilot.press("left")
        await settled(pilot)
        assert app.run_screen.selection.epoch == 30


async def choose(pilot, query: str) -> None:
    """Open the palette, type, wait for a hit and take it."""
    from textual.command import CommandList

    await pilot.press("ctrl+p")
    await pilot.pause()
    await pilot.press(*("space" if letter == " " else letter for letter in query))
    for _ in range(200):
        await pilot.pause(0.02)
        found = list(pilot.app.screen.query(CommandList))
        if found and found[0].option_count and found[0].highlighted is not None:
            break
    await pilot.pause(0.1)
    await pilot.press("enter")
    await pilot.pause(0.1)
