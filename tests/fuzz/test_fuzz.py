"""A few hundred damaged runs of every format; `make fuzz` tries ten thousand."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.mutations import mutate
from tests.fuzz.run import Worker, fuzz
from tests.fuzz.samples import write_samples

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux to measure memory")


def test_damaged_runs_are_read_or_rejected_with_a_sentence(tmp_path):
    summary = fuzz(500, seed=1, scratch=tmp_path)
    assert summary.findings == []
    assert summary.files == 500
    assert summary.outcomes["readable"] > 50
    assert summary.outcomes["UnreadableRun"] > 200


def test_mutations_are_reproducible(tmp_path):
    for sample in write_samples(tmp_path / "samples"):
        if sample.is_file():
            data = sample.read_bytes()
            assert mutate(data, sample.name, Random(3)) == mutate(data, sample.name, Random(3))


def test_the_audit_hook_sees_an_import_and_a_written_file(tmp_path):
    """With a reader that unpickles."""
    import pickle

    sample = write_samples(tmp_path / "samples")[0]
    worker = Worker(tmp_path / "home", [sample])
    written = tmp_path / "written"
    malicious = tmp_path / "malicious"
    malicious.write_bytes(pickle.dumps(_WritesAFile(str(written))))
    result = worker.open(malicious, reader="pickle.load")
    worker.kill()
    assert written.exists()
    assert any("pickle.find_class" in event for event in result["events"])
    assert any("open for writing" in event for event in result["events"])


class _WritesAFile:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")
