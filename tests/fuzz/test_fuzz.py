"""A few hundred damaged runs of every container; `make fuzz` tries ten thousand."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.mutations import mutate
from tests.fuzz.run import Worker, fuzz
from tests.fuzz.samples import write_samples

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured by Linux")


def test_damaged_runs_are_read_or_refused_in_a_sentence(tmp_path):
    figures = fuzz(500, seed=1, scratch=tmp_path)
    assert figures.findings == []
    assert figures.files == 500
    assert figures.outcomes["readable"] > 50
    assert figures.outcomes["UnreadableRun"] > 200


def test_the_same_seed_damages_the_same(tmp_path):
    for sample in write_samples(tmp_path / "samples"):
        if sample.is_file():
            data = sample.read_bytes()
            assert mutate(data, sample.name, Random(3)) == mutate(data, sample.name, Random(3))


def test_what_is_done_beside_reading_is_seen(tmp_path):
    """The worker under a reader that unpickles: the watch tells of the import and of the file that is written."""
    import pickle

    sample = write_samples(tmp_path / "samples")[0]
    worker = Worker(tmp_path / "home", [sample])
    written = tmp_path / "written"
    trap = tmp_path / "trap"
    trap.write_bytes(pickle.dumps(_Trap(str(written))))
    found = worker.ask(trap, reader="pickle.load")
    worker.end()
    assert written.exists()
    assert any("pickle.find_class" in event for event in found["events"])
    assert any("open for writing" in event for event in found["events"])


class _Trap:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")
