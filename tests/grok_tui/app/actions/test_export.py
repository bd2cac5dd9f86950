"""Exports by key: snapshots of the screen at the time of the key press, with provenance."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import Layout, OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from tests.engine.training.disk_faults import full_from
from tests.grok_tui.driving import SIZE, press


async def test_an_export_is_a_snapshot_taken_when_the_prompt_opens(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.run_screen.query_one("#clusters").focus()
        await pilot.press("e")
        await pilot.pause()
        app.run_screen.change(epoch=0)  # as playback does while a name is typed
        await settled(pilot)
        await pilot.press("tab", "tab", "tab", "enter")
        await pilot.pause()
        clusters = app.run_screen.explorer.clusters(40, 40)
    (file,) = tmp_path.iterdir()
    assert file.name == "tiny-clusters-epoch-000040.json"
    content = json.loads(file.read_text())
    assert content["provenance"]["epoch"] == 40
    assert [row[1] for row in content["rows"]] == [len(cluster.neurons) for cluster in clusters]


@pytest.mark.parametrize("keys", [["e"], ["E"], ["Y"]], ids=" ".join)
async def test_a_stale_pane_is_not_exported(app, settled, keys, tmp_path, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        for pane in app.run_screen.grid.panes:
            pane.expect()
        await pilot.press(*keys)
        await pilot.pause()
        assert any("still being computed" in message for message in messages)
        assert app.screen is app.run_screen
    assert list(tmp_path.iterdir()) == []


async def test_a_screen_export_includes_failed_panes(tmp_path, settled, tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run / "checkpoints" / "epoch-000040.safetensors"))
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "8")
        await pilot.press("E", "tab", "tab", "tab", "enter")
        await pilot.pause()
        await pilot.press("E", "tab", "enter")
        await pilot.pause()
    (table,) = tmp_path.glob("*.json")
    views = json.loads(table.read_text())
    assert [view["view"] for view in views] == ["progress", "test-trig-ratio", "trig-fraction", "phases"]
    assert all("needs more than one checkpoint" in view["error"] for view in views)
    (text,) = tmp_path.glob("*.txt")
    assert text.read_text().count("safetensors has one.") == 4


@pytest.mark.parametrize(
    ("settings", "background"), [(Settings(theme="textual-light"), "#fbfaf6"), (Settings(), "#11151a")]
)
async def test_an_svg_of_the_screen_has_the_background_of_the_theme(
    explorer, settled, tmp_path, settings, background
) -> None:
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path, settings=settings)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("E", "enter")
        await pilot.pause()
    (picture,) = (file.read_text() for file in tmp_path.glob("*.svg"))
    assert background in picture


async def test_e_writes_a_figure_as_svg(explorer, settled, tmp_path) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("e", "shift+tab", "enter")
        await pilot.pause()
    (figure,) = (file.read_text() for file in tmp_path.glob("*.svg"))
    assert "matplotlib" in figure
    assert "#ffffff" in figure


@pytest.mark.parametrize("keys", [["Y"], ["e", "enter"], ["E", "tab", "enter"]], ids=" ".join)
async def test_with_ascii_exports_are_ascii(explorer, settled, tmp_path, keys) -> None:
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), tmp_path, Settings(ascii=True))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
    (file,) = tmp_path.iterdir()
    assert file.read_text().isascii()


async def test_a_path_that_cannot_be_written_is_reported(app, settled, tmp_path, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await pilot.pause()
        app.screen.query_one(Input).value = "~no-such-person/x.txt"
        await pilot.press("enter")
        await pilot.pause()
        assert any("~no-such-person/x.txt is not written" in message for message in messages)
        assert app.is_running
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", [["e", "enter"], ["Y"], ["E", "enter"]], ids=" ".join)
async def test_a_full_disk_is_reported_with_the_file(app, settled, tmp_path, messages, keys) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        with full_from(0):
            await pilot.press(*keys)
            await pilot.pause()
        assert any(f"{tmp_path}/tiny-" in m and "could not be written: No space left on device." in m for m in messages)
        assert app.is_running
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", [["e", "enter"], ["Y"], ["E", "tab", "tab", "tab", "enter"]], ids=" ".join)
async def test_a_pane_without_provenance_is_not_exported(tmp_path, settled, tiny_run, keys, messages) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    explorer = Explorer(open_run(run))
    (run / "checkpoints" / "epoch-000030.safetensors").write_bytes(b"cut")
    (tmp_path / "out").mkdir()
    selection = replace(initial_selection(explorer), reference_epoch=30)  # now damaged
    app = GrokApp(lambda: OpenRun(explorer, selection, Layout("embedding", "embedding")), exports=tmp_path / "out")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        assert app.run_screen.query_one("#embedding").answer is not None
        await pilot.press(*keys)
        await pilot.pause()
    files = list((tmp_path / "out").iterdir())
    if keys[0] == "E":
        (file,) = files
        assert all(view["error"] for view in json.loads(file.read_text()))
    else:
        assert files == []
        assert any("known provenance" in message for message in messages)


async def test_e_writes_the_focused_view_with_its_provenance(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "e", "enter", "e", "enter")
        app.run_screen.query_one("#clusters").focus()
        await press(pilot, settled, "e", "enter")
    first = tmp_path / "tiny-neuron-0-epoch-000040.txt"
    assert "tiny at epoch 40" in first.read_text()
    assert (tmp_path / "tiny-neuron-0-epoch-000040-1.txt").exists()
    assert "key frequencies 1, 2, 3" in (tmp_path / "tiny-clusters-epoch-000040.txt").read_text()


async def test_shift_e_writes_the_screen_as_svg(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "E", "enter")
    assert "clusters" in (tmp_path / "tiny-overview-epoch-000040.svg").read_text()


async def test_an_unknown_ending_is_asked_for_again(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("e", *"mine.txtx", "enter")
        await pilot.pause()
        assert "a name ends in .txt" in str(app.screen.query_one("Input").border_title)
        await pilot.press("backspace", "tab", "tab", "enter")
        await pilot.pause()
    assert (tmp_path / "mine.csv").read_text().startswith("x,y,value")


async def test_typing_replaces_the_suggested_name_and_keeps_the_ending(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "e", *"mine", "enter")
        await press(pilot, settled, "e", "tab", "tab", *"table", "enter")
        await press(pilot, settled, "e", *"other.json", "enter")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.txt", "other.json", "table.csv"]


async def test_the_prompt_shows_the_folder_of_a_new_file(app, settled, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await pilot.pause()
        subtitle = str(app.screen.query_one(Input).border_subtitle)
    assert subtitle.endswith(tmp_path.name)
