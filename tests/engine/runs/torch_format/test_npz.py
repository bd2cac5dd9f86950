"""An archive of NumPy arrays is a checkpoint."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs.open_run import open_run
from engine.runs.torch_format.checkpoint_file import read_file
from engine.runs.torch_format.errors import MalformedCheckpoint
from engine.runs.torch_format.npz import read_npy
from tests.engine.runs.torch_format.test_numpy_values import ARRAYS


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_weights_in_an_archive(tmp_path, state, save):
    save(tmp_path / "weights.npz", epoch=np.array(7), **{name: tensor.numpy() for name, tensor in state.items()})
    for path in (tmp_path / "weights.npz", tmp_path):
        run = open_run(path)
        assert run.epochs == (7,)
        assert torch.equal(run.weights(7).W_E, state["embed.W_E"])


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.str} {array.shape}")
def test_an_array(array):
    out = io.BytesIO()
    np.save(out, array)
    assert torch.equal(read_npy(out.getvalue()), torch.from_numpy(array.astype(array.dtype.newbyteorder("=")).copy()))


def test_arrays_of_objects_text_and_records_are_not_read(tmp_path):
    arrays = {"text": np.array(["a"]), "record": np.zeros(1, dtype=[("a", "f4")]), "object": np.array([{}])}
    np.savez(tmp_path / "run.npz", weights=np.ones((2, 2)), **arrays)
    payload = read_file(tmp_path / "run.npz")
    assert [name for name, value in payload.items() if isinstance(value, torch.Tensor)] == ["weights"]


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"PK", b"\x93NUMPY\x09\x00\x02\x00{}"])
def test_what_is_not_an_array(data):
    with pytest.raises(MalformedCheckpoint):
        read_npy(data)


def test_an_archive_that_unpacks_to_far_more_is_rejected(tmp_path):
    np.savez_compressed(tmp_path / "run.npz", W=np.zeros((4000, 4000)))
    with pytest.raises(UnreadableRun, match=r"run.npz unpacks to far more than its size"):
        read_file(tmp_path / "run.npz")


@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
def test_a_truncated_archive_is_rejected(tmp_path, share):
    np.savez(tmp_path / "run.npz", W=np.ones((20, 20)))
    data = (tmp_path / "run.npz").read_bytes()
    (tmp_path / "run.npz").write_bytes(data[: int(share * len(data))])
    with pytest.raises(UnreadableRun, match=r"is damaged or truncated: not a complete archive of NumPy arrays"):
        read_file(tmp_path / "run.npz")


def test_a_shape_beyond_the_data_is_rejected(tmp_path):
    out = io.BytesIO()
    np.save(out, np.ones((2, 2)))
    with zipfile.ZipFile(tmp_path / "run.npz", "w") as archive:
        archive.writestr("W.npy", out.getvalue().replace(b"(2, 2)", b"(9, 9)"))
    with pytest.raises(UnreadableRun, match="is damaged or truncated"):
        read_file(tmp_path / "run.npz")
