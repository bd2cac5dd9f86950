"""A file of a megabyte that claims far more is read or rejected in memory that its own size explains."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from tests.engine.runs.torch_format.crafted import (
    archive,
    count,
    dict_of,
    legacy,
    name,
    safetensors,
    storage,
    tensor,
    text,
)
from tests.fuzz.run import Worker
from tests.fuzz.samples import state, weights, write_samples

NUMBERS = {"0": bytes(900_000)}
DENSE = tensor(storage("0", 225_000), 0, (225, 1000), (1000, 1))


def nested(levels: int, width: int) -> bytes:
    """Nested lists; each level repeats one list `width` times."""
    built = b"K\x01q\x00"
    for level in range(levels):
        built += b"](" + b"h" + bytes([level]) + (b"h" + bytes([level])) * (width - 1) + b"eq" + bytes([level + 1])
    return built


def nested_tuples(levels: int) -> bytes:
    built = b")q\x00"
    for level in range(levels):
        built += b"h" + bytes([level]) + b"\x86q" + bytes([level + 1])
    return built


def valid(**others: bytes) -> bytes:
    """A valid checkpoint with other entries beside its state dict."""
    model, storages = b"", {}
    for index, (key, value) in enumerate(weights(0).items()):
        storages[str(index)] = value.contiguous().numpy().tobytes()
        strides = value.contiguous().stride()
        model += text(key) + tensor(storage(str(index), value.numel()), 0, tuple(value.shape), strides)
    return archive(dict_of(model=b"}(" + model + b"u", **others), storages)


def overlapping() -> bytes:
    """Many entries in the directory for the same bytes of the file."""
    data = archive(dict_of(W_E=DENSE), NUMBERS)
    end = data.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", data[end + 16 : end + 20])[0]
    directory = data[start:end]
    copies = 200
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 4 * copies, 4 * copies, len(directory) * copies, start, 0)
    return data[:start] + directory * copies + tail


def oversized_entry() -> bytes:
    """The directory claims an entry of 2 GiB."""
    data = bytearray(archive(dict_of(W_E=DENSE), NUMBERS))
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", 2**31, 2**31)
    return bytes(data)


REJECTED: dict[str, Callable[[], bytes]] = {
    "a zip bomb": lambda: archive(dict_of(W_E=DENSE), {"0": bytes(200 << 20)}, zipfile.ZIP_DEFLATED),
    "an entry longer than the file": oversized_entry,
    "overlapping entries": overlapping,
    "a storage longer than its entry": lambda: archive(
        dict_of(W_E=tensor(storage("0", 2**40), 0, (1,), (1,))), NUMBERS
    ),
    "a tensor that repeats one number": lambda: archive(
        dict_of(W_E=tensor(storage("0", 9), 0, (2**40,), (0,))), NUMBERS
    ),
    "a bytearray of 1 TiB": lambda: archive(dict_of(a=name("builtins.bytearray") + count(2**40) + b"\x85R")),
    "memo index 2^32 - 1": lambda: archive(b"}r\xff\xff\xff\xff" + b"(" * 3),
    "a text of 2^62 bytes": lambda: archive(b"\x8d" + struct.pack("<Q", 2**62) + b"x"),
    "a legacy storage of 4 TiB": lambda: legacy(
        dict_of(W_E=tensor(storage("0", 2**40), 0, (2**40,), (1,))), b"](" + text("0") + b"e.", struct.pack("<Q", 2**40)
    ),
    "a million nested lists": lambda: archive(b"]" * 900_000 + b"a" * 899_999),
    "a million marks": lambda: archive(b"(" * 900_000),
    "a safetensors header of 2^60 bytes": lambda: safetensors({}, length=2**60),
    "a safetensors header of the whole file": lambda: safetensors(b"{" + b" " * 900_000 + b"}", length=2**20),
    "a shape with an overflowing product": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [2**32, 2**32], "data_offsets": [0, 4]}}, b"1234"
    ),
    "a negative shape": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]}}, b"1234"
    ),
    "overlapping tensors": lambda: safetensors(
        {key: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for key in ("W_E", "W_U")}, b"1234"
    ),
    "offsets out of range": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}, b"1234"
    ),
    "reversed offsets": lambda: safetensors({"W_E": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, b"1234"),
    "a header of nested lists": lambda: safetensors(b'{"W_E":' + b"[" * 400_000),
    "a name that is not UTF-8": lambda: safetensors(
        b'{"\xff\xfe":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', b"1234"
    ),
    "a duplicate name": lambda: safetensors(
        b'{"W_E":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"W_E":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b"12345678",
    ),
    "a name of 800 kB": lambda: save({"ln_" * 200_000 + "-": torch.ones(1)}),
    "tiny matrices and many heads": lambda: save(
        {
            **{
                key: torch.ones(shape, dtype=torch.float16) for key, shape in {"W_E": (301, 1), "W_pos": (3, 1)}.items()
            },
            **{f"W_{key}": torch.ones((40_000, 1, 1), dtype=torch.float16) for key in "QKVO"},
            "W_in": torch.ones((1, 100_000), dtype=torch.float16),
            "W_out": torch.ones((100_000, 1), dtype=torch.float16),
            "W_U": torch.ones((1, 301), dtype=torch.float16),
        }
    ),
    "a hundred thousand tokens": lambda: save(
        {
            "W_E": torch.ones((100_001, 1), dtype=torch.float16),
            "W_pos": torch.ones((3, 1), dtype=torch.float16),
            **{f"W_{key}": torch.ones((1, 1, 1), dtype=torch.float16) for key in "QKVO"},
            "W_in": torch.ones((1, 2), dtype=torch.float16),
            "W_out": torch.ones((2, 1), dtype=torch.float16),
            "W_U": torch.ones((1, 100_000), dtype=torch.float16),
        }
    ),
}
READABLE: dict[str, Callable[[], bytes]] = {
    "a config of nested lists": lambda: valid(config=dict_of(a=nested(12, 100))),
    "a key that takes forever to hash": lambda: valid(config=b"}" + nested_tuples(120) + b"K\x01s"),
    "colliding keys": lambda: valid(
        config=b"}(" + b"".join(count((2**61 - 1) * n) + b"K\x01" for n in range(50_000)) + b"u"
    ),
    "losses of nested lists": lambda: valid(train_losses=nested(12, 100)),
    "a split of nested lists": lambda: valid(train_indices=nested(12, 100)),
    "an integer epoch of half a megabyte": lambda: valid(
        epoch=b"\x8b" + struct.pack("<I", 500_000) + b"\x7f" * 500_000
    ),
    "a text epoch of 5,000 digits": lambda: valid(epoch=text("9" * 5000)),
}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("sizes")
    worker = Worker(folder / "home", write_samples(folder / "samples"))
    yield worker
    worker.kill()


def outcome(worker: Worker, path: Path, data: bytes) -> object:
    """`readable`, or the name of the error; checks memory and that the worker only read."""
    path.write_bytes(data)
    result = worker.open(path)
    assert result.get("finding") is None
    assert not result["events"]
    assert result["memory"] < 300 << 20
    return result["outcome"]


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("make", REJECTED.values(), ids=REJECTED.keys())
def test_it_is_rejected(tmp_path, worker, make, suffix):
    assert outcome(worker, tmp_path / f"run{suffix}", make()) in ("UnreadableRun", "UnsupportedModel")


@pytest.mark.parametrize("make", READABLE.values(), ids=READABLE.keys())
def test_other_entries_of_a_valid_checkpoint_do_no_harm(tmp_path, worker, make):
    assert outcome(worker, tmp_path / "run.pth", make()) == "readable"


def test_the_same_state_dict_400_000_times(tmp_path, worker):
    states = b"](" + b"}q\x00" + text("W") + DENSE + b"s" + b"h\x00" * 400_000 + b"e"
    assert outcome(worker, tmp_path / "run.pth", archive(dict_of(state_dicts=states), NUMBERS)) == "UnsupportedModel"


def test_60_000_names_of_one_tensor(tmp_path, worker):
    """Copying a tensor per name would exceed the memory; names that are not parameters are not copied."""
    names = b"".join(text(f"{n:05}") + b"h\x09" for n in range(60_000))
    states = b"](}(" + text("W_E") + DENSE + b"q\x09" + names + b"ue"
    data = archive(dict_of(state_dicts=states), NUMBERS)
    assert outcome(worker, tmp_path / "run.pth", data) == "UnsupportedModel"


def test_large_metadata(tmp_path, worker):
    header = json.dumps({"__metadata__": {str(n): "9" * 5000 for n in range(150)}}).encode()
    file = save(state(0))
    length = int.from_bytes(file[:8], "little")
    joined = header[:-1] + b"," + file[9 : 8 + length]
    data = struct.pack("<Q", len(joined)) + joined + file[8 + length :]
    assert outcome(worker, tmp_path / "run.safetensors", data) == "readable"
