"""The one door to what lies on disk: which container it is, and the run in it."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from time import time

from engine.errors import RunNotReady, UnreadableRun
from engine.networks.config import ActFn, InvalidConfig, Operation
from engine.runs.checkpoint_folder import open_folder
from engine.runs.checkpoint_series import ModelOverrides
from engine.runs.folder_snapshot import FolderSnapshot, take_snapshot
from engine.runs.multi_checkpoint_file import FORMATS, open_multi_checkpoint_file
from engine.runs.native_run import read_native
from engine.runs.run import RecordedLosses, Run
from engine.runs.run_json import config_to_json
from engine.runs.single_file import open_single
from engine.runs.torch_format.checkpoint_file import read_file
from engine.state_dicts import AmbiguousTask


def open_run(
    path: Path | str,
    *,
    p: int | None = None,
    prompt: str | None = None,
    act_fn: ActFn | None = None,
    operation: Operation | None = None,
) -> Run:
    """Open a run: its config, epochs, losses and split; checkpoints are read when asked for.

    A native run, a folder of checkpoints, a file of many, or a single checkpoint. `p`, `prompt`, `act_fn` and
    `operation` tell what a foreign file leaves open, or correct what it records; a native run knows its own.

    Raises:
        RunNotReady: a folder without a checkpoint, or written to just now and not to be read yet.
        UnreadableRun: not a run, a damaged one, or one that leaves p or the prompt open.
        UnsupportedModel: a model outside the family.
        InvalidConfig: what was told contradicts the tensors, or what a native run says.
    """
    path, told = _expanded(Path(path)), ModelOverrides(p, prompt, act_fn, operation)
    try:
        if path.name == "run.json" and path.is_file():
            path = path.parent
        return open_snapshot(path, take_snapshot(path), told) if path.is_dir() else _open_file(path, told)
    except OSError as error:
        raise UnreadableRun(f"{path} cannot be read: {error.strerror or error}.") from error


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:  # ~ of somebody who has no home
        raise UnreadableRun(f"{path} does not exist: {error}") from error


def open_snapshot(path: Path, files: FolderSnapshot, told: ModelOverrides, losses: RecordedLosses | None = None) -> Run:
    """Open the run in a folder that was looked at just before; `losses` are those of an earlier opening.

    Raises:
        OSError: the folder cannot be listed.
        GrokError: as `open_run`.
    """
    try:
        native = (path / "run.json").exists()
        run = _agreeing(read_native(path, losses), told) if native else open_folder(path, told)
    except AmbiguousTask:
        raise
    except UnreadableRun as error:
        now = time()
        if all(sighting.is_stable(now) for sighting in files.values()):
            raise
        raise RunNotReady(str(error)) from error
    return replace(run, files=files)


def _open_file(path: Path, told: ModelOverrides) -> Run:
    payload = read_file(path)
    for stack in FORMATS:
        if stack.matches(payload):
            return open_multi_checkpoint_file(stack, path, payload, told)
    return open_single(path, payload, told)


def _agreeing(run: Run, told: ModelOverrides) -> Run:
    says = config_to_json(run.config)
    for name, wanted in asdict(told).items():
        value = says[name]
        if wanted is not None and wanted != value:
            raise InvalidConfig(f"{run.path / 'run.json'} says {name} = {value}; it cannot be told {wanted} as well.")
    return run
