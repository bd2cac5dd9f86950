"""Runs a function as the driver of a Ray cluster in a process of its own, which ends without `ray.shutdown`.

That may wait for ever after a node was lost; Ray itself notices that a driver has ended.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from tests.waiting import PATIENCE_SECONDS


def run_driver(scenario: Callable[..., None], *arguments: object, on_request: Callable[[], None] | None = None) -> None:
    """Call a function in a new process; its failure is that of the test.

    With `on_request` the function has one more argument: a function that calls `on_request` in this process.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_drive, args=(there, scenario, arguments, on_request is not None), daemon=True)
    process.start()
    try:
        answer = _receive(here, scenario)
        if answer == "request" and on_request is not None:
            on_request()
            here.send("done")
            answer = _receive(here, scenario)
    finally:
        process.kill()
        process.join()
    assert answer == "", answer


def _receive(connection: Connection, scenario: Callable[..., None]) -> str:
    assert connection.poll(PATIENCE_SECONDS), f"{scenario.__name__} did not end within {PATIENCE_SECONDS:g} seconds"
    return str(connection.recv())


def _drive(connection: Connection, scenario: Callable[..., None], arguments: tuple[object, ...], asks: bool) -> None:
    def request() -> None:
        connection.send("request")
        connection.recv()

    try:
        scenario(*arguments, *([request] if asks else []))
        answer = ""
    except BaseException:
        answer = traceback.format_exc()
    connection.send(answer)
    os._exit(0)
