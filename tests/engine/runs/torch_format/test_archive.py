"""A file of a megabyte that claims or unpacks to far more takes no more memory than its own size explains."""

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
DENSE = tensor(storage("0", 225_000), 0, (225_000,), (1,))


def nested(levels: int, width: int, one: bytes = b"K\x01") -> bytes:
    """A list of lists of lists: each level is one list, repeated."""
    built = one + b"q\x00"
    for level in range(levels):
        built += b"](" + b"h" + bytes([level]) + (b"h" + bytes([level])) * (width - 1) + b"eq" + bytes([level + 1])
    return built


def nested_tuples(levels: int) -> bytes:
    built = b")q\x00"
    for level in range(levels):
        built += b"h" + bytes([level]) + b"\x86q" + bytes([level + 1])
    return built


def whole(**beside: bytes) -> bytes:
    """An honest state dict, as an archive, with something beside it."""
    model, storages = b"", {}
    for index, (key, value) in enumerate(weights(0).items()):
        storages[str(index)] = value.contiguous().numpy().tobytes()
        strides = value.contiguous().stride()
        model += text(key) + tensor(storage(str(index), value.numel()), 0, tuple(value.shape), strides)
    return archive(dict_of(model=b"}(" + model + b"u", **beside), storages)


def overlapping() -> bytes:
    """Many entries in the directory, each the same bytes of the file."""
    data = archive(dict_of(W_E=DENSE), NUMBERS)
    end = data.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", data[end + 16 : end + 20])[0]
    directory = data[start:end]
    many = 200
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 4 * many, 4 * many, len(directory) * many, start, 0)
    return data[:start] + directory * many + tail


def overstated_entry() -> bytes:
    """The directory says that an entry is 2 GiB long."""
    data = bytearray(archive(dict_of(W_E=DENSE), NUMBERS))
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", 2**31, 2**31)
    return bytes(data)


REFUSED: dict[str, Callable[[], bytes]] = {
    "a zip bomb": lambda: archive(dict_of(W_E=DENSE), {"0": bytes(200 << 20)}, zipfile.ZIP_DEFLATED),
    "an entry longer than the file": overstated_entry,
    "entries over one another": overlapping,
    "a storage longer than its entry": lambda: archive(
        dict_of(W_E=tensor(storage("0", 2**40), 0, (1,), (1,))), NUMBERS
    ),
    "a tensor that repeats one number": lambda: archive(
        dict_of(W_E=tensor(storage("0", 9), 0, (2**40,), (0,))), NUMBERS
    ),
    "a bytearray of a terabyte": lambda: archive(dict_of(a=name("builtins.bytearray") + count(2**40) + b"\x85R")),
    "a memo of four billion": lambda: archive(b"}r\xff\xff\xff\xff" + b"(" * 3),
    "a text of 2^62 bytes": lambda: archive(b"\x8d" + struct.pack("<Q", 2**62) + b"x"),
    "a legacy storage of a terabyte": lambda: legacy(
        dict_of(W_E=tensor(storage("0", 2**40), 0, (2**40,), (1,))), b"](" + text("0") + b"e.", struct.pack("<Q", 2**40)
    ),
    "a million lists in one another": lambda: archive(b"]" * 900_000 + b"a" * 899_999),
    "a million marks": lambda: archive(b"(" * 900_000),
    "a safetensors header of 2^60 bytes": lambda: safetensors({}, length=2**60),
    "a safetensors header of the whole file": lambda: safetensors(b"{" + b" " * 900_000 + b"}", length=2**20),
    "a shape whose product overflows": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [2**32, 2**32], "data_offsets": [0, 4]}}, b"1234"
    ),
    "a negative shape": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]}}, b"1234"
    ),
    "tensors over one another": lambda: safetensors(
        {key: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for key in ("W_E", "W_U")}, b"1234"
    ),
    "offsets out of range": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}, b"1234"
    ),
    "offsets the wrong way round": lambda: safetensors(
        {"W_E": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, b"1234"
    ),
    "a header of lists in one another": lambda: safetensors(b'{"W_E":' + b"[" * 400_000),
    "a name that is no text": lambda: safetensors(
        b'{"\xff\xfe":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', b"1234"
    ),
    "a name that is there twice": lambda: safetensors(
        b'{"W_E":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"W_E":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b"12345678",
    ),
    "a name of half a megabyte": lambda: save({"ln_" * 200_000 + "-": torch.ones(1)}),
    "a model of tiny matrices and many heads": lambda: save(
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
    "a model of a hundred thousand tokens": lambda: save(
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
    "a config that is a list of lists of lists": lambda: whole(config=dict_of(a=nested(12, 100))),
    "a config under a key that hashes for ever": lambda: whole(config=b"}" + nested_tuples(120) + b"K\x01s"),
    "keys that collide": lambda: whole(
        config=b"}(" + b"".join(count((2**61 - 1) * n) + b"K\x01" for n in range(50_000)) + b"u"
    ),
    "losses that are a list of lists": lambda: whole(train_losses=nested(12, 100)),
    "a split that is a list of lists": lambda: whole(train_indices=nested(12, 100)),
    "an epoch of half a million digits": lambda: whole(epoch=b"\x8b" + struct.pack("<I", 500_000) + b"\x7f" * 500_000),
    "an epoch in words of 5,000 digits": lambda: whole(epoch=text("9" * 5000)),
}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("sizes")
    process = Worker(folder / "home", write_samples(folder / "samples"))
    yield process
    process.end()


def answer(worker: Worker, path: Path, data: bytes) -> dict[str, object]:
    path.write_bytes(data)
    found = worker.ask(path)
    assert found.get("complaint") is None
    assert not found["events"]
    assert found["memory"] < 300 << 20
    return found


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(tmp_path, worker, make, suffix):
    assert answer(worker, tmp_path / f"run{suffix}", make())["outcome"] in ("UnreadableRun", "UnsupportedModel")


@pytest.mark.parametrize("make", READABLE.values(), ids=READABLE.keys())
def test_what_lies_beside_good_weights_does_not_matter(tmp_path, worker, make):
    assert answer(worker, tmp_path / "run.pth", make())["outcome"] == "readable"


def test_one_state_dict_half_a_million_times(tmp_path, worker):
    one = b"}q\x00"
    states = b"](" + one + b"h\x00" * 400_000 + b"e"
    assert answer(worker, tmp_path / "run.pth", archive(dict_of(state_dicts=states)))["outcome"] == "UnsupportedModel"


def test_a_million_names_for_one_tensor(tmp_path, worker):
    """Each would be copied, were it not looked at first whether it is a parameter of the model."""
    many = b"".join(text(f"{n:05}") + b"h\x09" for n in range(60_000))
    states = b"](}(" + text("W_E") + DENSE + b"q\x09" + many + b"ue"
    data = archive(dict_of(state_dicts=states), NUMBERS)
    assert answer(worker, tmp_path / "run.pth", data)["outcome"] == "UnsupportedModel"


def test_a_header_in_json_that_repeats_the_metadata(tmp_path, worker):
    header = json.dumps({"__metadata__": {str(n): "9" * 5000 for n in range(150)}}).encode()
    whole_file = save(state(0))
    length = int.from_bytes(whole_file[:8], "little")
    joined = header[:-1] + b"," + whole_file[9 : 8 + length]
    data = struct.pack("<Q", len(joined)) + joined + whole_file[8 + length :]
    assert answer(worker, tmp_path / "run.safetensors", data)["outcome"] == "readable"
