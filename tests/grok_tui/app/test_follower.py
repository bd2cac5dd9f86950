"""A run that grows while it is shown: native files, and those of any training loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from time import sleep
from types import SimpleNamespace

import pytest
import torch
from textual.pilot import Pilot

from engine import Explorer, ModelConfig, RunNotReady, Weights, open_run
from engine.networks.weights import weight_shapes
from engine.runs import folder_snapshot
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import write_checkpoint, write_run
from grok_tui.app.app import GrokApp
from grok_tui.app.follower import Follower
from grok_tui.app.opening_screen import open_when_ready
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from tests.grok_tui.driving import until

Settled = Callable[[Pilot[None]], Awaitable[None]]

SIZE = (120, 40)
CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)


def weights_of(seed: int) -> Weights:
    generator = torch.Generator().manual_seed(seed)
    return Weights(**{name: torch.randn(shape, generator=generator) for name, shape in weight_shapes(CONFIG).items()})


def save_step(folder: Path, step: int) -> Path:
    """A checkpoint as a user's own training loop writes it."""
    path = folder / f"step_{step}.pt"
    torch.save({"model": dict(weights_of(step).items()), "epoch": step}, path)
    return path


def app_on(folder: Path) -> GrokApp:
    def opened() -> OpenRun:
        explorer = Explorer(open_run(folder), keys=[1, 2])
        return OpenRun(explorer, initial_selection(explorer))

    return GrokApp(opened, exports=folder)


def where(app: GrokApp) -> str:
    """The status line of the screen on show; empty before that is composed."""
    return str(app.screen.query_one(StatusLine).render()) if app.screen.children else ""


def up_to_date(app: GrokApp) -> bool:
    panes = () if app.run_screen is None else app.run_screen.query(ViewPane)
    return len(panes) > 0 and all(pane.up_to_date for pane in panes)


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """Steps 0 and 100 of a user's own training loop."""
    for step in (0, 100):
        save_step(tmp_path, step)
    return tmp_path


@pytest.fixture
def native(tmp_path: Path) -> Path:
    """A native run of epochs 0 and 100."""
    write_run(tmp_path, CONFIG, None)
    for epoch in (0, 100):
        write_checkpoint(tmp_path, epoch, weights_of(epoch), torch.float32)
    append_losses(tmp_path, [(0, 2.0, 3.0), (100, 1.0, 2.0)])
    return tmp_path


async def test_at_the_last_epoch_it_follows_new_checkpoints_and_losses(native: Path) -> None:
    app = app_on(native)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "(2 of 2)" in where(app))
        append_losses(native, [(150, 0.75, None), (200, 0.5, 0.25)])
        write_checkpoint(native, 200, weights_of(200), torch.float32)
        await until(pilot, lambda: "epoch 200 (3 of 3)" in where(app) and up_to_date(app))
        assert app.run_screen.selection is not None
        assert (app.run_screen.selection.epoch, app.run_screen.selection.reference_epoch) == (200, 200)
        answer = app.run_screen.query_one("#losses", ViewPane).answer
        assert answer.epoch == 200
        assert answer.recorded.epochs.tolist() == [0, 100, 150, 200]


async def test_elsewhere_the_selection_stays_and_the_count_grows(native: Path, settled: Settled) -> None:
    app = app_on(native)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("left", "j")
        await settled(pilot)
        before = app.run_screen.selection
        write_checkpoint(native, 200, weights_of(200), torch.float32)
        await until(pilot, lambda: "epoch 0 (1 of 3)" in where(app))
        assert app.run_screen.selection == before
        await pilot.press("end")
        await until(pilot, lambda: "epoch 200 (3 of 3)" in where(app))


async def test_a_second_run_is_followed_too(native: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other", numbered=False)
    save_step(other, 100)
    first, second = (Explorer(open_run(path), keys=[1, 2]) for path in (native, other))
    app = GrokApp(lambda: OpenRun(first, initial_selection(first), second=second), exports=native)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "against B other, epoch 100" in where(app))
        save_step(other, 90)
        await until(pilot, lambda: second.epochs == (90, 100))
        write_checkpoint(native, 90, weights_of(90), torch.float32)
        await until(pilot, lambda: first.epochs == (0, 90, 100))
        await pilot.press("left")
        await until(pilot, lambda: "epoch 90 (2 of 3) against B other, epoch 90" in where(app))


async def test_an_unreadable_growing_run_is_reported_once(native: Path, messages: list[str]) -> None:
    app = app_on(native)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))
        (native / "run.json").write_text("{")
        for epoch in (200, 300):
            write_checkpoint(native, epoch, weights_of(epoch), torch.float32)
            await until(pilot, lambda: bool(messages))
        assert len(messages) == 1
        assert "run.json is not valid JSON" in messages[0]


async def test_a_half_written_file_appears_once_it_is_complete(steps: Path, messages: list[str]) -> None:
    app = app_on(steps)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))
        looked, refresh = Event(), app.run_screen.explorer.refresh
        app.run_screen.explorer.refresh = lambda: (refresh(), looked.set())[0]
        whole = save_step(steps.parent, 200).read_bytes()
        (steps / "step_200.pt").write_bytes(whole[: len(whole) // 2])
        await until(pilot, looked.is_set)
        await until(pilot, lambda: up_to_date(app))
        assert "epoch 100 (2 of 2)" in where(app)
        (steps / "step_200.pt").write_bytes(whole)
        await until(pilot, lambda: "epoch 200 (3 of 3)" in where(app))
        assert messages == []


async def test_a_file_that_stays_half_written_is_reported_once(
    steps: Path, monkeypatch: pytest.MonkeyPatch, messages: list[str]
) -> None:
    monkeypatch.setattr(folder_snapshot, "STABLE_SECONDS", 0.5)
    app = app_on(steps)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))
        (steps / "step_200.pt").write_bytes(b"PK\x03\x04")
        await until(pilot, lambda: len(messages) > 0)
        save_step(steps, 150)
        await until(pilot, lambda: "epoch 150 (3 of 3)" in where(app))
        (sentence,) = messages
        assert "step_200.pt is damaged" in sentence


async def test_a_rewritten_checkpoint_is_drawn_again(steps: Path) -> None:
    app = app_on(steps)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: up_to_date(app))
        before = app.run_screen.query_one("#losses", ViewPane).answer.scores
        torch.save({"model": dict(weights_of(7).items()), "epoch": 100}, steps / "step_100.pt")
        await until(pilot, lambda: app.run_screen.query_one("#losses", ViewPane).answer.scores is not before)
        assert "epoch 100 (2 of 2)" in where(app)


@pytest.mark.parametrize("native_run", [True, False])
async def test_a_run_without_checkpoints_is_waited_for(tmp_path: Path, native_run: bool) -> None:
    if native_run:
        write_run(tmp_path, CONFIG, None)
    app = app_on(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "waiting for the first checkpoint" in where(app))
        if native_run:
            write_checkpoint(tmp_path, 0, weights_of(0), torch.float32)
        else:
            save_step(tmp_path, 0)
        await until(pilot, lambda: "epoch 0 (1 of 1)" in where(app))
        if native_run:
            write_checkpoint(tmp_path, 100, weights_of(0), torch.float32)
        else:
            save_step(tmp_path, 100)
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))


async def test_waiting_can_be_quit(tmp_path: Path) -> None:
    app = app_on(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "waiting for the first checkpoint" in where(app))
        await pilot.press("q")
    assert app.failure is None


# The follower by itself


class Folder:
    """A stand-in for an explorer: counts its refreshes, which may take long or fail."""

    def __init__(self, path: Path, *, grows: bool = True, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.run = SimpleNamespace(path=path, address=None)
        self.refreshed = 0
        self._grows, self._seconds, self._error = grows, seconds, error

    def refresh(self) -> bool:
        self.refreshed += 1
        sleep(self._seconds)
        if self._error is not None:
            raise self._error
        return self._grows


class Worker:
    """A stand-in for the worker: runs a job at once."""

    def submit_urgent(self, job: Callable[[], None]) -> None:
        job()


def poll(*explorers: Folder, times: int = 1) -> list[tuple[bool, list[Exception]]]:
    reports: list[tuple[bool, list[Exception]]] = []
    follower = Follower(explorers, Worker(), lambda grown, failures: reports.append((grown, list(failures))))
    for _ in range(times):
        follower.poll()
    return reports


def test_a_poll_reports_whether_any_of_the_runs_has_grown(tmp_path: Path) -> None:
    assert poll(Folder(tmp_path, grows=False), Folder(tmp_path)) == [(True, [])]
    assert poll(Folder(tmp_path, grows=False)) == [(False, [])]


def test_a_run_that_cannot_be_read_is_reported_and_the_other_is_still_read(tmp_path: Path) -> None:
    error, other = OSError("gone"), Folder(tmp_path)
    assert poll(Folder(tmp_path, error=error), other) == [(True, [error])]
    assert other.refreshed == 1


def test_a_run_of_one_file_or_at_an_address_is_not_polled(tmp_path: Path) -> None:
    single, remote = Folder(tmp_path / "model.pt"), Folder(tmp_path)
    remote.run.address = "ssh://host/run"
    assert poll(single, remote) == []
    assert (single.refreshed, remote.refreshed) == (0, 0)


def test_an_expensive_poll_is_not_repeated_soon(tmp_path: Path) -> None:
    slow = Folder(tmp_path, seconds=0.2)
    poll(slow, times=5)
    assert slow.refreshed == 1


def test_waiting_ends_with_any_other_error() -> None:
    answers: list[Exception] = [RunNotReady("is empty"), ValueError("no run")]
    reasons: list[str] = []

    def open_run() -> OpenRun:
        raise answers.pop(0)

    with pytest.raises(ValueError, match="no run"):
        open_when_ready(open_run, reasons.append, Event())
    assert reasons == ["is empty"]
