"""From options to an `Explorer`: opens the run, chooses the device, parses split and key frequencies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from grok_tui.cli.options import DEFAULT_SELECTION, EngineOptions, RunOptions, SelectionOptions
from grok_tui.session.saved_session import Layout, OpenRun, load_session, restore_selection
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.session.settings import Device, Settings, read_settings, settings_path
from grok_tui.terminal.gc_tuning import tune_gc

if TYPE_CHECKING:
    from engine import Explorer, Run, Split

DEMO = Path(__file__).parent.parent / "demo"
_MOST_THREADS = 1024


def open_run_or_demo(path: Path | None, options: RunOptions) -> Run:
    """Open the run at `path`, or the bundled one."""
    from engine import open_run

    return open_run(path or DEMO, **asdict(options))


def open_explorer(path: Path | None, run_options: RunOptions, options: EngineOptions) -> Explorer:
    """Open a run for questions.

    Raises:
        GrokError: the run cannot be read, or an option does not fit it.
    """
    import torch

    from engine import Explorer

    run = open_run_or_demo(path, run_options)
    told = options.split
    return Explorer(
        run,
        dtype={"float32": torch.float32, "float64": torch.float64}[options.dtype],
        device=choose_device(options.device),
        split=None if told in (None, "none") else _split(told, run),
        no_split=told == "none",
        cache=None if options.no_cache else user_cache_path("grok-tui") / "measures",
        keys=None if options.key_frequencies is None else parse_frequencies(options.key_frequencies),
    )


def _split(told: str, run: Run) -> Split:
    from engine import InvalidConfig, parse_split

    try:
        return parse_split(told, run.config.p, run.n_train)
    except InvalidConfig as error:
        raise InvalidConfig(f"{error} To know of none: --split none.") from error


def choose_device(wanted: Device | None) -> str:
    """`auto` is CUDA where there is one, else the CPU; None is what config.toml says.

    For MPS, which has no float64, the CPU stands in.

    Raises:
        GrokError: the device asked for is not there.
    """
    import torch

    from engine import GrokError

    wanted = wanted or read_settings(settings_path()).device
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return "cuda" if there["cuda"] else "cpu"
    if not there[wanted]:
        raise GrokError(f"There is no {wanted} device here; use --device cpu.")
    return "cpu" if wanted == "mps" else wanted


def use_threads(count: int | None) -> None:
    """Compute on so many threads of the CPU; None leaves that to torch.

    Raises:
        GrokError: there is no such number of threads.
    """
    import torch

    from engine import GrokError

    if count is None:
        return
    if not 1 <= count <= _MOST_THREADS:
        raise GrokError(f"Threads are 1 to {_MOST_THREADS:,}; found {count:,}.")
    torch.set_num_threads(count)


def parse_frequencies(text: str) -> list[int]:
    """Read `14,35,41`.

    Raises:
        WrongUsage: anything else.
    """
    from engine import WrongUsage

    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise WrongUsage(f"Key frequencies are numbers with commas between, such as 14,35,41; found {text!r}.")
    return [int(word) for word in words]


def selection_from_options(
    explorer: Explorer, before: Selection | None = None, *, place: SelectionOptions, options: EngineOptions
) -> Selection:
    return initial_selection(
        explorer,
        epoch=place.epoch,
        reference_epoch=options.reference_epoch,
        neuron=place.neuron,
        frequency=place.freq,
        head=place.head,
        dimension=place.dimension,
        pair=place.pair,
        order=place.order,
        ablation=place.ablation,
        before=before,
    )


@dataclass(frozen=True)
class RunOpener:
    """Opens a run for the explorer as the command line asks for it (satisfies `run_loop.Opener`)."""

    path: Path | None
    run_options: RunOptions
    engine_options: EngineOptions
    settings: Settings
    second: Path | None = None
    selection_options: SelectionOptions = DEFAULT_SELECTION
    fresh: bool = False

    def __call__(self, *, resume: bool) -> OpenRun:
        """Open the run; explicit options override the saved session, unless `resume`."""
        explorer = open_explorer(self.path, self.run_options, self.engine_options)
        tune_gc()
        second = None if self.second is None else open_explorer(self.second, self.run_options, self.engine_options)
        saved = None if self.fresh and not resume else load_session(explorer.run.path)
        restored = None if saved is None else restore_selection(explorer, initial_selection(explorer), saved)
        layout = Layout(self.settings.workspace) if saved is None else saved.layout
        if resume:
            return OpenRun(explorer, restored or initial_selection(explorer), layout, second)
        selection = selection_from_options(
            explorer, restored, place=self.selection_options, options=self.engine_options
        )
        return OpenRun(explorer, selection, layout, second)

    def of_next_run(self, path: Path) -> RunOpener:
        """The opener of a run that is opened from within: without the options that are about one run."""
        options = self.engine_options
        general = EngineOptions(no_cache=options.no_cache, dtype=options.dtype, device=options.device)
        return RunOpener(path, RunOptions(), general, self.settings)
