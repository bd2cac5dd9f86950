"""Mutations of a folder: damaged, missing, renamed or replaced files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz.mutations import mutate

_NAMES = (
    "step_1000000000000000000000000000000.pt",
    "step_0000010.pt",
    "epoch-0000100.safetensors",
    "epoch-999999999999999999999.safetensors",
    "\x1b]0;owned\x07_5.pt",
    "\x1b[2Jfinal.pth",
    "\u202egnp.5.pt",
    "init.safetensors",
    "run.json",
    "losses.csv",
    "metrics.csv",
    "history.json",
    "log.jsonl",
    "config.json",
    "config.yaml",
    "model.safetensors.index.json",
    "checkpoint-7",
    "best.pt",
    "weights.npz",
    "٣.pth",
)


def mutate_folder(source: Path, target: Path, random: Random) -> None:
    """Copy a folder with one or two mutations."""
    shutil.copytree(source, target)
    for _ in range(random.choice((1, 1, 2))):
        if random.random() < 0.7:
            _damage_file(target, random)
        else:
            _damage_listing(target, random)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _damage_file(folder: Path, random: Random) -> None:
    if files := _files(folder):
        # More often the files that opening reads: the last checkpoint, run.json and those of losses and settings.
        texts = (file for file in files if file.suffix in (".json", ".jsonl", ".csv", ".yaml", ".yml"))
        file = random.choice([*files, *files[-1:], *texts])
        file.write_bytes(mutate(file.read_bytes(), file.name, random))


def _damage_listing(folder: Path, random: Random) -> None:
    files = _files(folder)
    if not files:
        return
    file = random.choice(files)
    match random.randrange(7):
        case 0:
            file.unlink()
        case 1:
            _replace(file, os.mkfifo)
        case 2:
            _replace(file, lambda path: path.symlink_to(path.name))
        case 3:
            _replace(file, Path.mkdir)
        case 4:
            _replace(file, lambda path: path.symlink_to("/dev/zero"))
        case 5:
            data = file.read_bytes()
            file.with_name(random.choice(_NAMES)).write_bytes(data)
        case _:
            file.rename(file.with_name(random.choice(_NAMES)))


def _replace(file: Path, make: Callable[[Path], object]) -> None:
    file.unlink()
    make(file)
