"""Where the explorer starts: explicit options override the saved session; unreadable runs are reported."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from engine import Explorer, GrokError, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.run_loop import explore_runs
from grok_tui.cli.options import DEFAULT_SELECTION, EngineOptions, RunOptions, SelectionOptions
from grok_tui.cli.run_opener import RunOpener
from grok_tui.session.saved_session import Layout, OpenRun, save_session
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings

KEYS = EngineOptions(key_frequencies="1,2,3", no_cache=True)


@pytest.fixture
def saved_run(tiny_run, tmp_path) -> Path:
    """A run with a saved session: epoch 20, reference epoch 10, head 1 and more."""
    path = Path(shutil.copytree(tiny_run, tmp_path / "saved"))
    explorer = Explorer(open_run(path), keys=[1, 2, 3])
    there = initial_selection(explorer, epoch=20, reference_epoch=10, neuron=5, head=1, order="unwrapped", pair=(2, 3))
    save_session(explorer, there, Layout("attention", "attention-map"))
    return path


@dataclass
class Apps:
    """Stands in for running the app: records what each one opened, and exits with the next of `wanted`."""

    opened: list[OpenRun] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    wanted: list[Path] = field(default_factory=list)

    def run(self, app: GrokApp) -> None:
        self.notices.append(app.notice)
        try:
            self.opened.append(app.open_run())
        except GrokError as error:
            app.failure = error
        else:
            app.next_run = self.wanted.pop(0) if self.wanted else None


@pytest.fixture
def apps(monkeypatch) -> Apps:
    found = Apps()
    monkeypatch.setattr("grok_tui.cli.run_opener.tune_gc", lambda: None)  # it would last for the whole test run

    def run(app: GrokApp) -> None:  # a bound method would not be given the app
        found.run(app)

    monkeypatch.setattr(GrokApp, "run", run)
    return found


def explore(
    path: Path, place: SelectionOptions = DEFAULT_SELECTION, options: EngineOptions = KEYS, fresh: bool = False
) -> None:
    opener = RunOpener(path, RunOptions(), options, Settings(), selection_options=place, fresh=fresh)
    explore_runs(opener, opener.of_next_run, Settings())


def test_the_saved_session_is_restored(saved_run, apps) -> None:
    explore(saved_run)
    (opened,) = apps.opened
    there = opened.selection
    assert (there.epoch, there.reference_epoch, there.neuron, there.head, there.x) == (20, 10, 5, 1, 2)
    assert (there.order, opened.layout.workspace) == ("unwrapped", "attention")


def test_explicit_options_override_the_saved_session(saved_run, apps) -> None:
    options = replace(KEYS, reference_epoch=30)
    explore(saved_run, SelectionOptions(epoch=0, head=0, order="natural", pair=(0, 0)), options)
    there = apps.opened[0].selection
    assert (there.epoch, there.reference_epoch, there.head, there.order, there.x) == (0, 30, 0, "natural", 0)
    assert there.neuron == 5


def test_fresh_ignores_the_saved_session(saved_run, apps) -> None:
    explore(saved_run, fresh=True)
    (opened,) = apps.opened
    assert (opened.selection.epoch, opened.selection.head, opened.layout.workspace) == (40, 0, "overview")


def test_an_unreadable_first_run_is_an_error(tmp_path, apps) -> None:
    with pytest.raises(GrokError, match="no-such-run"):
        explore(tmp_path / "no-such-run")


def test_after_an_unreadable_next_run_the_previous_run_returns(saved_run, apps) -> None:
    apps.wanted.append(saved_run.with_name("no-such-run"))
    explore(saved_run, SelectionOptions(epoch=0))
    first, again = apps.opened
    assert apps.notices[:2] == ["", ""]
    assert "no-such-run" in apps.notices[2]
    assert again.explorer.run.path == saved_run
    assert again.selection.epoch == 20  # of the saved session, not of the command line
    assert again.explorer.keys(40) == first.explorer.keys(40) == (1, 2, 3)


def test_options_of_one_run_do_not_apply_to_the_next(saved_run, apps, tiny_run) -> None:
    apps.wanted.append(tiny_run)
    explore(saved_run, options=replace(KEYS, split="none", dtype="float64"))
    following = apps.opened[1].explorer
    assert following.split is not None
    assert str(following.dtype) == "torch.float64"
    assert following.keys(40) == Explorer(open_run(tiny_run)).keys(40)  # not the explicit ones of the first run
