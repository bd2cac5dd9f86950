"""Plain values are unpickled as Python does; everything else is rejected."""

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
def test_plain_values_are_unpickled_as_python_does(value, protocol):
    data = pickle.dumps(value, protocol=protocol)
    assert unpickle(data) == (value, len(data))


def test_shared_and_cyclic_lists_are_preserved():
    value: list[object] = []
    value.append(value)
    unpickled, _ = unpickle(pickle.dumps(value))
    assert isinstance(unpickled, list)
    assert unpickled[0] is unpickled


def test_sets_become_lists_and_items_with_other_keys_are_dropped():
    assert unpickle(pickle.dumps({1, 2}))[0] == [1, 2]
    assert unpickle(pickle.dumps({(1, 2): 3, "a": 4, 2**61 - 1: 5}))[0] == {"a": 4}


def test_a_pickle_ends_at_its_stop_opcode():
    first = pickle.dumps("one")
    assert unpickle(first + pickle.dumps("two"), len(first))[0] == "two"


@pytest.mark.parametrize(
    "call",
    [
        name("_codecs.encode") + b"q\x01" + text("x" * 500_000) + b"\x85q\x02",
        name("builtins.set") + b"q\x01](" + b"K\x01" * 100_000 + b"e\x85q\x02",
        name("collections.OrderedDict") + b"q\x01](" + (b"](" + text("k") + b"K\x01e") * 100 + b"e\x85q\x02",
        name("torch._utils._rebuild_tensor_v2") + b"q\x01(NK\x00))\x89}tq\x02",
    ],
)
def test_calls_beyond_the_budget_are_rejected(call):
    with pytest.raises(MalformedCheckpoint, match="far more than it contains"):
        unpickle(program(b"](" + call + b"h\x01h\x02R" * 100_000 + b"e"))


@pytest.mark.parametrize("opcodes", [b"", b"0", b"(", b"t", b"h\x05", b"R", b"NNR", b"Nb", b"NQ", b"X\xff\xff\xff\xff"])
def test_a_broken_pickle_is_malformed(opcodes):
    with pytest.raises(MalformedCheckpoint):
        unpickle(program(opcodes))


def test_random_opcodes_yield_a_value_or_a_rejection():
    """Random sequences, in which the opcodes that build are frequent."""
    random = Random(0)
    pieces = [
        *(bytes([opcode]) for opcode in range(256)),
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
    unpickled = 0
    for _ in range(20_000):
        data = b"".join(random.choices(pieces, k=random.randint(1, 12))) + b"."
        try:
            unpickle(data, resolve_storage=lambda persistent_id: persistent_id)
        except RejectedCheckpoint:
            continue
        unpickled += 1
    assert unpickled > 100
