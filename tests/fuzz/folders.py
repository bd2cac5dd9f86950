"""Ways to damage a folder: a file in it, or what lies there and what it is called."""

from __future__ import annotations

import os
import shutil
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
    "٣.pth",
)


def mutate_folder(source: Path, target: Path, random: Random) -> None:
    """A damaged copy of a folder, by one or two mutations."""
    shutil.copytree(source, target)
    for _ in range(random.choice((1, 1, 2))):
        if random.random() < 0.7:
            _damage_a_file(target, random)
        else:
            _damage_the_listing(target, random)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _damage_a_file(folder: Path, random: Random) -> None:
    if files := _files(folder):
        # The last checkpoint, run.json and losses.csv are what opening reads.
        file = random.choice([*files, *files[-1:], *(file for file in files if file.suffix in (".json", ".csv"))])
        file.write_bytes(mutate(file.read_bytes(), file.name, random))


def _damage_the_listing(folder: Path, random: Random) -> None:
    files = _files(folder)
    if not files:
        return
    file = random.choice(files)
    match random.randrange(7):
        case 0:
            file.unlink()
        case 1:
            _put(lambda: os.mkfifo(file), file)
        case 2:
            _put(lambda: file.symlink_to(file.name), file)
        case 3:
            _put(file.mkdir, file)
        case 4:
            _put(lambda: file.symlink_to("/dev/zero"), file)
        case 5:
            data = file.read_bytes()
            file.with_name(random.choice(_NAMES)).write_bytes(data)
        case _:
            file.rename(file.with_name(random.choice(_NAMES)))


def _put(make, file: Path) -> None:  # type: ignore[no-untyped-def]
    file.unlink()
    make()
