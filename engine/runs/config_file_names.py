"""Where people keep the settings of a run: `config.json` beside or above its checkpoints, `config_7` for `model_7`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from engine.runs.checkpoint_listing import is_checkpoint_folder

# Names without a suffix, the preferred one first.
_STEMS = (
    *("config", "cfg", "hparams", "hyperparameters", "args", "params", "run_config", "model_config", "training_args"),
    *("train_config", "settings", "hyperparams", "metadata", "meta", "options", "opts", "conf", "experiment"),
    *("info", os.path.join(".hydra", "config")),  # noqa: PTH118
)
_SUFFIXES = (".json", ".yaml", ".yml")
_OWN_WORDS = ("config", "cfg", "hparams", "args", "params", "settings")
# Words of a checkpoint's name that its config does not share.
_COMMON_WORDS = re.compile(
    r"(?:model|checkpoint|ckpt|weights|net|network|state|dict|final|best|last|latest|epoch|step|grokking|run)\d*",
    re.IGNORECASE,
)
# The folder of one checkpoint: its run is one folder above.
_OF_ONE_CHECKPOINT = re.compile(r"(?:checkpoint|ckpt|step|epoch|iter|global_step)[-_=]?\d+", re.IGNORECASE)


def find_config_files(path: Path) -> list[str]:
    """The paths of the config files of a checkpoint file or a folder of checkpoints, the nearest first."""
    folder = path if path.is_dir() else path.parent
    names = [] if path.is_dir() else [*_own_names(path.stem)]
    found = [*_existing(folder, (*names, *_STEMS))]
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 (a link is not followed: its own folder counts)
    if is_checkpoint_folder(absolute.name) or _OF_ONE_CHECKPOINT.fullmatch(absolute.name):
        found += find_config_files(absolute.parent) if absolute.parent != absolute else []
    return found


def _existing(folder: Path, stems: tuple[str, ...]) -> Iterator[str]:
    candidates = (os.path.join(folder, f"{stem}{suffix}") for stem in stems for suffix in _SUFFIXES)  # noqa: PTH118
    return (candidate for candidate in dict.fromkeys(candidates) if os.path.lexists(candidate))


def _own_names(stem: str) -> Iterator[str]:
    """The stems of the config that belongs to one checkpoint: `config_7` for `model_7`.

    >>> {"model_7", "config_7", "7_config", "model_7_config"} <= set(_own_names("model_7"))
    True
    """
    yield stem
    words = re.split("[-_.]", stem)
    own = "_".join(word for word in words if not _COMMON_WORDS.fullmatch(word))
    for name in dict.fromkeys(name for name in (stem, own, own.replace("_", "-")) if name):
        for word in _OWN_WORDS:
            yield from (f"{word}_{name}", f"{name}_{word}", f"{word}-{name}", f"{name}-{word}", f"{name}.{word}")
