"""Compare the answers of two versions of the program: `report` and every view, as JSON and CSV.

    python -m tests.oracles.same_answers write FOLDER [RUN...]     # with the version that is on PYTHONPATH
    python -m tests.oracles.same_answers compare BEFORE AFTER

Without a RUN the bundled run is used. Fields may be added between two versions; a field that is missing or differs
is printed, and the exit status is 1.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

# Views that were renamed, by their old name.
RENAMED = {"bench": "ablation"}


def write(folder: Path, runs: list[str]) -> None:
    """Write the answers about each run into a folder of its own."""
    from grok_tui.views import VIEWS

    for run in runs or [""]:
        target = folder / (Path(run).stem or "bundled")
        target.mkdir(parents=True, exist_ok=True)
        arguments = [run] if run else []
        save(target / "report.json", ["report", *arguments, "--format", "json"])
        for view in VIEWS:
            for ending in ("json", "csv"):
                save(target / f"{view}.{ending}", ["show", view, *arguments, "--format", ending])


def save(path: Path, arguments: list[str]) -> None:
    """Save what a command prints; nothing where it fails."""
    try:
        from grok_tui.cli.main import main
    except ImportError:  # a version before the command line became a package
        from grok_tui.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        main(arguments)
    path.write_text(out.getvalue(), encoding="utf-8")


def compare(before: Path, after: Path) -> list[str]:
    """The differences, one line each; empty if every answer before is part of the answer after."""
    differences: list[str] = []
    for old in sorted(path for path in before.rglob("*") if path.suffix in (".json", ".csv")):
        name = old.relative_to(before)
        new = after / name.with_name(RENAMED.get(name.stem, name.stem) + name.suffix)
        if not new.exists():
            differences.append(f"{name}: missing")
            continue
        read = read_csv if old.suffix == ".csv" else read_json
        differences += [f"{name}: {line}" for line in lost(read(old), read(new), "")]
    return differences


def read_json(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if text else None


def read_csv(path: Path) -> dict[str, list[str]]:
    """The columns by name."""
    header, *rows = [*csv.reader(io.StringIO(path.read_text(encoding="utf-8")))] or [[]]
    return {name: [row[index] for row in rows] for index, name in enumerate(header)}


def lost(old: Any, new: Any, path: str) -> Iterator[str]:
    """The places where `new` lacks a field of `old` or has another value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            if name not in new:
                yield f"{path}/{name} is missing"
            elif not (name == "view" and RENAMED.get(value) == new[name]):
                yield from lost(value, new[name], f"{path}/{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from lost(one, other, f"{path}/{index}")
    elif old != new:
        yield f"{path}: {old!r} became {new!r}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["write", folder, *runs]:
            write(Path(folder), runs)
            return 0
        case ["compare", before, after]:
            differences = compare(Path(before), Path(after))
            print("\n".join(differences) or "The answers are the same.")
            return 1 if differences else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
