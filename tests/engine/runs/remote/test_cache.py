"""Files are in the cache completely or not at all, and listings survive a lost connection."""

from __future__ import annotations

import os
from pathlib import Path
from time import time

import pytest

from engine.runs.remote.cache import FileCache
from engine.runs.remote.store import FetchProgress, Listing, RemoteError, RemoteFile

FILE = RemoteFile("checkpoints/a.pt", 6, "v1")


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    return FileCache(tmp_path)


def _discard(progress: FetchProgress) -> None:
    """No observer."""


def test_a_complete_file_is_found_by_its_version(cache: FileCache) -> None:
    path = cache.add(FILE, "a.pt", [b"abc", b"def"], _discard)
    assert (path.name, path.read_bytes()) == ("a.pt", b"abcdef")
    assert cache.find(FILE) == path
    assert cache.find(RemoteFile(FILE.name, FILE.size, "v2")) is None


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [([b"abc"], "the connection was cut after 3 of 6 bytes"), ([b"abc", b"defg"], "has changed on the server")],
)
def test_another_size_is_an_error(cache: FileCache, tmp_path: Path, chunks: list[bytes], reason: str) -> None:
    with pytest.raises(RemoteError, match=reason):
        cache.add(FILE, "a.pt", chunks, _discard)
    assert cache.find(FILE) is None
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_the_temporary_file_of_a_killed_download_is_removed(cache: FileCache) -> None:
    folder = cache.path(FILE).parent
    folder.mkdir(parents=True)
    abandoned, active = folder / ".a.pt.00ff.tmp", folder / ".a.pt.00ee.tmp"
    for file in (abandoned, active):
        file.write_bytes(b"abc")
    os.utime(abandoned, (time() - 7200, time() - 7200))
    cache.add(FILE, "a.pt", [b"abcdef"], _discard)
    assert not abandoned.exists()
    assert active.exists()


def test_a_listing_is_remembered_as_far_as_it_is_cached(cache: FileCache) -> None:
    other = RemoteFile("b.pt", 3, "v1")
    cache.remember(Listing((FILE, other)))
    cache.add(FILE, "a.pt", [b"abcdef"], _discard)
    assert cache.remembered() == Listing((FILE,))
    cache.remember(Listing((FILE, other), target="b.pt"))
    assert cache.remembered() is None  # the file itself is missing


def test_a_folder_of_which_nothing_is_cached_is_not_remembered(cache: FileCache) -> None:
    cache.remember(Listing((FILE,)))
    assert cache.remembered() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": [{"name": 3}], "target": null}'])
def test_a_damaged_listing_is_ignored(cache: FileCache, tmp_path: Path, text: str) -> None:
    (tmp_path / "listing.json").write_text(text)
    assert cache.remembered() is None
