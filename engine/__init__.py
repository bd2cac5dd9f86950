"""The engine of grok-tui: metrics of a network that learned an operation on two numbers modulo p.

Names are imported on first use (PEP 562): `from engine import GrokError` does not import torch.

>>> from engine import Explorer, open_run, report
>>> explorer = Explorer(open_run("grok_tui/demo"))
>>> report(explorer, epoch=40_000, reference_epoch=40_000).trig_loss.test < 1e-5
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; `as` marks a re-export
    from engine.errors import AmbiguousTask as AmbiguousTask
    from engine.errors import GrokError as GrokError
    from engine.errors import RunNotReady as RunNotReady
    from engine.errors import UnknownQuery as UnknownQuery
    from engine.errors import UnreadableRun as UnreadableRun
    from engine.errors import UnsupportedModel as UnsupportedModel
    from engine.errors import WrongUsage as WrongUsage
    from engine.explorer.epoch_report import Report as Report
    from engine.explorer.epoch_report import report as report
    from engine.explorer.epoch_report import report_json as report_json
    from engine.explorer.explorer import Explorer as Explorer
    from engine.explorer.reading_check import ContradictedReading as ContradictedReading
    from engine.explorer.reading_check import ReadingCheck as ReadingCheck
    from engine.many_runs.measure import measure_run as measure_run
    from engine.many_runs.rows import RowReader as RowReader
    from engine.many_runs.run_row import RunRow as RunRow
    from engine.metrics.ablation_spec import Ablation as Ablation
    from engine.networks.config import InvalidConfig as InvalidConfig
    from engine.networks.config import ModelConfig as ModelConfig
    from engine.networks.config import Prompt as Prompt
    from engine.networks.folded import Folded as Folded
    from engine.networks.folded import fold as fold
    from engine.networks.memory import NotEnoughMemory as NotEnoughMemory
    from engine.networks.mlp_config import MlpConfig as MlpConfig
    from engine.networks.overflow import OutOfRange as OutOfRange
    from engine.networks.split import Split as Split
    from engine.networks.split import parse_split as parse_split
    from engine.networks.training_config import SaveSchedule as SaveSchedule
    from engine.networks.training_config import TrainingConfig as TrainingConfig
    from engine.networks.transformer_config import TransformerConfig as TransformerConfig
    from engine.networks.user_code import UserCodeError as UserCodeError
    from engine.networks.weights import Weights as Weights
    from engine.runs.convert import convert as convert
    from engine.runs.open_run import open_run as open_run
    from engine.runs.refresh import is_settled as is_settled
    from engine.runs.refresh import lasting_warnings as lasting_warnings
    from engine.runs.remote.store import FetchProgress as FetchProgress
    from engine.runs.remote.store import RemoteError as RemoteError
    from engine.runs.run import Run as Run
    from engine.runs.training_lock import LockedRun as LockedRun
    from engine.training.packed import train_packed as train_packed
    from engine.training.plan import TrainingPlan as TrainingPlan
    from engine.training.plan import plan as plan
    from engine.training.recorder import Trained as Trained
    from engine.training.recorder import TrainingProgress as TrainingProgress
    from engine.training.trainer import train as train

    __version__: str

# The modules that define the public names.
_PUBLIC = {
    "engine.errors": (
        "AmbiguousTask",
        "GrokError",
        "RunNotReady",
        "UnknownQuery",
        "UnreadableRun",
        "UnsupportedModel",
        "WrongUsage",
    ),
    "engine.explorer.epoch_report": (
        "Report",
        "report",
        "report_json",
    ),
    "engine.explorer.explorer": ("Explorer",),
    "engine.explorer.reading_check": (
        "ContradictedReading",
        "ReadingCheck",
    ),
    "engine.many_runs.measure": ("measure_run",),
    "engine.many_runs.rows": ("RowReader",),
    "engine.many_runs.run_row": ("RunRow",),
    "engine.metrics.ablation_spec": ("Ablation",),
    "engine.networks.config": (
        "InvalidConfig",
        "ModelConfig",
        "Prompt",
    ),
    "engine.networks.folded": (
        "Folded",
        "fold",
    ),
    "engine.networks.memory": ("NotEnoughMemory",),
    "engine.networks.mlp_config": ("MlpConfig",),
    "engine.networks.overflow": ("OutOfRange",),
    "engine.networks.split": (
        "Split",
        "parse_split",
    ),
    "engine.networks.training_config": (
        "SaveSchedule",
        "TrainingConfig",
    ),
    "engine.networks.transformer_config": ("TransformerConfig",),
    "engine.networks.user_code": ("UserCodeError",),
    "engine.networks.weights": ("Weights",),
    "engine.runs.convert": ("convert",),
    "engine.runs.open_run": ("open_run",),
    "engine.runs.remote.store": ("FetchProgress", "RemoteError"),
    "engine.runs.refresh": (
        "is_settled",
        "lasting_warnings",
    ),
    "engine.runs.run": ("Run",),
    "engine.runs.training_lock": ("LockedRun",),
    "engine.training.packed": ("train_packed",),
    "engine.training.plan": (
        "TrainingPlan",
        "plan",
    ),
    "engine.training.recorder": (
        "Trained",
        "TrainingProgress",
    ),
    "engine.training.trainer": ("train",),
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 (a tenth of the time to first paint)

    try:
        return version("grok-tui")
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "unknown"


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _MODULE_OF:
        value = getattr(import_module(_MODULE_OF[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(["__version__", *_MODULE_OF])
