"""The engine of grok-tui: what a one-layer transformer that adds or subtracts modulo p has learned, in numbers.

>>> from engine import Explorer, open_run, report                           # doctest: +SKIP
>>> explorer = Explorer(open_run("runs/seed0"))                             # doctest: +SKIP
>>> report(explorer, epoch=40_000, reference_epoch=40_000).trig_loss.test   # doctest: +SKIP
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("grok-tui")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "unknown"

from engine.ablation import Ablation
from engine.config import InvalidConfig, ModelConfig, Prompt, SaveSchedule, TrainingConfig
from engine.errors import GrokError, NothingYet, UnknownQuery, UnreadableRun, UnsupportedModel, WrongUsage
from engine.explorer import Explorer
from engine.finite import OutOfRange
from engine.folded import Folded, fold
from engine.layouts.shape import UntoldTask
from engine.memory import NotEnoughMemory
from engine.report import Report, report, report_json
from engine.runs import is_settled, lasting_warnings, open_run
from engine.runs.convert import convert
from engine.runs.lock import LockedRun
from engine.runs.run import Run
from engine.split import Split, parse_split
from engine.training import Progress, Trained, train
from engine.training_plan import TrainingPlan, plan
from engine.weights import Weights
from engine.worker import LatestWins

__all__ = [
    "Ablation",
    "Explorer",
    "Folded",
    "GrokError",
    "InvalidConfig",
    "LatestWins",
    "LockedRun",
    "ModelConfig",
    "NotEnoughMemory",
    "NothingYet",
    "OutOfRange",
    "Progress",
    "Prompt",
    "Report",
    "Run",
    "SaveSchedule",
    "Split",
    "Trained",
    "TrainingConfig",
    "TrainingPlan",
    "UnknownQuery",
    "UnreadableRun",
    "UnsupportedModel",
    "UntoldTask",
    "Weights",
    "WrongUsage",
    "__version__",
    "convert",
    "fold",
    "is_settled",
    "lasting_warnings",
    "open_run",
    "parse_split",
    "plan",
    "report",
    "report_json",
    "train",
]
