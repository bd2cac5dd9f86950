"""Whatever a pickle imports or calls, nothing runs; a name that only malicious pickles use is an error."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs.open_run import open_run
from tests.engine.runs.torch_format.crafted import (
    archive,
    counts,
    dict_of,
    legacy,
    name,
    program,
    storage,
    tensor,
    text,
)

# Under Python's own pickle each would write or read a file at PATH, or call something else.
COMMAND = text("touch PATH")
OPENED = b"(" + text("PATH") + text("w") + b"t"
PROGRAMS = {
    "reduce": name("posix.system") + b"(" + COMMAND + b"tR",
    "reduce of an attribute": name("os.path.os.system") + b"(" + COMMAND + b"tR",
    "stack global": text("posix") + text("system") + b"\x93(" + COMMAND + b"tR",
    "inst": b"(" + COMMAND + b"iposix\nsystem\n",
    "obj": b"(" + name("posix.system") + COMMAND + b"o",
    "newobj": name("builtins.open") + OPENED + b"\x81",
    "newobj_ex": name("builtins.open") + OPENED + b"}\x92",
    "build": name("__main__.Config") + b")\x81}(" + text("__class__") + name("posix.system") + b"ub",
    "eval": name("builtins.eval") + b"(" + text("open('PATH', 'w')") + b"tR",
    "getattr": name("builtins.getattr") + b"(" + name("builtins.open") + text("__call__") + b"tR" + OPENED + b"R",
    "partial": name("functools.partial") + b"(" + name("builtins.open") + b"tR" + OPENED + b"R",
    "torch.load": name("torch.serialization.load") + b"(" + text("PATH") + b"tR",
    "torch.hub": name("torch.hub.load") + b"(" + text("PATH") + b"tR",
    "numpy.load": name("numpy.load") + b"(" + text("PATH") + b"tR",
    "numpy's runstring": name("numpy.testing._private.utils.runstring") + b"(" + text("open('PATH', 'w')") + b"}tR",
    "numpy array": name("numpy._core.multiarray._reconstruct") + b"(" + name("numpy.ndarray") + counts(0) + b"tR",
    "persistent id": text("posix") + text("system") + b"\x86" + b"Q",
    "persistent id in text": b"Pposix.system\n",
    "extension": b"\x82\x01",
    "an allowed global with a forbidden argument": name("collections.OrderedDict")
    + b"("
    + name("posix.system")
    + b"tR",
    "a tensor rebuilt by a forbidden function": name("torch._tensor._rebuild_from_type_v2")
    + b"("
    + name("posix.system")
    + name("torch.Tensor")
    + OPENED
    + b"NtR",
    "attributes set on a class": name("__main__.Config") + b"}(" + text("__init__") + name("posix.system") + b"ub",
}


def wrapped(opcodes: bytes, container: str) -> bytes:
    """The program in any file that can contain a pickle."""
    payload = dict_of(model=b"}", config=opcodes)
    match container:
        case "zip":
            return archive(payload)
        case "legacy":
            return legacy(payload)
        case "legacy keys":
            return legacy(b"}", keys=opcodes + b".")
        case "legacy magic":
            return program(opcodes)
        case "zip in a zip":
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as file:
                file.writestr("archive/inner.zip", archive(payload))
            return out.getvalue()
        case _:
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w") as tar:
                info = tarfile.TarInfo("pickle")
                info.size = len(program(opcodes))
                tar.addfile(info, io.BytesIO(program(opcodes)))
            return out.getvalue()


@pytest.mark.parametrize("container", ["zip", "legacy", "legacy keys", "legacy magic", "zip in a zip", "tar"])
@pytest.mark.parametrize("opcodes", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_nothing_runs(tmp_path, opcodes, container):
    ran, path = tmp_path / "ran", tmp_path / "run.pth"
    with_path = opcodes.replace(text("PATH"), text(str(ran)))
    with_path = with_path.replace(COMMAND, text(f"touch {ran}")).replace(
        text("open('PATH', 'w')"), text(f"open({str(ran)!r}, 'w')")
    )
    path.write_bytes(wrapped(with_path, container))
    with pytest.raises(UnreadableRun) as rejected:
        open_run(path)
    assert not ran.exists()
    assert str(path) in str(rejected.value)
    assert "\n" not in str(rejected.value)


@pytest.mark.parametrize("forbidden", ["posix.system", "builtins.eval", "subprocess.Popen"])
def test_the_error_names_the_forbidden_global(tmp_path, forbidden):
    for data in (archive(name(forbidden)), legacy(name(forbidden)), program(name(forbidden))):
        (tmp_path / "run.pth").write_bytes(data)
        with pytest.raises(UnreadableRun, match=f"imports {forbidden}, so loading it could run code"):
            open_run(tmp_path / "run.pth")


def test_python_itself_runs_the_program(tmp_path):
    """The programs above are real: Python's own pickle runs the first."""
    import pickle

    ran = tmp_path / "ran"
    pickle.loads(program(PROGRAMS["reduce"].replace(COMMAND, text(f"touch {ran}"))))
    assert ran.exists()


@pytest.mark.parametrize(
    ("opcodes", "message"),
    [
        (tensor(storage("0", 10**9), 0, (2, 2), (2, 1)), "damaged, truncated"),  # more numbers than are stored
        (tensor(storage("0", 4), 3, (2, 2), (2, 1)), "damaged, truncated"),  # beyond the last number
        (tensor(storage("0", 4), 0, (2, 2), (10**9, 1)), "damaged, truncated"),
        (tensor(storage("0", 4), 0, (2**40, 2**40), (0, 0)), "claims shape"),
        (tensor(storage("0", 4), -4, (2, 2), (2, 1)), "damaged, truncated"),
        (tensor(storage("0", 4), 0, (-2, -2), (2, 1)), "damaged, truncated"),
        (tensor(storage("0", 4), 0, (2, 2), (-2, -1)), "damaged, truncated"),
        (tensor(storage("0", 4), 0, (2, 2), (1,)), "damaged, truncated"),
        (tensor(storage("0", -4), 0, (2, 2), (2, 1)), "damaged, truncated"),
        (tensor(storage("../version", 4), 0, (2, 2), (2, 1)), "damaged, truncated"),
        (tensor(storage("0", 4, "LongStorage"), 0, (2, 2), (2, 1)), "damaged, truncated"),  # twice as wide
        (tensor(b"K\x01", 0, (2, 2), (2, 1)), "damaged, truncated"),
        (tensor(storage("0", 4), 0, (1,) * 100, (1,) * 100), "damaged, truncated"),
    ],
)
def test_a_tensor_beyond_its_storage_is_rejected(tmp_path, opcodes, message):
    path = tmp_path / "run.pth"
    numbers = torch.arange(4.0).numpy().tobytes()
    path.write_bytes(archive(dict_of(W_E=opcodes), {"0": numbers}))
    with pytest.raises(UnreadableRun, match=message):
        open_run(path)
    storages = (4).to_bytes(8, "little") + numbers
    path.write_bytes(legacy(dict_of(W_E=opcodes), b"](" + text("0") + b"e.", storages))
    with pytest.raises(UnreadableRun, match=message):
        open_run(path)
