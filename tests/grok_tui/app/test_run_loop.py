"""Where the explorer starts: explicit options override the saved session; unreadable runs are reported."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from engine import Explorer, GrokError, open_run
from grok_tui.app.app import GrokApp
from grok_tui.app.browse_loop import browse_runs
from grok_tui.app.run_loop import explore_runs
from grok_tui.app.run_table_app import RunTableApp
from grok_tui.app.terminal_app import TerminalApp
from grok_tui.cli.options import DEFAULT_SELECTION, EngineOptions, RunOptions, SelectionOptions
from grok_tui.cli.run_opener import RunOpener
from grok_tui.session.saved_session import Layout, OpenRun, save_session
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_run

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
    monkeypatch.setattr("grok_tui.terminal.gc_tuning.tune_gc", lambda: None)  # it would last for the whole test run

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


@dataclass
class Screens:
    """Stands in for running the apps: in turn, what the user does in the table and in the run that it opened."""

    in_table: list[tuple[str, ...]]
    in_run: list[str]
    notices: list[str] = field(default_factory=list)
    compared: list[bool] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def table(self, app: RunTableApp) -> None:
        self.notices.append(app.notice)
        self.rows.append(len(app.table.rows))
        names = self.in_table.pop(0)
        app.table.rows = {row.path: row for row in ROWS}
        if names:
            app.table.open_runs([Path(name) for name in names])

    def run(self, app: GrokApp) -> None:
        try:
            opened = app.open_run()
        except GrokError as error:
            app.failure = error
            return
        self.compared.append(opened.second is not None)
        if self.in_run.pop(0) == "escape":
            app.action_back_to_table()


ROWS = [made_run(1.0, seed) for seed in range(3)]


def browse(screens: Screens, monkeypatch) -> int:
    monkeypatch.setattr("grok_tui.terminal.gc_tuning.tune_gc", lambda: None)
    monkeypatch.setattr(TerminalApp, "exit", lambda app: None)

    def run(app: GrokApp) -> None:  # a bound method would not be given the app
        screens.run(app)

    def table(app: RunTableApp) -> None:
        screens.table(app)

    monkeypatch.setattr(GrokApp, "run", run)
    monkeypatch.setattr(RunTableApp, "run", table)
    opener = RunOpener(None, RunOptions(), KEYS, Settings())
    return browse_runs(MadeSource.of(ROWS), opener.of_next_run, Settings())


def test_escape_returns_to_the_table_with_its_rows(tiny_run, monkeypatch) -> None:
    screens = Screens([(str(tiny_run),), ()], ["escape"])
    assert browse(screens, monkeypatch) == 0
    assert screens.rows == [0, 3]
    assert screens.notices == ["", ""]


def test_quitting_a_run_quits_the_table(tiny_run, monkeypatch) -> None:
    screens = Screens([(str(tiny_run),)], ["q"])
    assert browse(screens, monkeypatch) == 0
    assert screens.in_table == []


def test_two_runs_are_compared(tiny_run, subtracting_run, monkeypatch) -> None:
    screens = Screens([(str(tiny_run), str(subtracting_run)), ()], ["escape"])
    browse(screens, monkeypatch)
    assert screens.compared == [True]


def test_a_run_that_cannot_be_opened_returns_to_the_table_with_the_reason(tmp_path, monkeypatch) -> None:
    screens = Screens([(str(tmp_path / "no-such-run"),), ()], [])
    browse(screens, monkeypatch)
    assert "no-such-run" in screens.notices[1]
