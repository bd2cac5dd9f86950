"""Connects to a Ray cluster; what is missing is one sentence."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

from engine.errors import GrokError

_CONNECT_SECONDS = 10.0


def connect(address: str | None) -> ModuleType:
    """Import Ray and connect to a cluster, or start one on this machine.

    Raises:
        GrokError: Ray is not installed, or the cluster cannot be reached.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise GrokError("--on ray needs ray, which is not installed; pip install 'grok-tui[ray]'.") from error
    assert isinstance(ray, ModuleType)
    if ray.is_initialized():
        return ray
    address = address or os.environ.get("RAY_ADDRESS")
    if address not in (None, "auto", "local"):
        _require_answer(address)
    try:
        with _keeping_sigterm():
            ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise GrokError(
            f"Ray cannot be reached: {first_line(error).rstrip('.')}; if the cluster asks for a token, set "
            "RAY_AUTH_MODE=token, and call grok-tui on one of its nodes."
        ) from error
    return ray


def disconnect() -> None:
    """Disconnect from the cluster, if connected; one that was started for this process ends."""
    if (ray := sys.modules.get("ray")) is not None:
        ray.shutdown()


@contextmanager
def _keeping_sigterm() -> Iterator[None]:
    """Keep the handler of SIGTERM: that of Ray ends the process before it has stopped its jobs."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _require_answer(address: str) -> None:
    """Connect to a port once: Ray itself waits for minutes, then ends the process."""
    host, _, port = address.rpartition(":")
    if "/" in host or not port.isdecimal():
        raise GrokError(f"{address!r} is not an address; pass --on ray=HOST:PORT, or --on ray for the cluster here.")
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise GrokError(
            f"No Ray cluster answers at {address} ({error.strerror or error}); start one with `ray start --head`, or "
            "correct --on ray=HOST:PORT."
        ) from error


def require_resources(ray: ModuleType, needed: Mapping[str, float]) -> None:
    """Refuse a task that no present node can run, which would wait for ever."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(all(node.get(name, 0) >= amount for name, amount in needed.items()) for node in nodes):
        request = " and ".join(f"{amount:g} {name}" for name, amount in needed.items() if amount)
        raise GrokError(f"No node of the Ray cluster has {request} for a job; add a node, or reduce --threads.")


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its type if it has none."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
