"""A disk that fails at a chosen call: the process dies there, or there is no room from there on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

# All by which a run changes what lies on disk, but for making empty files.
CHANGING = ("mkdir", "write", "ftruncate", "fsync", "replace", "link", "unlink")
NEEDING_ROOM = ("mkdir", "write", "fsync", "replace", "link")


class Death(BaseException):
    """What no cleaning up survives: once raised, every further change of the disk raises it again."""


@contextmanager
def dying_at(call: int) -> Iterator[None]:
    """Die at that call (from 0) of those that change the disk; a write is done by half."""

    def fail(name: str) -> None:
        raise Death(name)

    with _failing(CHANGING, call, fail):
        yield


@contextmanager
def full_from(call: int) -> Iterator[None]:
    """No room from that call on (from 0) of those that need some; a write is done by half."""

    def fail(name: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with _failing(NEEDING_ROOM, call, fail):
        yield


@contextmanager
def _failing(names: tuple[str, ...], call: int, fail: Callable[[str], None]) -> Iterator[None]:
    calls = -1

    def faulty(name: str) -> Callable[..., object]:
        true = getattr(os, name)

        def called(*arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call and name == "write":
                descriptor, data = arguments
                assert isinstance(data, bytes | memoryview)
                true(descriptor, data[: len(data) // 2])
            if calls >= call:
                fail(name)
            return true(*arguments, **options)

        return called

    patches = [patch.object(os, name, faulty(name)) for name in names]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
