"""A file on a web server is fetched once for each version, completely or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from engine import open_run
from engine.errors import GrokError
from engine.runs.remote.cache import cache_folder
from engine.runs.remote.store import FetchProgress, RemoteError, Unreachable
from tests.engine.runs.remote.servers import Server, serving


@pytest.fixture
def url(server: Server, checkpoints: Path) -> str:
    server.files["runs/step_40.pt"] = (checkpoints / "step_40.pt").read_bytes()
    return f"{server.url}/runs/step_40.pt"


def test_a_run_at_an_address_is_the_run_on_disk(url: str, checkpoints: Path) -> None:
    run, local = open_run(url), open_run(checkpoints / "step_40.pt")
    assert (run.name, run.location, run.epochs) == (url, url, local.epochs)
    assert run.weights(40).W_E.equal(local.weights(40).W_E)


def test_progress_starts_at_zero_and_ends_at_the_size(url: str, server: Server) -> None:
    reports: list[FetchProgress] = []
    open_run(url, on_fetch=reports.append)
    size = len(server.files["runs/step_40.pt"])
    assert reports[0] == FetchProgress(url, 0, size)
    assert reports[-1] == FetchProgress(url, size, size)


def test_an_unchanged_file_is_fetched_once(url: str) -> None:
    open_run(url)
    reports: list[FetchProgress] = []
    open_run(url, on_fetch=reports.append)
    assert reports == []


def test_a_changed_file_is_fetched_again(url: str, server: Server, checkpoints: Path) -> None:
    first = open_run(url).weights(40)
    server.files["runs/step_40.pt"] = (checkpoints / "step_10.pt").read_bytes()
    assert not open_run(url).weights(40).W_E.equal(first.W_E)


def test_a_file_that_changes_between_listing_and_fetching_is_an_error(
    url: str, server: Server, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = (checkpoints / "step_10.pt").read_bytes()
    _after_listing(monkeypatch, lambda: server.files.update({"runs/step_40.pt": other}))
    with pytest.raises(RemoteError, match=r"step_40\.pt has changed on the server since it was listed; open the run"):
        open_run(url)


def test_a_cut_connection_leaves_no_file(url: str, server: Server) -> None:
    server.cut_after = 1000
    with pytest.raises(RemoteError, match=r"step_40\.pt: the connection was cut after 1,000 of [\d,]+ bytes; run the"):
        open_run(url)
    assert not list(cache_folder().rglob("step_40.pt.*"))
    assert all(file.stat().st_size == 0 for file in cache_folder().rglob("step_40.pt"))
    server.cut_after = None
    assert open_run(url).epochs == (40,)


def test_without_a_connection_the_cache_is_shown_with_a_warning(url: str, server: Server) -> None:
    open_run(url)
    server.status = 503
    run = open_run(url)
    assert run.epochs == (40,)
    assert run.warnings == (f"{url} cannot be fetched: the server answers 503. What is in the cache is shown.",)


def test_without_a_connection_and_cache_there_is_one_sentence(url: str, server: Server) -> None:
    server.status = 503
    with pytest.raises(Unreachable, match="the server answers 503"):
        open_run(url)


def test_a_cache_that_cannot_be_written_is_one_sentence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with pytest.raises(RemoteError, match="fetched files need a cache that can be written, which XDG_CACHE_HOME can"):
        open_run(url)


def test_a_cache_that_was_deleted_is_filled_again(url: str) -> None:
    open_run(url)
    shutil.rmtree(cache_folder() / "files")
    assert open_run(url).epochs == (40,)


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "no such file"), (403, "access is denied"), (401, "needs a login"), (418, "418")]
)
def test_a_refusal_is_one_sentence(url: str, server: Server, status: int, reason: str) -> None:
    server.status = status
    with pytest.raises(RemoteError, match=reason):
        open_run(url)


def test_a_web_page_is_not_a_file(url: str, server: Server) -> None:
    server.content_type = "text/html; charset=utf-8"
    with pytest.raises(RemoteError, match="is a web page, expected a file"):
        open_run(url)


def test_a_redirect_is_followed_without_the_password(url: str, server: Server) -> None:
    server.redirects["/latest"] = url
    run = open_run(f"{server.url}/latest".replace("http://", "http://me:secret@"))
    assert run.epochs == (0,)  # the name of the file is the one that was given
    assert "secret" not in run.location
    assert len(server.authorizations) == 2  # Basic at the first address, none at the second
    assert None in server.authorizations


def test_https_is_checked_and_never_redirected_to_http(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "certificate.pem"
    _write_certificate(certificate)
    server.files["a.pt"] = b"weights"
    with serving(certificate) as secure:
        secure.redirects["/a.pt"] = f"{server.url}/a.pt"
        with pytest.raises(Unreachable, match="its certificate is not valid"):
            open_run(f"{secure.url}/a.pt")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(Unreachable, match="the server redirects to an address without encryption"):
            open_run(f"{secure.url}/a.pt")
    assert server.requests == []


def test_a_file_is_trusted_no_more_than_on_disk(server: Server) -> None:
    server.files["evil.pt"] = b"cos\nsystem\n(S'true'\ntR."
    with pytest.raises(GrokError, match=r"127\.0\.0\.1:\d+/evil\.pt is text"):
        open_run(f"{server.url}/evil.pt")


def _after_listing(monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    """Let the server change right after the run was listed."""
    from engine.runs.remote import open_remote

    build = open_remote.build_mirror
    monkeypatch.setattr(open_remote, "build_mirror", lambda *arguments: (change(), build(*arguments))[1])


def _write_certificate(path: Path) -> None:
    """A key, and a certificate for this machine that nobody has signed but itself."""
    pytest.importorskip("cryptography", reason="the extra `remote` is not installed")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(pem))
