"""NumPy arrays and scalars in a pickle are data: arrays become tensors."""

from __future__ import annotations

import pickle
import struct

import numpy as np
import pytest
import torch

from engine.runs.open_run import open_run
from engine.runs.torch_format.errors import MalformedCheckpoint
from engine.runs.torch_format.numpy_values import NumpyDtype, array_from_bytes, numpy_scalar
from engine.runs.torch_format.opaque_objects import InertObject
from engine.runs.torch_format.unpickler import unpickle
from tests.engine.runs.torch_format.crafted import counts, name, program, text

ARRAYS = [
    np.arange(24.0).reshape(2, 3, 4),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(6.0).reshape(2, 3).T,
    np.array([[1.5, -2.0]], dtype=">f4"),
    np.array(3.0),
    np.array([], dtype=np.float16),
    np.zeros((2, 0)),
    np.array([True, False]),
    np.array([1 + 2j]),
    *(np.array([0, 1, 127], dtype=dtype) for dtype in ("f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")),
]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.str} {array.shape}")
def test_arrays_become_tensors(array, protocol):
    (tensor, again), _ = unpickle(pickle.dumps([array, array], protocol=protocol))
    assert torch.equal(tensor, torch.from_numpy(array.astype(array.dtype.newbyteorder("=")).copy()))
    assert again is tensor


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_scalars_become_numbers_and_text(protocol):
    scalars = [
        np.float64(0.5),
        np.float32(0.25),
        np.int64(-7),
        np.uint8(200),
        np.bool_(True),
        np.str_("add é"),
        np.bytes_(b"x"),
    ]
    assert unpickle(pickle.dumps(scalars, protocol=protocol))[0] == [0.5, 0.25, -7, 200, True, "add é", "x"]


def test_a_scalar_in_the_other_byte_order():
    assert numpy_scalar(NumpyDtype("i4", ">"), b"\0\0\1\0") == 256
    assert numpy_scalar(NumpyDtype("U1", ">"), b"\0\0\0x") == "x"


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    "array", [np.array([{}, None], dtype=object), np.array(["a", "b"]), np.zeros(2, dtype=[("a", "f4")])]
)
def test_arrays_of_other_items_are_opaque(array, protocol):
    read, _ = unpickle(pickle.dumps({"array": array, "epoch": 3}, protocol=protocol))
    assert isinstance(read["array"], InertObject)
    assert read["epoch"] == 3


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_weights_and_losses_stored_as_arrays(tmp_path, state, protocol):
    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    losses = {"train_losses": np.ones(3), "test_losses": np.ones(3)}
    torch.save({"model": arrays, "epoch": 2, **losses}, tmp_path / "run.pth", pickle_protocol=protocol)
    run = open_run(tmp_path / "run.pth")
    assert torch.equal(run.weights(2).W_E, state["embed.W_E"])
    assert run.losses.at(2) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ((3,), bytes(8)),
        ((2**60, 2**60), bytes(8)),
        ((-1, -2), bytes(16)),
        ((1,) * 17, bytes(8)),
        ((1.0,), bytes(8)),
        ([1], bytes(8)),
    ],
)
def test_a_shape_that_does_not_fit_the_bytes_is_rejected(shape, data):
    with pytest.raises(ValueError, match="array"):
        array_from_bytes(data, NumpyDtype("f8"), shape)


def test_an_array_of_zero_items_may_have_any_shape():
    assert array_from_bytes(b"", NumpyDtype("f8"), (2**40, 0)).shape == (2**40, 0)


def test_repeated_arrays_are_charged():
    content = b"B" + struct.pack("<I", 10_000) + bytes(10_000)
    dtype = name("numpy.dtype") + b"(" + text("u1") + b"tR"
    state = b"(K\x01" + counts(10_000) + dtype + b"\x89" + content + b"tq\x02"
    one = name("numpy.core.multiarray._reconstruct") + b"q\x01)R" + state + b"b"
    assert unpickle(program(one))[0].shape == (10_000,)
    with pytest.raises(MalformedCheckpoint, match="far more than it contains"):
        unpickle(program(b"](" + one + b"h\x01)Rh\x02b" * 100 + b"e"))
