"""A server of its own on the loopback interface, and a visitor who reads what the explorer draws."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.waiting import PATIENCE_SECONDS, wait_until

_ESCAPE = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[^\[]")


@dataclass(frozen=True)
class Served:
    """A running server: the address that it printed, and its home, where a visitor must write nothing."""

    url: str
    process: subprocess.Popen[bytes]
    home: Path

    @property
    def base(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def visitors(self) -> list[int]:
        """The ids of the visitors' processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in children.read_text().split()]


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[Served]:
    """Start `grok-tui serve` on a free port; it ends with the block."""
    own = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("STATE", "CONFIG", "CACHE")}
    root = Path(__file__).parents[3]
    environment = {**os.environ, **own, "HOME": str(home), "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "grok_tui", "serve", *arguments, "--port", "0"]
    log = home / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=home, env=environment, stderr=stderr, stdout=stderr)
    try:
        wait_until(lambda: b"ctrl+c ends" in log.read_bytes() or process.poll() is not None, log.read_text)
        found = re.search(r"http://\S+", log.read_text())
        assert found is not None, log.read_text()
        yield Served(found[0], process, home)
    finally:
        process.terminate()  # so that it removes its temporary folder
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def plain(received: bytes) -> str:
    """What was drawn, without escape sequences."""
    return _ESCAPE.sub(b"", received).decode("utf-8", "replace")


@dataclass(eq=False)
class Guest:
    """A visitor: what the browser has received as text, without escape sequences, and as messages."""

    socket: aiohttp.ClientWebSocketResponse
    received: bytes = b""
    messages: list[list[object]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return plain(self.received)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.socket.send_json(["stdin", key])

    async def until(self, reached: Callable[[], bool]) -> None:
        """Read until a condition holds; fails if the connection ends before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not reached():
                assert await self._read(), f"the connection ended before it held: {self.text[-300:]!r}"

    async def sees(self, text: str) -> None:
        """Read until a text has been drawn since the last time; then forget what was drawn."""
        await self.until(lambda: text in self.text)
        self.received = b""

    async def ended(self) -> None:
        """Read until the connection ends."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._read():
                pass

    async def _read(self) -> bool:
        message = await self.socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            self.received += message.data
        elif message.type is aiohttp.WSMsgType.TEXT:
            self.messages.append(json.loads(message.data))
        else:
            return False
        return True


@asynccontextmanager
async def visiting(served: Served, session: aiohttp.ClientSession) -> AsyncIterator[Guest]:
    """Connect as the page does."""
    async with session.ws_connect(f"{served.base}/ws?width=120&height=40", max_msg_size=0) as socket:
        await socket.send_json(["focus"])
        yield Guest(socket)
