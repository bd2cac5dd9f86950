"""`ssh://`: an SFTP server on this machine, reached only if its key is known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

pytest.importorskip("sshfs", reason="the extra `remote` is not installed")

import asyncssh
from sshfs import SSHFileSystem

from engine import open_run
from engine.runs.remote.store import RemoteError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home directory with a key."""
    (tmp_path / ".ssh").mkdir(mode=0o700)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / ".ssh" / "id_ed25519"))
    key.write_public_key(str(tmp_path / ".ssh" / "id_ed25519.pub"))
    monkeypatch.setenv("HOME", str(tmp_path))
    yield tmp_path
    SSHFileSystem.clear_instance_cache()


@pytest.fixture
def port(home: Path, tiny_run: Path) -> Iterator[int]:
    """The port of a server that has the tiny run in `/tiny`, accepts the key, and is a known host."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    connections: list[asyncssh.SSHServerConnection] = []

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            acceptor=connections.append,
            server_host_keys=[host_key],
            authorized_client_keys=str(home / ".ssh" / "id_ed25519.pub"),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(tiny_run.parent)),
        )

    async def stop() -> None:
        server.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await server.wait_closed()

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    number = server.get_port()
    known = f"[127.0.0.1]:{number} {host_key.export_public_key().decode()}"
    (home / ".ssh" / "known_hosts").write_text(known)
    yield number
    asyncio.run_coroutine_threadsafe(stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_run_is_read_file_by_file(port: int, tiny_run: Path) -> None:
    address = f"ssh://me@127.0.0.1:{port}/tiny"
    names: set[str] = set()
    run = open_run(address, on_fetch=lambda progress: names.add(progress.name.removeprefix(f"{address}/")))
    assert names == {"run.json", "losses.csv", "checkpoints/epoch-000040.safetensors"}
    assert run.epochs == (0, 10, 20, 30, 40)
    assert run.weights(10).W_E.equal(open_run(tiny_run).weights(10).W_E)


def test_the_ssh_config_and_the_home_directory_are_used(port: int, home: Path) -> None:
    (home / ".ssh" / "config").write_text(f"Host box\n  HostName 127.0.0.1\n  Port {port}\n  User me\n")
    assert open_run("ssh://box/~/tiny").epochs == (0, 10, 20, 30, 40)


def test_a_server_whose_key_is_not_known_is_refused(port: int, home: Path) -> None:
    (home / ".ssh" / "known_hosts").unlink()
    with pytest.raises(RemoteError, match="the key of the server is not known; connect once with ssh"):
        open_run(f"ssh://me@127.0.0.1:{port}/tiny")


def test_without_a_key_access_is_denied(port: int, home: Path) -> None:
    (home / ".ssh" / "id_ed25519").unlink()
    with pytest.raises(RemoteError, match="access is denied"):
        open_run(f"ssh://me@127.0.0.1:{port}/tiny")
