"""The public names of the engine: each is importable, and none is both a name and a module."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import engine


def test_every_public_name_is_importable_and_not_a_module() -> None:
    modules = {module.name for module in iter_modules(engine.__path__)}
    names = set(dir(engine)) - {"__version__"}
    assert not names & modules
    assert not any(isinstance(getattr(engine, name), ModuleType) for name in names)


def test_no_function_hides_a_module_of_the_same_package() -> None:
    """`import engine.metrics.report` gives the module, whatever was imported before."""
    for name in ("engine", *(f"engine.{name}" for name in ("explorer", "metrics", "networks", "runs", "training"))):
        package = import_module(name)
        for module in iter_modules(package.__path__):
            attribute = getattr(package, module.name, None)
            assert attribute is None or isinstance(attribute, ModuleType), f"{package.__name__}.{module.name}"


def test_errors_configs_and_ablations_import_no_torch() -> None:
    code = (
        "import engine.absent, engine.errors, engine.networks.config, engine.metrics.ablation_spec, sys; "
        "from engine import Ablation, GrokError, ModelConfig; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
