"""Files and folders on the Hugging Face hub, by huggingface_hub: its cache, its token, its offline mode."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, hf_hub_download, scan_cache_dir, try_to_load_from_cache
from huggingface_hub.errors import (
    CacheNotFound,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import logging as hub_logging
from huggingface_hub.utils.tqdm import tqdm

from engine.errors import GrokError
from engine.runs.atomic_files import make_folder, write_atomically
from engine.runs.remote.address import RemoteAddress, parse_hub
from engine.runs.remote.cache import FileCache
from engine.runs.remote.store import (
    SHOWS_CACHE,
    FetchProgress,
    Listing,
    OnFetch,
    RemoteError,
    RemoteFile,
    Unreachable,
    beside,
    changed,
    relevant,
)

_TIMEOUT_SECONDS = 10.0
_SERVER_ERROR, _NO_ACCESS, _TOO_MANY = 500, (401, 403), 429
_LOG_IN = "access is denied; log in with `hf auth login` or set HF_TOKEN"
_REASONS: dict[type[Exception], str] = {
    GatedRepoError: "accept the conditions on https://huggingface.co/{repo}, then log in with `hf auth login`",
    RevisionNotFoundError: "the repository has no such revision",
    EntryNotFoundError: "there is no such file or folder",
}


@dataclass(frozen=True)
class _Commit:
    """A commit of a repository, which never changes: everything is fetched from the one that was listed."""

    repo_type: str
    sha: str


class HubStore:
    """A file or folder of a repository. `endpoint` and `cache` default to those of huggingface_hub."""

    def __init__(self, address: RemoteAddress, endpoint: str | None = None, cache: Path | None = None) -> None:
        self._address, self._place = address, parse_hub(address)
        self._endpoint, self._cache = endpoint, cache
        self._last_commit = FileCache.of(address.url).folder / "commit.json"
        self._commit: _Commit | None = None
        self._folder = self._place.path  # in the repository; of a file, the folder that it is in

    def listing(self) -> Listing:
        """The checkpoints and settings at the address, and the settings beside a single file.

        Raises:
            RemoteError: there is nothing at the address, access is denied, or there is no connection and nothing in
                the cache.
        """
        try:
            with self._explained(str(self._address)):
                self._commit = self._find_commit()
                listing = self._listing(self._list_on_hub())
        except Unreachable as error:
            return self._listing(self._list_in_cache(error), note=f"{error} {SHOWS_CACHE}")
        self._remember(self._commit)
        return listing

    def cached(self, file: RemoteFile) -> Path | None:
        """The copy in the cache of huggingface_hub."""
        assert self._commit is not None  # `file` comes from the listing
        path = try_to_load_from_cache(
            self._place.repo, self._path(file), self._cache, self._commit.sha, self._commit.repo_type
        )
        return Path(path) if isinstance(path, str) else None

    def fetch(self, file: RemoteFile, on_fetch: OnFetch) -> Path:
        """Fetch a file into the cache of huggingface_hub.

        Raises:
            RemoteError: there is no connection, or the file is not the one that was listed.
        """
        assert self._commit is not None  # `file` comes from the listing
        source = f"hf://{self._place.repo}/{self._path(file)}"
        on_fetch(FetchProgress(source, 0, file.size))
        with self._explained(source):
            path = hf_hub_download(
                self._place.repo,
                self._path(file),
                repo_type=self._commit.repo_type,
                revision=self._commit.sha,
                endpoint=self._endpoint,
                cache_dir=self._cache,
                tqdm_class=_reporting_bar(source, file.size, on_fetch),
            )
        if Path(path).stat().st_size != file.size:
            raise changed(source)
        return Path(path)

    def _path(self, file: RemoteFile) -> str:
        """The path of a file in the repository."""
        return f"{self._folder}/{file.name}".lstrip("/")

    def _find_commit(self) -> _Commit:
        """The commit of the revision, in the first type of repository that has this name."""
        api, place = HfApi(endpoint=self._endpoint), self._place
        for repo_type in place.repo_types:
            try:
                info = api.repo_info(place.repo, repo_type=repo_type, revision=place.revision, timeout=_TIMEOUT_SECONDS)
            except GatedRepoError:
                raise
            except RepositoryNotFoundError:
                continue
            if info.sha is not None:
                return _Commit(repo_type, info.sha)
        raise RemoteError(
            f"{self._address} was not found; if the repository is private, log in with `hf auth login` or set HF_TOKEN."
        )

    def _list_on_hub(self) -> Iterator[RemoteFile]:
        """All files below the address, or those in the folder of a single file; by their paths in the repository."""
        assert self._commit is not None
        api, place = HfApi(endpoint=self._endpoint), self._place
        at: dict[str, Any] = {"revision": self._commit.sha, "repo_type": self._commit.repo_type}
        if place.path:
            parent = place.path.rpartition("/")[0]
            siblings = list(api.list_repo_tree(place.repo, parent or None, **at))
            if any(isinstance(item, RepoFile) and item.path == place.path for item in siblings):
                yield from (_remote_file(item) for item in siblings if isinstance(item, RepoFile))
                return
        for item in api.list_repo_tree(place.repo, place.path or None, recursive=True, **at):
            if isinstance(item, RepoFile):
                yield _remote_file(item)

    def _list_in_cache(self, reason: Unreachable) -> Iterator[RemoteFile]:
        """The cached files of the commit that was opened last, or of the revision as huggingface_hub knows it."""
        place = self._place
        try:
            repos = scan_cache_dir(self._cache).repos
        except CacheNotFound:
            repos = frozenset()
        revisions = [
            (_Commit(repo.repo_type, revision.commit_hash), revision)
            for repo in repos
            for revision in repo.revisions
            if repo.repo_id == place.repo and repo.repo_type in place.repo_types
        ]
        last, ref = self._remembered(), place.revision or "main"
        revisions = [pair for pair in revisions if pair[0] == last] or [
            (commit, revision) for commit, revision in revisions if ref in (*revision.refs, commit.sha)
        ]
        if not revisions:
            raise Unreachable(f"{reason} Nothing of it is in the cache.") from reason
        self._commit, revision = revisions[0]
        for file in revision.files:
            yield RemoteFile(file.file_path.relative_to(revision.snapshot_path).as_posix(), file.size_on_disk, "cached")

    def _listing(self, files: Iterable[RemoteFile], note: str = "") -> Listing:
        """Keep what lies at the address, under names relative to its folder."""
        found = sorted(files, key=lambda file: file.name)
        place, target = self._place.path, None
        if any(file.name == place for file in found):
            place, _, target = place.rpartition("/")
        self._folder = place
        prefix = f"{place}/" if place else ""
        inside = [replace(file, name=file.name.removeprefix(prefix)) for file in found if file.name.startswith(prefix)]
        listed = tuple(relevant(inside)) if target is None else beside(target, inside)
        if not listed:
            raise RemoteError(f"{self._address} has no checkpoints{' in the cache' if note else ''}.")
        return Listing(listed, target, note)

    def _remember(self, commit: _Commit) -> None:
        """Save which commit the address led to: huggingface_hub keeps that only for branches that it fetched from."""
        with suppress(OSError):
            make_folder(self._last_commit.parent)
            write_atomically(self._last_commit, json.dumps(asdict(commit)).encode())

    def _remembered(self) -> _Commit | None:
        try:
            return _Commit(**json.loads(self._last_commit.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @contextmanager
    def _explained(self, source: str) -> Iterator[None]:
        """Turn the errors of huggingface_hub into a sentence, and keep its own messages off the terminal."""
        verbosity = hub_logging.get_verbosity()
        hub_logging.set_verbosity(logging.ERROR)
        try:
            yield
        except Exception as error:
            explained = _explain(error, source, self._place.repo)
            raise explained from (error if explained is not error else None)
        finally:
            hub_logging.set_verbosity(verbosity)


def _explain(error: Exception, source: str, repo: str) -> Exception:
    """The error to raise; the texts of huggingface_hub are left out, since they may contain signed addresses."""
    if isinstance(error, GrokError) or (isinstance(error, OSError) and error.errno and not _is_connection(error)):
        return error  # the latter of this machine, such as a full disk
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        away = status >= _SERVER_ERROR or status == _TOO_MANY
        refused = _LOG_IN if status in _NO_ACCESS else f"the server answers {status}"
        reason = next((text for kind, text in _REASONS.items() if isinstance(error, kind)), refused)
        return (Unreachable if away else RemoteError)(f"{source} cannot be fetched: {reason.format(repo=repo)}.")
    if isinstance(error, OfflineModeIsEnabled):
        return Unreachable(f"{source} is not fetched, because HF_HUB_OFFLINE is set.")
    if isinstance(error, OSError) and not _is_connection(error):
        return RemoteError(f"{source} did not arrive with the expected size; run the command again.")
    return Unreachable(f"{source} cannot be reached; check the connection and run the command again.")


def _is_connection(error: OSError) -> bool:
    """Whether the network is to blame. The errors of the HTTP client, httpx or httpx2, are no OSErrors at all."""
    return isinstance(error, ConnectionError | TimeoutError | LocalEntryNotFoundError)


def _remote_file(item: RepoFile) -> RemoteFile:
    return RemoteFile(item.path, item.size, item.lfs.sha256 if item.lfs else item.blob_id)


def _reporting_bar(source: str, size: int | None, on_fetch: OnFetch) -> type[tqdm]:
    """A progress bar of huggingface_hub that draws nothing, but reports."""

    class ReportingBar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]
            self.done = int(options.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            self.done += int(n or 0)
            on_fetch(FetchProgress(source, self.done, size))

    return ReportingBar
