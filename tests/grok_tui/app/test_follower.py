"""A run that grows while it is on show, by our trainer's files and by anybody's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from time import perf_counter

import pytest
import torch
from textual.pilot import Pilot
from textual.widgets import Static

from engine import Explorer, ModelConfig, RunNotReady, Weights, open_run
from engine.networks.weights import weight_shapes
from engine.runs import folder_snapshot
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import write_checkpoint, write_run
from grok_tui.app import follower
from grok_tui.app.app import GrokApp
from grok_tui.app.follower import Follower
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection

Settled = Callable[[Pilot[None]], Awaitable[None]]
DisplayOptions = Callable[..., Event]

SIZE = (120, 40)
CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
# What is awaited comes in well under a second; a machine under load may take longer.
PATIENCE = 20.0


def weights_of(seed: int) -> Weights:
    generator = torch.Generator().manual_seed(seed)
    return Weights(**{name: torch.randn(shape, generator=generator) for name, shape in weight_shapes(CONFIG).items()})


def save_step(folder: Path, step: int) -> Path:
    """A checkpoint as somebody's own training loop writes it."""
    path = folder / f"step_{step}.pt"
    torch.save({"model": dict(weights_of(step).items()), "epoch": step}, path)
    return path


def app_on(folder: Path) -> GrokApp:
    def opened() -> OpenRun:
        explorer = Explorer(open_run(folder), keys=[1, 2])
        return OpenRun(explorer, initial_selection(explorer))

    return GrokApp(opened, exports=folder)


async def until(pilot: Pilot[None], reached: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = perf_counter() + PATIENCE
    while not reached():
        assert perf_counter() < deadline, "it did not come to be"
        await pilot.pause(0.02)


def where(app: GrokApp) -> str:
    return str(app.query_one("#where", Static).render())


def sentences_of(app: GrokApp) -> list[str]:
    """What the app tells from now on."""
    told: list[str] = []
    app.notify = lambda message, **options: told.append(message)
    return told


def up_to_date(app: GrokApp) -> bool:
    return app.selection is not None and all(pane.up_to_date for pane in app.query(ViewPane))


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """Steps 0 and 100 of somebody's own training loop."""
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


@pytest.fixture(params=[False, True], ids=["by events", "by polling"])
def _told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "is_remote", lambda folder: request.param)


@pytest.mark.usefixtures("_told")
async def test_at_the_end_it_goes_on_to_each_new_checkpoint_with_its_losses(native: Path) -> None:
    app = app_on(native)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "(2 of 2)" in where(app))
        append_losses(native, [(150, 0.75, None), (200, 0.5, 0.25)])
        write_checkpoint(native, 200, weights_of(200), torch.float32)
        await until(pilot, lambda: "epoch 200 (3 of 3)" in where(app) and up_to_date(app))
        assert app.selection is not None
        assert (app.selection.epoch, app.selection.reference_epoch) == (200, 200)
        answer = app.query_one("#losses", ViewPane).answer
        assert answer.epoch == 200
        assert answer.recorded.epochs.tolist() == [0, 100, 150, 200]


async def test_elsewhere_the_selection_stays_and_the_count_grows(native: Path, settled: Settled) -> None:
    app = app_on(native)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("left", "j")
        await settled(pilot)
        before = app.selection
        write_checkpoint(native, 200, weights_of(200), torch.float32)
        await until(pilot, lambda: "epoch 0 (1 of 3)" in where(app))
        assert app.selection == before
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


async def test_what_keeps_a_run_from_being_followed_is_told_once(native: Path) -> None:
    app = app_on(native)
    told = sentences_of(app)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))
        (native / "run.json").write_text("{")
        for epoch in (200, 300):
            write_checkpoint(native, epoch, weights_of(epoch), torch.float32)
            await until(pilot, lambda: bool(told))
        assert len(told) == 1
        assert "run.json is not valid JSON" in told[0]


async def test_a_half_written_file_is_shown_once_it_is_whole(steps: Path) -> None:
    app = app_on(steps)
    told = sentences_of(app)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))
        looked, refresh = Event(), app.explorer.refresh
        app.explorer.refresh = lambda: (refresh(), looked.set())[0]
        whole = save_step(steps.parent, 200).read_bytes()
        (steps / "step_200.pt").write_bytes(whole[: len(whole) // 2])
        await until(pilot, looked.is_set)
        await until(pilot, lambda: up_to_date(app))
        assert "epoch 100 (2 of 2)" in where(app)
        (steps / "step_200.pt").write_bytes(whole)
        await until(pilot, lambda: "epoch 200 (3 of 3)" in where(app))
        assert told == []


async def test_a_file_that_stays_half_written_is_told_once(steps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_snapshot, "STABLE_SECONDS", 0.5)
    app = app_on(steps)
    told = sentences_of(app)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "epoch 100 (2 of 2)" in where(app))
        (steps / "step_200.pt").write_bytes(b"PK\x03\x04")
        await until(pilot, lambda: len(told) > 0)
        save_step(steps, 150)
        await until(pilot, lambda: "epoch 150 (3 of 3)" in where(app))
        (sentence,) = told
        assert "step_200.pt is damaged" in sentence


async def test_a_checkpoint_that_is_written_anew_is_drawn_anew(steps: Path) -> None:
    app = app_on(steps)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: up_to_date(app))
        before = app.query_one("#losses", ViewPane).answer.here
        torch.save({"model": dict(weights_of(7).items()), "epoch": 100}, steps / "step_100.pt")
        await until(pilot, lambda: app.query_one("#losses", ViewPane).answer.here is not before)
        assert "epoch 100 (2 of 2)" in where(app)


@pytest.mark.parametrize("native_run", [True, False])
async def test_a_run_that_has_not_begun_is_waited_for(tmp_path: Path, native_run: bool) -> None:
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


async def test_waiting_can_be_left(tmp_path: Path) -> None:
    app = app_on(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "waiting for the first checkpoint" in where(app))
        await pilot.press("q")
    assert app.failure is None


# the thread by itself


@pytest.fixture
def looks():
    """`looks(folder, is_settled)`: a follower whose looks set an event; ended when the test is."""
    running: list[Follower] = []

    def follow(folder: Path, is_settled: Callable[[], bool] = lambda: True) -> Event:
        looked = Event()
        running.append(Follower(folder, looked.set, is_settled))
        return looked

    yield follow
    for one in running:
        one.stop()
        one.join(PATIENCE)
        assert not one._thread.is_alive()


def looked_again(looked: Event) -> bool:
    looked.clear()
    return looked.wait(PATIENCE)


@pytest.mark.usefixtures("_told")
def test_it_looks_after_each_change(tmp_path: Path, looks: DisplayOptions) -> None:
    looked = looks(tmp_path)
    assert looked.wait(PATIENCE)  # at what came before it began
    (tmp_path / "step_1.pt").write_bytes(b"1")
    assert looked_again(looked)


def test_checkpoints_of_a_folder_that_comes_later_are_seen(tmp_path: Path, looks: DisplayOptions) -> None:
    looked = looks(tmp_path)
    assert looked.wait(PATIENCE)
    (tmp_path / "checkpoints").mkdir()
    assert looked_again(looked)
    for epoch in range(3):
        (tmp_path / "checkpoints" / f"epoch-{epoch:06d}.safetensors").write_bytes(b"1")
        assert looked_again(looked)


def test_a_folder_that_is_made_anew_is_followed_on(tmp_path: Path, looks: DisplayOptions) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    looked = looks(folder)
    assert looked.wait(PATIENCE)
    folder.rmdir()
    assert looked_again(looked)
    folder.mkdir()
    assert looked_again(looked)


def test_it_looks_on_until_all_is_settled_and_then_rests(tmp_path: Path, looks: DisplayOptions) -> None:
    settled = Event()
    looked = looks(tmp_path, settled.is_set)
    for _ in range(3):
        assert looked_again(looked)
    settled.set()
    assert looked_again(looked)
    looked.clear()
    assert not looked.wait(1.5)


def test_where_events_have_run_out_it_polls(
    tmp_path: Path, looks: DisplayOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles

    polled, watch = Event(), watchfiles.watch

    def without_events(*places, force_polling, **options):
        if not force_polling:
            raise OSError("OS file watch limit reached")
        polled.set()
        return watch(*places, force_polling=True, **options)

    monkeypatch.setattr(watchfiles, "watch", without_events)
    looked = looks(tmp_path)
    assert looked.wait(PATIENCE)
    assert polled.is_set()


def test_waiting_for_a_run_that_cannot_be_read_ends_with_its_error() -> None:
    answers: list[Exception] = [RunNotReady("is empty"), ValueError("no run")]
    told: list[str] = []

    def opening() -> OpenRun:
        raise answers.pop(0)

    with pytest.raises(ValueError, match="no run"):
        follower.open_when_it_begins(opening, told.append, Event())
    assert told == ["is empty"]
