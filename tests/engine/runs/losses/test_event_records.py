"""The scalars of event files: read with their checksums, up to the first damaged record."""

from __future__ import annotations

import pytest

pytest.importorskip("google.protobuf", reason="protobuf, the extra `tensorboard`, is not installed")

from engine.runs.losses.event_records import read_scalars
from tests.engine.runs.losses.event_bytes import event_file, record, simple_event, tensor_event

EVENTS = [simple_event("Loss/train", 0, 2.0), tensor_event("epoch_loss", 300, 0.5), simple_event("lr", 2**40, -1.0)]
SCALARS = [("Loss/train", 0, 2.0), ("epoch_loss", 300, 0.5), ("lr", 2**40, -1.0)]


def test_scalars_of_torch_and_of_tensorflow():
    assert read_scalars(event_file(*EVENTS)) == (SCALARS, None)


def test_a_file_of_torch(tmp_path):
    tensorboard = pytest.importorskip("torch.utils.tensorboard", exc_type=ImportError)
    with tensorboard.SummaryWriter(str(tmp_path)) as writer:
        for step in range(3):
            writer.add_scalar("Loss/test", step / 2, step)
        writer.add_text("note", "x" * 10_000)
    (file,) = tmp_path.iterdir()
    assert read_scalars(file.read_bytes()) == ([("Loss/test", step, step / 2) for step in range(3)], None)


def test_an_incomplete_last_record_is_ignored():
    whole = event_file(*EVENTS)
    for cut in (1, 4, 20, len(record(EVENTS[-1])) - 1):
        assert read_scalars(whole[:-cut]) == (SCALARS[:2], None)


def test_large_records_are_skipped():
    image = simple_event("x" * 5000, 0, 1.0)
    assert read_scalars(event_file(EVENTS[0], image, EVENTS[1])) == (SCALARS[:2], None)


@pytest.mark.parametrize("place", [0, 9, 14, 20, 40])
def test_nothing_is_read_beyond_damage(place):
    whole = event_file(*EVENTS)
    start = len(event_file(EVENTS[0]))
    damaged = bytearray(whole)
    damaged[start + place] ^= 0x40
    assert read_scalars(bytes(damaged)) == (SCALARS[:1], f"it is damaged after {start:,} bytes")


def test_a_record_that_is_no_event():
    found, damage = read_scalars(event_file(EVENTS[0], b"\xff\xff", EVENTS[1]))
    assert found == SCALARS[:1]
    assert damage is not None
    assert damage.endswith("is not an event")


@pytest.mark.parametrize("data", [b"", b"text", b"\x00" * 11])
def test_a_file_without_records(data):
    assert read_scalars(data) == ([], None)


def test_a_file_of_something_else():
    assert read_scalars(b"epoch,train_loss\n" * 9) == ([], "it is damaged after 0 bytes")
