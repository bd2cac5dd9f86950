"""Addresses of runs: `hf://OWNER/REPO[@REVISION][/PATH]`, and URLs such as `https://`, `ssh://` and `s3://`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.errors import WrongUsage

# The Python package that reads a scheme, beside those of the extras; None: nothing else is needed.
PACKAGES = {
    "hf": "grok-tui[hub]",
    "http": None,
    "https": None,
    "ssh": "sshfs",
    "sftp": "sshfs",
    "s3": "s3fs",
    "gs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "ftp": None,
    "smb": "smbprotocol",
    "webdav": "webdav4",
    "github": "requests",
    "memory": None,
}
HUB_SYNTAX = "hf://OWNER/REPO[@REVISION][/PATH]"

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_COLLAPSED = re.compile(rf"({'|'.join(PACKAGES)}):/(?!/)")  # what pathlib makes of hf://OWNER/REPO
_HUB_PAGE = re.compile(
    r"https://huggingface\.co/((?:datasets/|spaces/)?[^/]+/[^/]+)/(?:blob|resolve|tree)/([^/?]+)/?([^?]*)"
)
_REPO_TYPES = {"models": "model", "datasets": "dataset", "spaces": "space"}
_REPO_PART = re.compile(r"\w[\w.-]*", re.ASCII)
# Revisions with a slash: refs/pr/1, refs/convert/parquet. In others, such as feature/a, the slash is written %2F.
_REVISION = re.compile(r"refs/(?:pr|convert)/[^/]+|[^/]+")


@dataclass(frozen=True)
class RemoteAddress:
    """Where a run lies, if not on this machine; `str` of it has no password and no query, which may be a token."""

    url: str = field(repr=False)
    scheme: str

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        name, colon, _ = user.partition(":")
        netloc = f"{name}:…@{host}" if colon else f"{user}{at}{host}"
        if self.scheme == "hf":
            netloc = parts.netloc  # the @ is before the revision
        return f"{self.scheme}://{netloc}{parts.path}{'?…' if parts.query else ''}"

    @property
    def name(self) -> str:
        """The last part of the address."""
        return str(self).rstrip("/").rpartition("/")[2]


@dataclass(frozen=True)
class HubAddress:
    """A file or folder in a repository of the hub; a `path` of "" is the whole repository."""

    repo_types: tuple[str, ...]  # of these the first that exists
    repo: str
    revision: str | None
    path: str


RunLocation = Path | RemoteAddress


def parse_location(run: str | Path | RemoteAddress) -> RunLocation:
    """A local path, or an address if there is a scheme such as `hf://`; the page of a file on the hub is a `hf://`.

    >>> parse_location("runs/a")
    PosixPath('runs/a')
    >>> str(parse_location("https://huggingface.co/me/grokking/blob/main/run/final.pth"))
    'hf://me/grokking@main/run/final.pth'

    Raises:
        WrongUsage: an unknown scheme, or a malformed address.
    """
    if isinstance(run, RemoteAddress):
        return run
    if isinstance(run, Path):
        if collapsed := _COLLAPSED.match(str(run)):
            scheme = collapsed[1]
            raise WrongUsage(f"Path({str(run)!r}) lost a slash; pass the address as a string: '{scheme}://...'.")
        return run
    match = _SCHEME.match(run)
    if match is None:
        return Path(run)
    if page := _HUB_PAGE.match(run):
        run = f"hf://{page[1]}@{page[2]}/{unquote(page[3])}".rstrip("/")
    scheme = run.partition("://")[0].lower()
    if scheme == "file":
        return Path(unquote(urlsplit(run).path))
    if scheme not in PACKAGES:
        raise WrongUsage(f"{scheme}:// cannot be read; expected a path, or one of {', '.join(PACKAGES)}.")
    try:
        parts = urlsplit(run)
        if not parts.netloc or "::" in run or ".." in unquote(parts.path).split("/"):
            raise ValueError
    except ValueError:
        raise WrongUsage(
            f"{scheme}:// needs an address such as {HUB_SYNTAX} or {scheme}://HOST/PATH, without '..' and '::'."
        ) from None
    address = RemoteAddress(scheme + run[len(scheme) :], scheme)
    if scheme == "hf":
        parse_hub(address)
    return address


def parse_hub(address: RemoteAddress) -> HubAddress:
    """The parts of a `hf://` address; without `datasets/` or `spaces/` it may be a repository of any type.

    >>> parse_hub(RemoteAddress("hf://me/grokking@v1/run/final.pth", "hf"))
    HubAddress(repo_types=('model', 'dataset', 'space'), repo='me/grokking', revision='v1', path='run/final.pth')

    Raises:
        WrongUsage: malformed.
    """
    rest = address.url.removeprefix("hf://").strip("/")
    first, _, after = rest.partition("/")
    repo_types = tuple(_REPO_TYPES.values())
    if first in _REPO_TYPES:
        repo_types, rest = (_REPO_TYPES[first],), after
    owner, _, rest = rest.partition("/")
    repo, at, after = rest.partition("@") if "@" in rest.partition("/")[0] else (rest.partition("/")[0], "", "")
    path = rest.partition("/")[2]
    revision = None
    if at:
        match = _REVISION.match(after)
        revision = unquote(match[0]) if match else ""
        path = after[match.end() :].strip("/") if match else ""
    if not (_REPO_PART.fullmatch(owner) and _REPO_PART.fullmatch(repo)) or revision == "":
        raise WrongUsage(f"{address} is not an address on the hub; expected {HUB_SYNTAX}.")
    return HubAddress(repo_types, f"{owner}/{repo}", revision, path)
