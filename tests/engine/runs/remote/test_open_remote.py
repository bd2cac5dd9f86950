"""A run at an address is the run on disk; its checkpoints are fetched when they are loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

pytest.importorskip("fsspec", reason="the extra `remote` is not installed")

from fsspec.implementations.memory import MemoryFileSystem

from engine import GrokError, UnreadableRun, convert, open_run
from engine.runs.refresh import refresh
from engine.runs.remote.cache import cache_folder
from engine.runs.remote.store import FetchProgress, RemoteError
from tests.engine.runs.remote.servers import files_of


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    system = MemoryFileSystem()
    system.makedirs("/host/run")
    yield system
    system.rm("/host", recursive=True)


@pytest.fixture
def native(memory: MemoryFileSystem, tiny_run: Path) -> str:
    """A native run at an address."""
    for name, data in files_of(tiny_run).items():
        memory.pipe_file(f"/host/run/{name}", data)
    return "memory://host/run"


def test_a_run_at_an_address_is_the_run_on_disk(native: str, tiny_run: Path) -> None:
    run, local = open_run(native), open_run(tiny_run)
    assert (run.config, run.epochs, run.container) == (local.config, local.epochs, local.container)
    assert run.losses is not None
    assert local.losses is not None
    assert run.losses.train.tolist() == local.losses.train.tolist()
    for epoch in run.epochs:
        assert run.weights(epoch).W_E.equal(local.weights(epoch).W_E)


def test_the_run_is_named_by_its_address(native: str) -> None:
    run = open_run(native)
    assert (run.name, run.location, run.warnings) == (native, native, ())


def test_checkpoints_are_fetched_when_they_are_loaded(native: str) -> None:
    reports: list[FetchProgress] = []
    run = open_run(native, on_fetch=reports.append)
    names = {report.name.removeprefix(f"{native}/") for report in reports}
    assert names == {"run.json", "losses.csv", "checkpoints/epoch-000040.safetensors"}
    reports.clear()
    for _ in range(2):
        run.weights(10)
    assert [report.name.rpartition("/")[2] for report in reports if report.done == 0] == ["epoch-000010.safetensors"]


def test_a_folder_of_checkpoints_is_opened(memory: MemoryFileSystem, checkpoints: Path) -> None:
    for name, data in files_of(checkpoints).items():
        memory.pipe_file(f"/host/run/{name}", data)
    run = open_run("memory://host/run/", p=7)
    assert run.epochs == (0, 10, 20, 30, 40)
    assert run.weights(20).W_E.equal(open_run(checkpoints).weights(20).W_E)


def test_a_folder_with_one_checkpoint_is_that_file(memory: MemoryFileSystem, checkpoints: Path) -> None:
    memory.pipe_file("/host/run/full_run_data.pth", (checkpoints / "step_40.pt").read_bytes())
    assert open_run("memory://host/run").epochs == (0,)


def test_settings_are_named_by_their_address(memory: MemoryFileSystem, checkpoints: Path) -> None:
    for name, data in files_of(checkpoints).items():
        memory.pipe_file(f"/host/run/{name}", data)
    memory.pipe_file("/host/run/config.json", b'{"p": 7, "prompt": "x y ="}')
    assert open_run("memory://host/run").settings_files == ("memory://host/run/config.json",)
    assert open_run("memory://host/run/step_40.pt").settings_files == ("memory://host/run/config.json",)


def test_the_name_of_the_folder_may_have_the_epoch(memory: MemoryFileSystem, tiny_run: Path) -> None:
    weights = (tiny_run / "checkpoints" / "epoch-000040.safetensors").read_bytes()
    memory.pipe_file("/host/run/checkpoint-500/model.safetensors", weights)
    for address in ("memory://host/run/checkpoint-500", "memory://host/run/checkpoint-500/model.safetensors"):
        assert open_run(address, p=7).epochs == (500,)


def test_the_only_checkpoint_of_a_folder_is_named_in_errors(memory: MemoryFileSystem) -> None:
    memory.pipe_file("/host/run/full.pth", b"no weights")
    with pytest.raises(UnreadableRun, match=r"^memory://host/run/full\.pth is text"):
        open_run("memory://host/run")


def test_a_damaged_checkpoint_is_named_by_its_address(native: str, memory: MemoryFileSystem) -> None:
    memory.pipe_file("/host/run/checkpoints/epoch-000010.safetensors", b"damaged")
    memory.pipe_file("/host/run/checkpoints/epoch-000040.safetensors", b"damaged")
    run = open_run(native)
    assert run.epochs == (0, 10, 20, 30)
    with pytest.raises(UnreadableRun) as error:
        run.weights(10)
    for message in (str(error.value), *run.warnings):
        assert f"{native}/checkpoints/epoch-0000" in message
        assert str(cache_folder()) not in message


def test_a_checkpoint_that_changed_since_it_was_listed_is_an_error(native: str, memory: MemoryFileSystem) -> None:
    run = open_run(native)
    memory.pipe_file("/host/run/checkpoints/epoch-000010.safetensors", b"another")
    with pytest.raises(RemoteError, match=r"epoch-000010\.safetensors has changed on the server"):
        run.weights(10)
    assert run.weights(20)


def test_a_lost_connection_is_not_a_damaged_checkpoint(native: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints are not skipped one after the other when the network is gone."""
    attempts = []

    def fail(system: MemoryFileSystem, path: str, *arguments: object, **options: object) -> None:
        attempts.append(path)
        raise ConnectionResetError(104, "Connection reset by peer")

    original = MemoryFileSystem.open
    monkeypatch.setattr(
        MemoryFileSystem,
        "open",
        lambda system, path, *rest, **options: (fail if "epoch" in path else original)(system, path, *rest, **options),
    )
    with pytest.raises(RemoteError, match="cannot be reached: Connection reset by peer"):
        open_run(native)
    assert len(attempts) == 1


def test_much_data_is_announced(memory: MemoryFileSystem, native: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.runs.remote.open_remote.LARGE_BYTES", 1_000)
    (warning,) = open_run(native).warnings
    assert warning.startswith(f"{native}: checkpoints are fetched when they are shown, and all of them (")


def test_an_empty_folder_is_not_waited_for(memory: MemoryFileSystem) -> None:
    with pytest.raises(UnreadableRun, match=r"^memory://host/run is empty") as error:
        open_run("memory://host/run")
    assert type(error.value) is UnreadableRun


def test_a_run_at_an_address_is_not_refreshed(native: str) -> None:
    run = open_run(native)
    assert refresh(run) is run


def test_a_run_at_an_address_is_converted(native: str, tiny_run: Path, tmp_path: Path) -> None:
    convert(open_run(native), tmp_path / "copy")
    assert open_run(tmp_path / "copy").epochs == open_run(tiny_run).epochs


def test_the_mirror_is_shared_and_survives_a_lost_cache(native: str) -> None:
    first = open_run(native)
    first.weights(10)
    second = open_run(native)
    assert second.path == first.path
    for file in cache_folder().rglob("files/**/*.safetensors"):
        file.unlink()
    assert open_run(native).weights(10)


@pytest.mark.parametrize(
    ("module", "address", "extra"),
    [("huggingface_hub", "hf://me/run", "hub"), ("fsspec", "memory://host/run", "remote")],
)
def test_a_missing_extra_is_named(module: str, address: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("engine.runs.remote.hub", "engine.runs.remote.file"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(GrokError, match=rf"needs {module}, which is not installed; pip install 'grok-tui\[{extra}\]'"):
        open_run(address)


def test_losses_that_each_checkpoint_records_take_no_download(memory: MemoryFileSystem, tiny_run: Path) -> None:
    for checkpoint in open_run(tiny_run).checkpoints:
        payload = {"model": dict(checkpoint.load().items()), "epoch": checkpoint.epoch, "train_loss": 1.0}
        with memory.open(f"/host/run/step_{checkpoint.epoch}.pt", "wb") as file:
            torch.save(payload, file)
    reports: list[FetchProgress] = []
    run = open_run("memory://host/run", p=7, prompt="x y =", on_fetch=reports.append)
    assert {report.name for report in reports} == {"memory://host/run/step_40.pt"}
    assert run.losses is not None
    assert run.losses.epochs.tolist() == [40]
    assert "1 of 5 checkpoints" in run.losses.source
