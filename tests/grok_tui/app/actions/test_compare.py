"""Comparing by keys and by command: a pinned epoch, a second run, both or the difference."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from engine import Explorer, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from grok_tui.app.app import GrokApp
from grok_tui.cli.main import main
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.views.shared.comparison import Comparison
from tests.grok_tui.driving import SIZE, pane_of, press, text_of


@pytest.fixture(scope="module")
def second_run(tmp_path_factory) -> Path:
    """A run of p = 7 from another seed, with checkpoints at 0, 15 and 30."""
    path = tmp_path_factory.mktemp("runs") / "second"
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
    train(config, TrainingConfig(seed=1, epochs=30, save_every=SaveSchedule.parse("15"), frac_train=0.5), path=path)
    return path


async def test_p_pins_an_epoch_and_unpins_it(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home", "P", "end")
        assert (app.run_screen.selection.epoch, app.run_screen.selection.pinned_epoch) == (40, 0)
        assert "against epoch 0" in str(app.run_screen.query_one("#where").render())
        for name in ("clusters", "neuron", "spectrum"):
            assert isinstance(pane_of(app, name).answer, Comparison)
            assert pane_of(app, name).title.startswith("40 against 0 · ")
        for name in ("neuron", "spectrum"):
            assert "epoch 40 " in text_of(app, name)
            assert "epoch 0 " in text_of(app, name)
        assert "in each column 0→40" in text_of(app, "clusters")
        assert "△" in text_of(app, "losses")
        await press(pilot, settled, "P")
        assert app.run_screen.selection.pinned_epoch is None
        assert not isinstance(pane_of(app, "neuron").answer, Comparison)
        assert "against" not in str(app.run_screen.query_one("#where").render())


async def test_low_panes_with_two_answers_name_the_key_that_zooms(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "zooms" not in text_of(app, "neuron")
        await press(pilot, settled, "home", "P", "end")
        for name in ("neuron", "spectrum"):
            assert " · z zooms " in text_of(app, name).split("\n")[0]
        assert "zooms" not in text_of(app, "clusters")  # one table of both
        await press(pilot, settled, "z")
        assert "zooms" not in text_of(app, "neuron")
        await press(pilot, settled, "z")
        await pilot.resize_terminal(120, 60)
        await settled(pilot)
        assert "zooms" not in text_of(app, "neuron")


async def test_a_pinned_epoch_is_not_compared_with_itself(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = text_of(app, "neuron")
        await press(pilot, settled, "P")
        assert text_of(app, "neuron") == before
        assert "epoch 40 (5 of 5), pinned" in str(app.run_screen.query_one("#where").render())
        await press(pilot, settled, "left")
        assert pane_of(app, "neuron").title.startswith("30 against 40 · ")
        await press(pilot, settled, "right")
        assert text_of(app, "neuron") == before


async def test_equals_toggles_the_difference(app, settled, explorer) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "home", "P", "end", "equals_sign")
        assert pane_of(app, "neuron").title.startswith("40 − 0 · ")
        (difference,) = pane_of(app, "neuron").answer.drawn
        one, other = (explorer.neuron_activation(epoch, 0, 40).post for epoch in (40, 0))
        assert (difference.post == one - other).all()
        losses = [explorer.summary(epoch).losses.loss.test for epoch in (40, 0)]
        assert f"({losses[0] - losses[1]:+.3g}, × {losses[0] / losses[1]:.3g})" in text_of(app, "losses")
        await press(pilot, settled, "equals_sign")
        assert len(pane_of(app, "neuron").answer.drawn) == 2


async def test_a_difference_needs_a_comparison(app, settled, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, settled, "equals_sign")
        assert not app.run_screen.selection.difference
        assert any("P pins this epoch" in message for message in messages)


async def test_a_pinned_epoch_survives_changes_of_pane_and_workspace(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "P", "left", "j", "8")
        for pane in app.run_screen.grid.panes:
            assert pane.failure is None, pane.failure
            assert pane.title.startswith("30 against 40 · ")


async def test_a_second_run_follows_the_cursor(explorer, second_run, settled, tmp_path) -> None:
    second = Explorer(open_run(second_run), keys=[1, 2])
    opened = OpenRun(explorer, initial_selection(explorer), second=second)
    app = GrokApp(lambda: opened, exports=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for keys, epoch in ((["home"], 0), (["right"], 15), (["right", "right"], 30)):
            await press(pilot, settled, *keys)
            assert pane_of(app, "neuron").answer.b.epoch == epoch
            assert f"against B second, epoch {epoch}" in str(app.run_screen.query_one("#where").render())
        assert "test B" in text_of(app, "losses")
        await press(pilot, settled, "equals_sign", "8")
        assert all(pane.title.startswith("A − B") for pane in app.run_screen.grid.panes)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_show_compares_with_an_epoch_in_every_format(tiny_run, capsys) -> None:
    against = ("show", "clusters", tiny_run, "--key-frequencies", "1,2,3", "--against", 10)
    status, text, _ = run(capsys, *against)
    assert status == 0
    assert "against its epoch 10" in text
    _, text, _ = run(capsys, *against, "--difference")
    assert text.startswith("40 − 10 · clusters")
    for form in ("ansi", "svg-screen"):
        assert run(capsys, *against, "--format", form)[0] == 0
    _, out, _ = run(capsys, *against, "--format", "json")
    found = json.loads(out)
    assert list(found) == ["view", "provenance", "columns", "rows"]
    provenance, there = found["provenance"], found["provenance"].pop("against")
    assert (provenance.pop("epoch"), there.pop("epoch")) == (40, 10)
    assert provenance == there
    _, out, _ = run(capsys, *against, "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == found["columns"]
    assert rows[0][:4] == ["frequency", "neurons_a", "neurons_b", "neurons_delta"]


def test_a_view_without_a_comparison_shows_a_note(tiny_run, capsys) -> None:
    _, out, _ = run(capsys, "show", "clusters", tiny_run, "--format", "json")
    assert json.loads(out)["provenance"]["against"] is None


def test_show_compares_with_another_run(tiny_run, second_run, capsys) -> None:
    arguments = ("show", "progress", tiny_run, "--key-frequencies", "1,2", "--against-run", second_run)
    status, text, _ = run(capsys, *arguments, "--size", "120x30")
    assert status == 0
    assert "against second at epoch 30" in text
    assert "test A" in text
    _, out, _ = run(capsys, *arguments, "--format", "json")
    found = json.loads(out)
    assert found["provenance"]["against"]["run"] == "second"
    epochs = {row[0]: dict(zip(found["columns"], row, strict=True)) for row in found["rows"]}
    assert list(epochs) == [0, 10, 20, 30, 40, 15]  # the first run's, then those that only the second has
    assert epochs[15]["test_loss_a"] is None
    assert epochs[0]["test_loss_delta"] == epochs[0]["test_loss_a"] - epochs[0]["test_loss_b"]
    _, out, _ = run(capsys, *arguments, "--against", 15, "--format", "json")
    assert json.loads(out)["provenance"]["against"]["epoch"] == 15


def test_two_runs_print_their_overviews_side_by_side(tiny_run, second_run, capsys) -> None:
    status, text, _ = run(capsys, tiny_run, second_run)
    assert status == 0
    assert "against second at epoch 30" in text
    assert "A against B · clusters" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--against", "11"], "no checkpoint at epoch 11; nearest: 10 and 20; --nearest takes the nearest."),
        (["--against-run", "nowhere"], "nowhere"),
    ],
)
def test_an_impossible_comparison_is_refused_in_one_sentence(options, sentence, tiny_run, capsys) -> None:
    status, out, err = run(capsys, "show", "neuron", tiny_run, *options)
    assert (status, out) == (1, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_a_second_run_without_epochs_cannot_be_drawn_over_them(tiny_run, capsys) -> None:
    single = tiny_run / "checkpoints" / "epoch-000040.safetensors"
    status, _, err = run(capsys, "show", "sparsity", tiny_run, "--against-run", single)
    assert status == 1
    assert "needs more than one checkpoint" in err
