"""Collections are off during imports; afterwards they skip the imported objects, and run between frames."""

import gc
import sys
from collections.abc import Iterator
from weakref import ref

import pytest

from grok_tui.terminal.gc_tuning import collect_garbage, disable_gc, tune_gc


@pytest.fixture(autouse=True)
def pythons_own_gc() -> Iterator[None]:
    """Python's own settings, which another test of this process may have changed; restored afterwards."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(700, 10, 10)
    sys.setswitchinterval(0.005)
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.enable()
    sys.setswitchinterval(interval)


def test_imports_run_without_collections() -> None:
    disable_gc()
    assert not gc.isenabled()


def test_afterwards_collections_are_rare_and_skip_existing_objects() -> None:
    default_threshold, default_interval = gc.get_threshold()[0], sys.getswitchinterval()
    disable_gc()
    tune_gc()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold()[0] > default_threshold
    assert sys.getswitchinterval() < default_interval


class Node:
    """An object of a cycle, which only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize(("left", "kept"), [(100, True), (30_000, False)])
def test_what_frames_leave_is_collected_if_it_is_much(left: int, kept: bool) -> None:
    gc.collect()
    tune_gc()
    node = ref(Node())
    for _ in range(left):
        Node()
    assert node() is not None  # not collected before: that would delay a frame
    collect_garbage()
    assert (node() is not None) == kept
