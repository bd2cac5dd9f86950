"""The web server: a page with a terminal, and the connections of its visitors."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web

from engine.errors import GrokError
from grok_tui.serve.access import Access
from grok_tui.serve.visitors import Visitors

_COOKIE = "grok-tui-token"
_LARGEST_MESSAGE = 1 << 16  # bytes, of a visitor: keys and pasted text
_HEARTBEAT_SECONDS = 60.0  # a machine on which many visitors start at once answers late
_STATIC = Path(textual_serve.__file__).parent / "static"
# The script of the terminal makes its styles in the page.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",  # the address may have the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(visitors: Visitors, access: Access, title: str) -> web.Application:
    """The application of a server: the page, the terminal's connection, downloads, the terminal's script."""

    @web.middleware
    async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
        token = request.query.get("token", request.cookies.get(_COOKIE))
        refusal = access.refusal(called=request.host, origin=request.headers.get("Origin"), token=token)
        if refusal is not None:
            return web.Response(status=403, text=f"{refusal}\n")
        return await handler(request)

    async def page(request: web.Request) -> web.Response:
        if visitors.full:
            return web.Response(status=503, text=f"{visitors.limits.full}\n", headers=_HEADERS)
        response = web.Response(text=_page(request, title, visitors), content_type="text/html", headers=_HEADERS)
        if access.token is not None:  # downloads and the terminal's connection have no token in their address
            response.set_cookie(_COOKIE, access.token, httponly=True, samesite="Strict")
        return response

    async def terminal(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LARGEST_MESSAGE)
        await socket.prepare(request)
        if visitors.full:
            await socket.close(message=visitors.limits.full.encode())
        else:
            await visitors.serve(socket, _cells(request, "width", 80), _cells(request, "height", 24))
        return socket

    async def script(_: web.Request) -> web.Response:
        return web.Response(text=_own_file("page.js"), content_type="text/javascript", headers=_HEADERS)

    async def download(request: web.Request) -> web.StreamResponse:
        return await _download(request, visitors)

    app = web.Application(middlewares=[check_access])
    app.add_routes(
        [
            web.get("/", page),
            web.get("/page.js", script),
            web.get("/ws", terminal),
            web.get("/download/{key}", download),
            web.static("/static", _STATIC),
        ]
    )
    return app


async def serve(
    app: web.Application, host: str, port: int, on_ready: Callable[[int], None], stop: asyncio.Event | None = None
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `on_ready` receives the port, which was chosen if it is 0.

    Raises:
        GrokError: the address cannot be used.
    """
    stopped = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            reason = error.strerror or error
            raise GrokError(f"Port {port} of {host} cannot be used: {reason}; pass another --port or --host.") from None
        on_ready(runner.addresses[0][1])
        await stopped.wait()
    finally:
        await runner.cleanup()


def _page(request: web.Request, title: str, visitors: Visitors) -> str:
    scheme = "wss" if request.secure else "ws"
    page = Template(_own_file("page.html"))
    minutes = f"{visitors.limits.idle_seconds / 60:g}"
    return page.substitute(title=escape(title), socket=escape(f"{scheme}://{request.host}/ws"), minutes=minutes)


def _own_file(name: str) -> str:
    return files("grok_tui.serve").joinpath(name).read_text(encoding="utf-8")


def _cells(request: web.Request, name: str, default: int) -> int:
    """The width or height that a browser asks for."""
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else default


async def _download(request: web.Request, visitors: Visitors) -> web.StreamResponse:
    """A file that a visitor exports; its key was given to that visitor alone."""
    key = request.match_info["key"]
    try:
        found = await visitors.downloads.get_download_metadata(key)
    except KeyError:
        raise web.HTTPNotFound(text="There is no such download; export it again.\n") from None
    headers = {"Content-Disposition": f'attachment; filename="{_plain(found.file_name)}"', **_HEADERS}
    response = web.StreamResponse(headers=headers)
    response.content_type = "application/octet-stream"
    await response.prepare(request)
    async for chunk in visitors.downloads.download(key):
        await response.write(chunk)
    await response.write_eof()
    return response


def _plain(name: str) -> str:
    """A file name without what ends a header's value."""
    return "".join(character if character.isprintable() and character not in '"\\' else "_" for character in name)
