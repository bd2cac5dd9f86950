"""Simulated disk faults: the process dies at a chosen call, or the disk is full from that call on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

# The calls by which a run changes the disk, except creating empty files.
WRITING_CALLS = ("mkdir", "write", "ftruncate", "fsync", "replace", "link", "unlink")
CALLS_THAT_NEED_SPACE = ("mkdir", "write", "fsync", "replace", "link")


class Death(BaseException):
    """Simulates a killed process: after the first, every further change of the disk raises it again."""


@contextmanager
def dying_at(call: int) -> Iterator[None]:
    """Die at call number `call` (from 0) among those that change the disk; a write is done by half."""

    def fail(name: str) -> None:
        raise Death(name)

    with _failing(WRITING_CALLS, call, fail):
        yield


@contextmanager
def full_from(call: int) -> Iterator[None]:
    """The disk is full from call number `call` (from 0) on; a write is done by half."""

    def fail(name: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with _failing(CALLS_THAT_NEED_SPACE, call, fail):
        yield


@contextmanager
def _failing(names: tuple[str, ...], call: int, fail: Callable[[str], None]) -> Iterator[None]:
    calls = -1

    def faulty(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def called(*arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call and name == "write":
                descriptor, data = arguments
                assert isinstance(data, bytes | memoryview)
                real(descriptor, data[: len(data) // 2])
            if calls >= call:
                fail(name)
            return real(*arguments, **options)

        return called

    patches = [patch.object(os, name, faulty(name)) for name in names]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
