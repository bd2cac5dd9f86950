"""An sshd of its own on the loopback interface, with a port and keys of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import wait_until

_SEPARATION = Path("/run/sshd")  # which Debian's service makes, and sshd wants when root starts it
_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""


@dataclass(frozen=True)
class SshServer:
    port: int
    folder: Path  # of its keys

    @property
    def client(self) -> tuple[str, ...]:
        """The command that logs in, with a terminal; the command to run there is its last argument."""
        options = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        return (
            *("ssh", "-tt", "-F", "/dev/null", "-p", str(self.port), "-i", str(self.folder / "key")),
            *(part for option in options for part in ("-o", option)),
            f"{getpass.getuser()}@127.0.0.1",
        )


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Start sshd, as the user who runs the tests; skip the test where it is not installed."""
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if sshd is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("sshd is not installed (apt-get install openssh-server)")
    for name in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, timeout=60)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    made = os.geteuid() == 0 and not _SEPARATION.exists()
    if made:
        _SEPARATION.mkdir()
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "config")], stderr=errors)
    try:
        wait_until(lambda: process.poll() is not None or _listens(port), log.read_text)
        assert process.poll() is None, f"sshd ended: {log.read_text()}"
        yield SshServer(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=60)
        if made:
            with suppress(OSError):
                _SEPARATION.rmdir()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False
