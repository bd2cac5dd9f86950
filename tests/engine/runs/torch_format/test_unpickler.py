"""The machine that reads pickles: what it reads is what Python would, and what it refuses."""

from __future__ import annotations

import pickle
from random import Random

import pytest

from engine.runs.torch_format.errors import MalformedCheckpoint, RejectedCheckpoint
from engine.runs.torch_format.unpickler import unpickle
from tests.engine.runs.torch_format.crafted import count, name, program, text

VALUES = [
    None,
    True,
    [0, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**40, -(2**80)],
    [0.0, -1.5, 1e308, float("inf")],
    ["", "a", "é" * 300, "\U0001f600"],
    [b"", b"\x00\xff", b"x" * 300],
    {"a": 1, 2: "b", None: [], True: {}},
    [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [[[]]]],
    {"shared": [shared := ["once"], shared]},
]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_are_read_as_python_reads_them(value, protocol):
    data = pickle.dumps(value, protocol=protocol)
    assert unpickle(data) == (value, len(data))


def test_what_is_shared_stays_shared_and_what_holds_itself_too():
    value: list[object] = []
    value.append(value)
    read, _ = unpickle(pickle.dumps(value))
    assert isinstance(read, list)
    assert read[0] is read


def test_sets_are_read_as_lists_and_keys_that_are_no_plain_ones_left_out():
    assert unpickle(pickle.dumps({1, 2}))[0] == [1, 2]
    assert unpickle(pickle.dumps({(1, 2): 3, "a": 4, 2**61 - 1: 5}))[0] == {"a": 4}


def test_a_pickle_ends_where_it_says():
    first = pickle.dumps("one")
    assert unpickle(first + pickle.dumps("two"), len(first))[0] == "two"


@pytest.mark.parametrize(
    "again",
    [
        name("_codecs.encode") + b"q\x01" + text("x" * 500_000) + b"\x85q\x02",
        name("builtins.set") + b"q\x01](" + b"K\x01" * 100_000 + b"e\x85q\x02",
        name("collections.OrderedDict") + b"q\x01](" + (b"](" + text("k") + b"K\x01e") * 100 + b"e\x85q\x02",
        name("torch._utils._rebuild_tensor_v2") + b"q\x01(NK\x00))\x89}tq\x02",
    ],
)
def test_building_the_same_again_and_again_is_stopped(again):
    with pytest.raises(MalformedCheckpoint, match="far more than it contains"):
        unpickle(program(b"](" + again + b"h\x01h\x02R" * 100_000 + b"e"))


@pytest.mark.parametrize(
    "operations", [b"", b"0", b"(", b"t", b"h\x05", b"R", b"NNR", b"Nb", b"NQ", b"X\xff\xff\xff\xff"]
)
def test_what_is_no_pickle_is_malformed(operations):
    with pytest.raises(MalformedCheckpoint):
        unpickle(program(operations))


def test_no_program_does_anything_but_describe():
    """Operations in any order, half of them those that build: a value, or one of four errors."""
    random = Random(0)
    pieces = [
        *(bytes([operation]) for operation in range(256)),
        *(
            b"N",
            b"K\x01",
            b"(",
            b"t",
            b"]",
            b"}",
            b")",
            b"\x86",
            b"q\x00",
            b"h\x00",
            b"R",
            b"R",
            b"\x81",
            b"b",
            b"Q",
            b".",
        ),
        *(text("a"), count(2**62), name("posix.system"), name("__main__.Config"), name("torch.FloatStorage")),
        *(name("collections.OrderedDict"), name("torch._utils._rebuild_tensor_v2"), name("numpy.dtype")),
    ]
    read = 0
    for _ in range(20_000):
        data = b"".join(random.choices(pieces, k=random.randint(1, 12))) + b"."
        try:
            unpickle(data, resolve_storage=lambda persistent_id: persistent_id)
        except RejectedCheckpoint:
            continue
        read += 1
    assert read > 100
