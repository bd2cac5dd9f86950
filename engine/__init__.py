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

from engine.errors import GrokError, RunNotReady, UnknownQuery, UnreadableRun, UnsupportedModel, WrongUsage
from engine.explorer.explorer import Explorer
from engine.metrics.ablation import Ablation
from engine.metrics.report import Report, report, report_json
from engine.networks.config import InvalidConfig, ModelConfig, Prompt, SaveSchedule, TrainingConfig
from engine.networks.folded import Folded, fold
from engine.networks.memory import NotEnoughMemory
from engine.networks.overflow import OutOfRange
from engine.networks.split import Split, parse_split
from engine.networks.weights import Weights
from engine.runs import is_settled, lasting_warnings, open_run
from engine.runs.convert import convert
from engine.runs.run import Run
from engine.runs.training_lock import LockedRun
from engine.state_dicts.config_inference import AmbiguousTask
from engine.training.plan import TrainingPlan, plan
from engine.training.trainer import Trained, TrainingProgress, train
from grok_tui.app.worker import LatestWinsWorker

__all__ = [
    "Ablation",
    "AmbiguousTask",
    "Explorer",
    "Folded",
    "GrokError",
    "InvalidConfig",
    "LatestWinsWorker",
    "LockedRun",
    "ModelConfig",
    "NotEnoughMemory",
    "OutOfRange",
    "Progress",
    "Prompt",
    "Report",
    "Run",
    "RunNotReady",
    "SaveSchedule",
    "Split",
    "Trained",
    "TrainingConfig",
    "TrainingPlan",
    "UnknownQuery",
    "UnreadableRun",
    "UnsupportedModel",
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
