"""Find the checkpoint files of a run: in its folder, in `RUN/checkpoints`, or one in each `RUN/checkpoint-500`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from engine.runs.epoch_names import epoch_of_single, split_name
from engine.runs.torch_format.sharded import INDEX_SUFFIX
from engine.runs.torch_format.suffixes import SUFFIXES

# The folders of checkpoints inside a run's folder, the preferred one first.
CHECKPOINT_FOLDERS = (
    *("checkpoints", "checkpoint", "ckpts", "ckpt", "snapshots", "weights", "models", "model"),
    *("saved_models", "saved_checkpoints", "model_checkpoints", "states", "saves", "saved", "params"),
)
# Other names of such folders: `my_ckpts`, `checkpoints_run1`.
_LIKE_CHECKPOINT_FOLDER = re.compile(
    r"(?:.*[-_. ])?(?:checkpoints?|ckpts?|snapshots?|snaps|weights|models|saves|saved)(?:[-_. ].*)?", re.IGNORECASE
)
_LIGHTNING_LOGS, _LIGHTNING_VERSION = "lightning_logs", re.compile(r"version_\d+")
_MAX_FOLDERS = 100  # of a run's folder are searched for checkpoints
# The weights in a folder that holds one checkpoint, as Hugging Face's trainer writes it; the preferred one first.
WEIGHTS_NAMES = (
    *("model.safetensors", "model.safetensors.index.json"),
    *("pytorch_model.bin", "pytorch_model.bin.index.json"),
)
# A part of a checkpoint, which is read by its index.
_SHARD = re.compile(r".*-\d+-of-\d+")
# The state of the training beside the weights.
_TRAINING_STATE = re.compile(
    r"(?:^|[-_.])(?:optim|optimi[sz]er|scheduler|rng_state|random_states|scaler|training_args)(?:$|[-_.])",
    re.IGNORECASE,
)
# These suffixes are those of many other files as well.
_SHARED_SUFFIXES = (".bin", ".npz", ".pkl", ".pickle")
_WEIGHTS_NAME = re.compile(r"(?:.*[-_.])?(?:pytorch_model|model|weights|params|state_dict|checkpoint)", re.IGNORECASE)


@dataclass
class Listing:
    """The checkpoint files of a folder, by their names relative to it.

    `files` maps each to the name that may have its epoch, `others` are not regular files, `names` is everything.
    `elsewhere` has the paths of checkpoints in the run's folder, if those in a folder below it are used.
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    @property
    def is_series(self) -> bool:
        """Whether any file has a number that may be its epoch."""
        return any(split_name(name) for name in self.files.values())


def is_checkpoint_folder(name: str) -> bool:
    """Whether a folder of this name has the checkpoints of the run one folder above.

    >>> [is_checkpoint_folder(name) for name in ("checkpoints", "my_ckpts", "run1")]
    [True, True, False]
    """
    return name.lower() in CHECKPOINT_FOLDERS or _LIKE_CHECKPOINT_FOLDER.fullmatch(name) is not None


def list_checkpoints(run: Path) -> Listing:
    """The checkpoint files in a run's folder; if it has no numbered ones, those in its folder of checkpoints.

    Raises:
        OSError: the folder cannot be listed.
    """
    listing = _list_folder(run)
    if listing.is_series:
        return listing
    for folder in _checkpoint_folders(run, listing.names):
        below = _list_folder(folder)
        if below.is_series or (below.files and not listing.files):
            below.elsewhere = [str(run / file) for file in (*listing.files, *listing.others)]
            return below
    return listing


def folders_of_runs(run: Path, names: list[str]) -> list[str]:
    """Those of the first folders in a folder that contain checkpoints themselves, for an error message."""
    folders = [name for name in sorted(names)[:_MAX_FOLDERS] if not name.startswith(".") and (run / name).is_dir()]
    found = []
    for name in folders:
        with suppress(OSError):
            if list_checkpoints(run / name).files:
                found.append(name)
    return found


def _checkpoint_folders(run: Path, names: list[str]) -> Iterator[Path]:
    """The folders of checkpoints in a run's folder, the preferred one first."""
    by_name = {name.lower(): name for name in names if name.lower() in CHECKPOINT_FOLDERS}
    like = [name for name in names if name.lower() not in CHECKPOINT_FOLDERS and is_checkpoint_folder(name)]
    folders = [by_name[name] for name in CHECKPOINT_FOLDERS if name in by_name] + (like if len(like) == 1 else [])
    if _LIGHTNING_LOGS in names:
        with suppress(OSError):
            versions = [name for name in os.listdir(run / _LIGHTNING_LOGS) if _LIGHTNING_VERSION.fullmatch(name)]  # noqa: PTH208
            if len(versions) == 1:
                folders.append(os.path.join(_LIGHTNING_LOGS, versions[0], "checkpoints"))  # noqa: PTH118
    yield from (
        run / name for name in folders if (run / name).is_dir() and not os.path.lexists(run / name / "run.json")
    )


def _list_folder(folder: Path) -> Listing:
    listing = Listing(folder)
    with os.scandir(folder) as items:
        for item in items:
            listing.names.append(item.name)
            if item.name.startswith("."):
                continue
            if (stem := _checkpoint_stem(item.name)) is not None:
                if item.is_symlink() or item.is_file(follow_symlinks=False):
                    listing.files[item.name] = stem
                else:
                    listing.others.append(item.name)
            elif (weights := _weights_in(item)) is not None:
                listing.files[f"{item.name}{os.sep}{weights}"] = item.name
    return listing


def _checkpoint_stem(name: str) -> str | None:
    """The name of a checkpoint without its suffix; None for other files."""
    if name.endswith(INDEX_SUFFIX):
        name = name.removesuffix(INDEX_SUFFIX)
    elif "-of-" in name and _SHARD.fullmatch(name.partition(".")[0]):
        return None
    stem, suffix = os.path.splitext(name.removesuffix(".tar"))  # noqa: PTH122 (`checkpoint_5.pth.tar`)
    if suffix.lower() not in SUFFIXES or _TRAINING_STATE.search(stem):
        return None
    if suffix.lower() in _SHARED_SUFFIXES and not _WEIGHTS_NAME.fullmatch(stem) and not split_name(stem):
        return None
    return stem


def _weights_in(item: os.DirEntry[str]) -> str | None:
    """The name of the weights in the folder of one checkpoint; None if the item is not such a folder, but a run."""
    if epoch_of_single(item.name) is None or not item.is_dir(follow_symlinks=False):
        return None
    try:
        names = os.listdir(item.path)  # noqa: PTH208
    except OSError:  # unreadable, or deleted meanwhile
        return None
    if "run.json" in names:
        return None
    for name in WEIGHTS_NAMES:
        if name in names:
            return name
    others = [name for name in names if _checkpoint_stem(name) is not None and not name.startswith(".")]
    models = [name for name in others if name.partition(".")[0].lower() == "model"]
    return others[0] if len(others) == 1 else models[0] if len(models) == 1 else None
