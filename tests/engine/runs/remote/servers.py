"""A web server on the loopback interface, with the part of the hub's protocol that huggingface_hub uses, and faults."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

_API = re.compile(r"/api/(models|datasets|spaces)/([^/]+/[^/]+?)(?:/(revision|tree)/([^/]+)(?:/(.*))?)?")
_RESOLVE = re.compile(r"/(datasets/|spaces/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


def files_of(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their relative paths."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@dataclass
class Server:
    """Serves `files` by path, and `repos` by type and name; the other fields are faults and records."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    repos: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    cut_after: int | None = None  # close the connection after so many bytes of a file
    status: int | None = None  # answer every request with this status
    redirects: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/octet-stream"
    requests: list[str] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)

    def commit(self, kind: str, repo: str) -> str:
        """The hash of the only commit of a repository: that of its content."""
        return sha1(repr(sorted(self.repos[kind, repo].items())).encode()).hexdigest()

    def downloads(self) -> list[str]:
        """The paths of the files whose content was requested."""
        return [request[4:] for request in self.requests if request.startswith("GET") and "/api/" not in request]


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Server]:
    """A running server; with a certificate and its key in one file it speaks https."""
    server = Server()

    class Handler(_Handler):
        content = server

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"{'https' if certificate else 'http'}://127.0.0.1:{listener.server_address[1]}"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    thread = Thread(target=listener.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    content: Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the output belongs to pytest."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.content.requests.append(f"{self.command} {path}")
        self.content.authorizations.add(self.headers["Authorization"])
        if self.content.status is not None:
            self._send(self.content.status)
        elif path in self.content.redirects:
            self._send(302, {"Location": self.content.redirects[path]})
        elif api := _API.fullmatch(path):
            self._answer_api(*api.groups())
        elif resolve := _RESOLVE.fullmatch(path):
            kind, repo, revision, name = resolve.groups()
            self._answer_resolve(kind.rstrip("/") if kind else "models", repo, revision, name)
        elif path.lstrip("/") in self.content.files:
            data = self.content.files[path.lstrip("/")]
            self._send_file(data, {"Content-Type": self.content.content_type})
        else:
            self._send(404)

    def _answer_api(self, kind: str, repo: str, action: str | None, revision: str | None, below: str | None) -> None:
        if (kind, repo) not in self.content.repos:
            self._send(404, {"X-Error-Code": "RepoNotFound"})
            return
        files, commit = self.content.repos[kind, repo], self.content.commit(kind, repo)
        if revision not in (None, "main", commit):
            self._send(404, {"X-Error-Code": "RevisionNotFound"})
        elif action == "tree":
            prefix = f"{below}/" if below else ""
            inside = {name: data for name, data in files.items() if name.startswith(prefix)}
            if below and not inside:
                self._send(404, {"X-Error-Code": "EntryNotFound"})
                return
            if "recursive=true" not in self.path.lower():
                inside = {name: data for name, data in inside.items() if "/" not in name[len(prefix) :]}
            self._send_json(
                [
                    {"type": "file", "path": name, "size": len(data), "oid": sha1(data).hexdigest()}
                    for name, data in inside.items()
                ]
            )
        else:
            self._send_json({"id": repo, "sha": commit, "siblings": [], "tags": [], "private": False})

    def _answer_resolve(self, kind: str, repo: str, revision: str, name: str) -> None:
        files = self.content.repos.get((kind, repo), {})
        if name not in files:
            self._send(404, {"X-Error-Code": "EntryNotFound"})
            return
        self._send_file(files[name], {"X-Repo-Commit": self.content.commit(kind, repo)})

    def _send_file(self, data: bytes, headers: Mapping[str, str]) -> None:
        start = 0
        if wanted := re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or ""):
            start = int(wanted[1])
        part = data[start:]
        headers = {"ETag": f'"{sha1(data).hexdigest()}"', **headers}
        if start:
            headers |= {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        self._send(206 if start else 200, headers, part)

    def _send_json(self, value: object) -> None:
        self._send(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _send(self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body if self.content.cut_after is None else body[: self.content.cut_after])
            self.close_connection = True
