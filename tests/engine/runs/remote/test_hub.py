"""Repositories of the hub: a server on this machine speaks the part of its protocol that huggingface_hub uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="the extra `hub` is not installed")

from engine.runs.remote.address import RemoteAddress
from engine.runs.remote.hub import HubStore
from engine.runs.remote.store import FetchProgress, RemoteError, Unreachable
from tests.engine.runs.remote.servers import Server, files_of

Store = Callable[[str], HubStore]


@pytest.fixture
def store(server: Server, tmp_path: Path) -> Store:
    """The store of an address on the server, with a cache of its own."""
    return lambda url: HubStore(RemoteAddress(url, "hf"), server.url, tmp_path / "hub")


@pytest.fixture
def repo(server: Server, tiny_run: Path) -> dict[str, bytes]:
    """The files of the model repository me/run: a native run in the folder `a`, and other files."""
    files = {f"a/{name}": data for name, data in files_of(tiny_run).items()}
    files |= {"full.pth": b"all of it", "config.json": b"{}", "README.md": b"# a run", ".gitattributes": b""}
    server.repos["models", "me/run"] = files
    return files


def _discard(progress: FetchProgress) -> None:
    """No observer."""


def test_a_folder_lists_checkpoints_and_settings(store: Store, repo: dict[str, bytes]) -> None:
    listing = store("hf://me/run/a").listing()
    assert listing.target is None
    assert {file.name for file in listing.files} == {name[2:] for name in repo if name.startswith("a/")}


def test_a_repository_is_a_folder(store: Store, repo: dict[str, bytes]) -> None:
    names = {file.name for file in store("hf://me/run").listing().files}
    assert names == set(repo) - {"README.md", ".gitattributes"}


def test_a_file_is_listed_with_the_settings_beside_it(store: Store, repo: dict[str, bytes]) -> None:
    listing = store("hf://me/run/full.pth").listing()
    assert listing.target == "full.pth"
    assert [(file.name, file.size) for file in listing.files] == [("full.pth", 9), ("config.json", 2)]


@pytest.mark.parametrize("kind", ["datasets", "spaces"])
def test_the_type_of_a_repository_is_found(store: Store, server: Server, kind: str) -> None:
    server.repos[kind, "me/data"] = {"a.pt": b"weights"}
    data = store("hf://me/data/a.pt")
    (file,) = data.listing().files
    assert data.fetch(file, _discard).read_bytes() == b"weights"


def test_a_file_is_fetched_once_with_its_progress(store: Store, server: Server, repo: dict[str, bytes]) -> None:
    hub, reports = store("hf://me/run/full.pth"), []
    file = hub.listing().files[0]
    assert hub.cached(file) is None
    path = hub.fetch(file, reports.append)
    assert path.read_bytes() == b"all of it"
    assert reports == [FetchProgress("hf://me/run/full.pth", done, 9) for done in (0, 9)]
    server.requests.clear()
    again = store("hf://me/run/full.pth")
    assert again.cached(again.listing().files[0]) == path
    assert server.downloads() == []


def test_a_new_commit_is_fetched_and_the_old_one_stays(store: Store, server: Server, repo: dict[str, bytes]) -> None:
    old = store("hf://me/run/full.pth")
    first = old.fetch(old.listing().files[0], _discard)
    repo["full.pth"] = b"something else"
    new = store("hf://me/run/full.pth")
    assert new.fetch(new.listing().files[0], _discard).read_bytes() == b"something else"
    assert first.read_bytes() == b"all of it"


def test_a_file_that_changes_after_the_listing_is_an_error(store: Store, repo: dict[str, bytes]) -> None:
    hub = store("hf://me/run/full.pth")
    file = hub.listing().files[0]
    repo["full.pth"] = b"something else"
    with pytest.raises(
        RemoteError, match=r"full\.pth has changed on the server since it was listed; open the run again"
    ):
        hub.fetch(file, _discard)


def test_a_cut_connection_leaves_no_complete_file(
    store: Store, server: Server, repo: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between the attempts of huggingface_hub
    hub = store("hf://me/run/full.pth")
    file = hub.listing().files[0]
    server.cut_after = 0
    with pytest.raises(Unreachable, match=r"hf://me/run/full\.pth cannot be reached; .* run the command again"):
        hub.fetch(file, _discard)
    assert not list((tmp_path / "hub").rglob("full.pth"))
    server.cut_after = None
    assert hub.fetch(file, _discard).read_bytes() == b"all of it"


def test_without_a_connection_the_cached_files_are_listed(store: Store, server: Server, repo: dict[str, bytes]) -> None:
    hub = store("hf://me/run/a")
    files = {file.name: file for file in hub.listing().files}
    for name in ("run.json", "checkpoints/epoch-000040.safetensors"):
        hub.fetch(files[name], _discard)
    server.status = 503
    listing = store("hf://me/run/a").listing()
    assert {file.name for file in listing.files} == {"run.json", "checkpoints/epoch-000040.safetensors"}
    assert listing.note == ("hf://me/run/a cannot be fetched: the server answers 503. What is in the cache is shown.")


def test_without_a_connection_and_cache_there_is_one_sentence(store: Store, server: Server) -> None:
    server.status = 503
    with pytest.raises(Unreachable, match="the server answers 503"):
        store("hf://me/run").listing()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("hf://me/none", "was not found; if the repository is private, log in"),
        ("hf://me/run@v9", "the repository has no such revision"),
        ("hf://me/run/none.pt", "there is no such file or folder"),
    ],
)
def test_what_does_not_exist_is_one_sentence(store: Store, repo: dict[str, bytes], url: str, reason: str) -> None:
    with pytest.raises(RemoteError, match=reason):
        store(url).listing()


def test_unsafe_and_hidden_names_are_left_out(store: Store, server: Server) -> None:
    names = ["../up.pt", "a/../../up.pt", ".git/x.pt", "a\\b.pt", "C:x.pt", "\x1b[2J.pt", "a/b/c/d/e/f.pt", "good.pt"]
    names += [".hydra/config.yaml", ".hydra.pt"]
    server.repos["models", "me/evil"] = dict.fromkeys(names, b"x")
    assert [file.name for file in store("hf://me/evil").listing().files] == [".hydra/config.yaml", "good.pt"]


def test_the_token_is_sent_but_never_shown(
    store: Store, server: Server, repo: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    store("hf://me/run").listing()
    assert "Bearer hf_secret" in server.authorizations
    server.status = 403
    with pytest.raises(RemoteError) as error:
        store("hf://me/run").listing()
    assert "hf_secret" not in str(error.value)
