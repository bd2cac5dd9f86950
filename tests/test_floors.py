"""The lower bounds of the dependencies are the versions that `make test-floors` tests."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_lower_bounds_equal_floors_txt() -> None:
    bounds = [_lower_bound(text) for text in _requirements()]
    lines = (ROOT / "floors.txt").read_text(encoding="utf-8").splitlines()
    floors = [tuple(line.split("==")) for line in lines if not line.startswith("#")]
    assert sorted(bounds) == sorted(floors)


def test_every_dependency_is_pinned_in_constraints_txt() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    names = {_lower_bound(text)[0] for text in _requirements()}
    assert names <= pinned


def _requirements() -> list[str]:
    """The dependencies of the program, of its extras, and of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    names = ("hub", "remote", "tensorboard", "ray", "figures", "serve", "test")
    return [*project["dependencies"], *(requirement for name in names for requirement in extras[name])]


def _lower_bound(requirement: str) -> tuple[str, str]:
    """Name and lower bound of `name>=bound` or `name>=bound,<limit`."""
    match = re.fullmatch(r"([\w-]+)>=([\w.]+)(,<[\w.]+)?", requirement)
    assert match, f"{requirement} has no lower bound"
    return match[1], match[2]
