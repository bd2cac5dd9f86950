"""What fsspec reads is listed and fetched file by file; tried on its file system in memory."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

pytest.importorskip("fsspec", reason="the extra `remote` is not installed")

from fsspec.implementations.memory import MemoryFileSystem

from engine.runs.remote.address import RemoteAddress
from engine.runs.remote.filesystem import FilesystemStore
from engine.runs.remote.store import FetchProgress, RemoteError, Unreachable


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """The folder memory://host/run with two checkpoints and settings."""
    system = MemoryFileSystem()
    for name in ("step_1.pt", "checkpoints/step_2.pt", "config.json", "notes.md", ".hidden.pt", ".git/x.pt"):
        system.pipe_file(f"/host/run/{name}", name.encode())
    yield system
    system.rm("/host", recursive=True)


def _store(path: str) -> FilesystemStore:
    return FilesystemStore(RemoteAddress(f"memory://host/{path}", "memory"))


def _discard(progress: FetchProgress) -> None:
    """No observer."""


def test_a_folder_lists_checkpoints_and_settings(memory: MemoryFileSystem) -> None:
    listing = _store("run/").listing()
    assert {(file.name, file.size) for file in listing.files} == {
        ("step_1.pt", 9),
        ("checkpoints/step_2.pt", 21),
        ("config.json", 11),
    }
    assert listing.target is None


def test_a_file_is_fetched_once_with_its_progress(memory: MemoryFileSystem) -> None:
    store, reports = _store("run/checkpoints/step_2.pt"), []
    listing = store.listing()
    assert listing.target == "step_2.pt"
    (file,) = listing.files  # config.json is not beside it
    assert store.cached(file) is None
    path = store.fetch(file, reports.append)
    assert path.read_bytes() == b"checkpoints/step_2.pt"
    source = "memory://host/run/checkpoints/step_2.pt"
    assert reports == [FetchProgress(source, done, 21) for done in (0, 21)]
    assert _store("run/checkpoints/step_2.pt").cached(file) == path


def test_a_file_is_listed_with_the_settings_beside_it(memory: MemoryFileSystem) -> None:
    memory.pipe_file("/host/run/large.json", bytes(2 << 20))
    assert [file.name for file in _store("run/step_1.pt").listing().files] == ["step_1.pt", "config.json"]


def test_a_file_that_changes_after_the_listing_is_an_error(memory: MemoryFileSystem) -> None:
    store = _store("run")
    file = next(file for file in store.listing().files if file.name == "step_1.pt")
    memory.pipe_file("/host/run/step_1.pt", b"another")
    with pytest.raises(RemoteError, match=r"memory://host/run/step_1\.pt has changed on the server"):
        store.fetch(file, _discard)
    assert store.cached(file) is None


def test_a_file_that_changes_while_it_is_fetched_is_an_error(memory: MemoryFileSystem) -> None:
    store = _store("run")
    file = next(file for file in store.listing().files if file.name == "step_1.pt")

    def change(progress: FetchProgress) -> None:
        memory.pipe_file("/host/run/step_1.pt", b"different")

    with pytest.raises(RemoteError, match="has changed on the server"):
        store.fetch(file, change)
    assert store.cached(file) is None


def test_a_changed_file_has_another_version(memory: MemoryFileSystem) -> None:
    before = _store("run/step_1.pt").listing()
    memory.pipe_file("/host/run/step_1.pt", b"different")
    after = _store("run/step_1.pt").listing()
    assert before.files[0].size == after.files[0].size
    assert before != after


def test_a_cut_connection_leaves_no_file(memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _store("run")
    file = next(file for file in store.listing().files if file.name == "step_1.pt")
    opened = memory.open("/host/run/step_1.pt", "rb")
    opened.seek(4)  # the first four bytes never arrive
    monkeypatch.setattr(MemoryFileSystem, "open", lambda *arguments, **options: opened)
    with pytest.raises(RemoteError, match=r"step_1\.pt: the connection was cut after 5 of 9 bytes; run the command"):
        store.fetch(file, _discard)
    assert store.cached(file) is None


def test_without_a_connection_the_cached_files_are_listed(
    memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _store("run")
    file = next(file for file in store.listing().files if file.name == "step_1.pt")
    store.fetch(file, _discard)

    def fail(*arguments: object, **options: object) -> None:
        raise TimeoutError(110, "Connection timed out")

    with monkeypatch.context() as without_connection:
        without_connection.setattr(MemoryFileSystem, "info", fail)
        listing = _store("run").listing()
        assert listing.files == (file,)
        assert listing.note == (
            "memory://host/run cannot be reached: Connection timed out. What is in the cache is shown."
        )
        with pytest.raises(Unreachable, match="cannot be reached: Connection timed out"):
            _store("other").listing()


def test_what_does_not_exist_is_one_sentence(memory: MemoryFileSystem) -> None:
    with pytest.raises(RemoteError, match=r"^memory://host/none does not exist\.$"):
        _store("none").listing()


@pytest.mark.parametrize(("scheme", "package"), [("ssh", "sshfs"), ("sftp", "sshfs"), ("s3", "s3fs"), ("gs", "gcsfs")])
def test_a_missing_package_is_named(scheme: str, package: str) -> None:
    if find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    store = FilesystemStore(RemoteAddress(f"{scheme}://host/run", scheme))
    with pytest.raises(RemoteError, match=rf"^{scheme}:// needs {package}; pip install {package}\.$"):
        store.listing()


def test_a_password_is_not_shown() -> None:
    store = FilesystemStore(RemoteAddress("ftp://me:secret@127.0.0.1:1/run", "ftp"))
    with pytest.raises(Unreachable) as error:
        store.listing()
    assert "secret" not in str(error.value)
    assert "ftp://me:…@127.0.0.1:1/run cannot be reached" in str(error.value)
