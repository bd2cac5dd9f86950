"""A single file on a web server, read with the standard library: `https://` and `http://`."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from engine.runs.remote.address import RemoteAddress
from engine.runs.remote.cache import FileCache
from engine.runs.remote.store import (
    Listing,
    OnFetch,
    RemoteError,
    RemoteFile,
    Unreachable,
    changed,
    cut_off,
)

_TIMEOUT_SECONDS = 20
_CHUNK_BYTES = 1 << 16
_SERVER_ERROR = 500
_ADVICE = {401: "it needs a login", 403: "access is denied", 404: "there is no such file", 410: "the file is gone"}


class WebStore:
    """One URL; its version is the ETag, or else the date of change, that the server sends."""

    def __init__(self, address: RemoteAddress) -> None:
        self._address = address
        self._cache = FileCache.of(address.url)

    def listing(self) -> Listing:
        """The file, without its content.

        Raises:
            RemoteError: the server refuses it, or it cannot be reached and the file is not in the cache.
        """
        return self._cache.list_or_recall(self._list)

    def _list(self) -> Listing:
        with self._open() as response:
            file = self._file(response)
        return Listing((file,), file.name)

    def cached(self, file: RemoteFile) -> Path | None:
        """The local copy, if the server says what version it has."""
        return self._cache.find(file) if file.version else None

    def fetch(self, file: RemoteFile, on_fetch: OnFetch) -> Path:
        """Fetch the file.

        Raises:
            RemoteError: the connection was cut, or the file has changed since the listing.
        """
        with self._open() as response:
            if self._file(response) != file:
                raise changed(str(self._address))
            return self._cache.add(file, str(self._address), self._chunks(response), on_fetch)

    def _chunks(self, response: HTTPResponse) -> Iterator[bytes]:
        done = 0
        try:
            while chunk := response.read1(_CHUNK_BYTES):  # what has arrived
                done += len(chunk)
                yield chunk
        except (OSError, HTTPException) as error:
            raise cut_off(str(self._address), done, self._file(response).size) from error

    def _file(self, response: HTTPResponse) -> RemoteFile:
        """The file that a response delivers."""
        if response.headers.get_content_type() == "text/html":
            raise RemoteError(f"{self._address} is a web page, expected a file; pass the address of the file itself.")
        name = unquote(urlsplit(self._address.url).path).rstrip("/").rpartition("/")[2].lstrip(".")
        size = response.headers["Content-Length"]
        version = response.headers["ETag"] or response.headers["Last-Modified"] or ""
        return RemoteFile(name[-200:] or "file", int(size) if size and size.isdecimal() else None, version)

    def _open(self) -> HTTPResponse:
        """Send a GET request; a HEAD request would be refused by signed URLs."""
        parts = urlsplit(self._address.url)
        user, _, host = parts.netloc.rpartition("@")
        request = Request(urlunsplit((*parts[:1], host, *parts[2:4], "")), headers={"User-Agent": "grok-tui"})
        if user:  # not repeated where the server redirects to
            secret = base64.b64encode(unquote(user).encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {secret}")
        try:
            response: HTTPResponse = _opener().open(request, timeout=_TIMEOUT_SECONDS)
        except HTTPError as error:
            error.close()
            reason = _ADVICE.get(error.code, f"the server answers {error.code}")
            kind = Unreachable if error.code >= _SERVER_ERROR else RemoteError
            raise kind(f"{self._address} cannot be fetched: {reason}.") from None
        except URLError as error:
            raise Unreachable(f"{self._address} cannot be reached: {_reason(error)}.") from None
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(f"{self._address} cannot be reached: {type(error).__name__}.") from None
        return response


def _reason(error: URLError) -> str:
    cause = error.reason
    if isinstance(cause, SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message})"
    return str((cause.strerror if isinstance(cause, OSError) else cause) or "no connection")


class _SafeRedirects(HTTPRedirectHandler):
    """Follows redirects, but never from https to http."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if req.type == "https" and not newurl.lower().startswith("https://"):
            raise URLError("the server redirects to an address without encryption")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    return build_opener(_SafeRedirects)
