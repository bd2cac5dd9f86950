"""One visitor: a process of the explorer, and the messages between it and the browser."""

from __future__ import annotations

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

# A process that has not ended so long after it was asked to is killed.
_STOP_SECONDS = 5.0
# A browser window in cells; a message with other sizes is clamped.
_LEAST_CELLS, _MOST_CELLS = (20, 5), (500, 200)


class Visitor(AppService):
    """The process of a visitor. When it ends, for whatever reason, the browser is disconnected.

    `folder` is where the process keeps its state: it is deleted with the server.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        downloads: DownloadManager,
    ) -> None:
        super().__init__(
            "", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=downloads, debug=False
        )
        self._argv, self._environment = tuple(command), environment
        self._folder = folder

    async def receive(self, text: str) -> bool:
        """Pass a message of the browser on; returns whether it is a sign of life of the person. Ignores all others."""
        try:
            kind, *content = json.loads(text)
        except (ValueError, TypeError):
            return False
        match kind, content:
            case "stdin", [str(keys)]:
                await self.send_bytes(keys.encode("utf-8", "replace"))
                return True
            case "resize", [{"width": int(width), "height": int(height)}]:
                await self.set_terminal_size(*clamped(width, height))
                return True
            case "ping", [sent]:
                await self.remote_write_str(json.dumps(["pong", sent]))
            case "blur", _:
                await self.blur()
            case "focus", _:
                await self.focus()
        return False

    async def run(self) -> None:
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """Ask the process to end; kill it if it does not."""
        process = self._process
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await super().stop()
                if process is not None:
                    await process.wait()
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        width, height = clamped(width, height)
        inherited = self._build_environment(width, height)
        environment = {**inherited, **self._environment, **visitor_environment(self._folder)}
        self._process = process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
        )
        self._stdin = process.stdin
        return process


def visitor_environment(folder: Path) -> Mapping[str, str]:
    """What a visitor's process has beside the environment of a Textual app: a state folder of its own."""
    return {"XDG_STATE_HOME": os.fspath(folder), "COLORTERM": "truecolor", "TERM": "xterm-256color"}


def clamped(width: int, height: int) -> tuple[int, int]:
    """A size in cells that the explorer can draw.

    >>> clamped(120, 40), clamped(0, 10**9)
    ((120, 40), (20, 200))
    """
    sizes = zip((width, height), _LEAST_CELLS, _MOST_CELLS, strict=True)
    columns, rows = (min(max(cells, least), most) for cells, least, most in sizes)
    return columns, rows
