"""The app on other architectures: every workspace, ablating, comparing, exporting."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from tests.grok_tui.driving import press, text_of
from tests.grok_tui.screen_text import screen_text
from tests.grok_tui.views.families import FAMILIES


@cache
def _explorer(path: Path, name: str) -> Explorer:
    """Of a run that does not change; its answers are computed once for all sizes of the screen."""
    return Explorer(open_run(path, **FAMILIES[name][1]))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("prenorm_p59", (120, 40)),
        ("encoder_2_layers_p97", (120, 40)),
        ("encoder_2_layers_p97", (80, 24)),
        ("mlp_sum_p23", (80, 24)),
        ("mlp_concat_p113", (120, 40)),
    ],
)
async def test_every_workspace_shows_its_views_or_what_they_need(name, size, real, tmp_path, settled, messages) -> None:
    explorer = _explorer(real(FAMILIES[name][0]), name)
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for number, workspace in enumerate(WORKSPACES, start=1):
            await press(pilot, settled, str(number), "left")
            for view in workspace.views:
                assert text_of(app, view).strip(), view
        await press(pilot, settled, "7", "b")
        assert app.run_screen.selection.ablation.clusters
        await press(pilot, settled, "backspace", "B", "m")
        has_attention = "attention" in explorer.config.parts
        assert bool(app.run_screen.selection.ablation.heads) == has_attention
        assert ("head ablation needs attention" in " ".join(messages)) == (not has_attention)
        await press(pilot, settled, "backspace", "1", "end", "P", "left", "=")
        assert app.run_screen.selection.pinned_epoch == explorer.epochs[-1]
        await press(pilot, settled, "E", "enter")
        assert list(tmp_path.glob("*.svg"))
        await press(pilot, settled, "e", "enter")
        assert list(tmp_path.glob("*.txt"))
    assert not any("Traceback" in message for message in messages)


async def test_the_header_names_the_layer_of_several(real, tmp_path, settled) -> None:
    path, settings = FAMILIES["mlp_concat_p113"]
    explorer = Explorer(open_run(real(path), **settings, layer=0))
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), exports=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "layer 1 of 2" in screen_text(app)


async def test_another_architecture_of_another_p_is_compared(real, settled) -> None:
    encoder, mlp = (_explorer(real(FAMILIES[name][0]), name) for name in ("encoder_2_layers_p97", "mlp_sum_p23"))
    app = GrokApp(lambda: OpenRun(encoder, initial_selection(encoder), second=mlp))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, settled, "=")
        assert "No difference: run A has p = 97" in " ".join(text_of(app, "neuron").split())
        await press(pilot, settled, "3")
        shown = " ".join(text_of(app, "attention").split())
        assert "attention needs attention; this network is an MLP." in shown


async def test_the_layers_of_the_encoder_are_stepped_through(real, settled) -> None:
    encoder = _explorer(real(FAMILIES["encoder_2_layers_p97"][0]), "encoder_2_layers_p97")
    app = GrokApp(lambda: OpenRun(encoder, initial_selection(encoder)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        second = text_of(app, "clusters")
        await press(pilot, settled, "right_curly_bracket")
        assert "layer 1 of 2" in screen_text(app)
        assert text_of(app, "clusters") != second
