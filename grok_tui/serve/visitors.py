"""All visitors: how many there may be, and how long one may do nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import WSMessage, WSMsgType, web
from textual_serve.download_manager import DownloadManager

from grok_tui.serve.visitor import Visitor


@dataclass(frozen=True)
class Limits:
    """At most so many processes; a visitor who presses no key for so many seconds is disconnected."""

    visitors: int
    idle_seconds: float

    @property
    def full(self) -> str:
        """The message for a visitor beyond the limit."""
        return f"{self.visitors} visitors are connected, the most that this server allows; try again later."


@dataclass(eq=False)
class Visitors:
    """The visitors of a server: the command of their processes with its variables, and where they keep their state."""

    command: Sequence[str]
    environment: Mapping[str, str]
    limits: Limits
    folder: Path
    downloads: DownloadManager = field(default_factory=DownloadManager)
    connected: int = 0

    @property
    def full(self) -> bool:
        return self.connected >= self.limits.visitors

    async def serve(self, socket: web.WebSocketResponse, width: int, height: int) -> None:
        """Run a process for a visitor until one of the two leaves, or the visitor is idle for too long."""

        async def close() -> None:
            await socket.close()

        self.connected += 1
        try:
            with TemporaryDirectory(dir=self.folder) as state:
                visitor = Visitor(
                    self.command,
                    self.environment,
                    Path(state),
                    write_bytes=socket.send_bytes,
                    write_str=socket.send_str,
                    close=close,
                    downloads=self.downloads,
                )
                try:
                    await visitor.start(width, height)
                    await self._relay(socket, visitor)
                finally:
                    await asyncio.shield(visitor.stop())
        finally:
            self.connected -= 1

    async def _relay(self, socket: web.WebSocketResponse, visitor: Visitor) -> None:
        """Pass on what the browser sends, until it leaves or is idle for too long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limits.idle_seconds
        while (message := await _next_message(socket, deadline - loop.time())) is not None:
            if message.type is WSMsgType.TEXT and await visitor.receive(message.data):
                deadline = loop.time() + self.limits.idle_seconds


async def _next_message(socket: web.WebSocketResponse, seconds: float) -> WSMessage | None:
    """The next message; None if the connection has ended or nothing comes in time."""
    try:
        message = await socket.receive(timeout=max(seconds, 0.001))
    except TimeoutError:
        return None
    ended = message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
    return None if ended else message
