"""From options to an `Explorer` and a selection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine import GrokError, InvalidConfig, WrongUsage
from engine.many_runs.cache_folders import metrics_folder, readings_folder
from engine.runs.remote.address import RemoteAddress, RunLocation
from grok_tui.cli.options import EngineOptions, RunOptions, SelectionOptions
from grok_tui.cli.output import narrate
from grok_tui.cli.suggestions import require_run
from grok_tui.session.cpu_threads import use_free_cores
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.session.settings import Device
from grok_tui.session.user_folders import user_folder

if TYPE_CHECKING:
    from engine import Explorer, Run, Split
    from engine.runs.remote.store import OnFetch

DEMO = Path(__file__).parent.parent / "demo"
_MAX_THREADS = 1024


def open_run_or_demo(
    location: RunLocation | None, options: RunOptions, on_fetch: OnFetch | None = None, *, no_cache: bool = False
) -> Run:
    """Open the run at `location`, or the bundled run; downloads are shown on stderr, unless `on_fetch` shows them.

    Raises:
        GrokError: the run does not exist or cannot be read.
    """
    from engine import open_run

    require_run(location)
    if on_fetch is None:
        announce_own_code(options)
    cache = readings_folder(None if no_cache else user_folder("cache"))

    if on_fetch is not None or not isinstance(location, RemoteAddress):
        return open_run(location or DEMO, **options.settings, cache=cache, on_fetch=on_fetch)
    from grok_tui.cli.fetch_progress import fetch_progress

    with fetch_progress() as show:
        return open_run(location, **options.settings, cache=cache, on_fetch=show)


def announce_own_code(options: RunOptions) -> None:
    """Say on stderr that --network runs code; the explorer does so before it takes the screen."""
    if options.network is not None:
        narrate(f"Running your own code, {options.network}, because of --network.")


def open_explorer(
    location: RunLocation | None, run_options: RunOptions, options: EngineOptions, on_fetch: OnFetch | None = None
) -> Explorer:
    """Open a run and its explorer; `on_fetch` as in `open_run_or_demo`.

    Raises:
        GrokError: the run cannot be read, or an option does not fit it.
    """
    import torch

    from engine import Explorer

    use_free_cores()
    run = open_run_or_demo(location, run_options, on_fetch, no_cache=options.no_cache)
    return Explorer(
        run,
        dtype={"float32": torch.float32, "float64": torch.float64}[options.dtype],
        device=choose_device(options.device),
        split=None if options.split in (None, "none") else _explicit_split(options.split, run),
        no_split=options.split == "none",
        cache=metrics_folder(None if options.no_cache else user_folder("cache")),
        keys=None if options.key_frequencies is None else parse_frequencies(options.key_frequencies),
    )


def _explicit_split(text: str, run: Run) -> Split:
    from engine import parse_split

    try:
        return parse_split(text, run.config.p, run.n_train)
    except InvalidConfig as error:
        raise InvalidConfig(f"{error} For no split, pass --split none.") from error


def choose_device(device: Device | None) -> str:
    """The device to compute on. `auto` (or None) is CUDA if available, else the CPU; `mps` falls back to the CPU.

    Raises:
        GrokError: the device is not available.
    """
    import torch

    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device in (None, "auto"):
        return "cuda" if available["cuda"] else "cpu"
    if not available[device]:
        raise GrokError(f"No {device} device is available; pass --device cpu.")
    return "cpu" if device == "mps" else device  # MPS has no float64


def gpu_count() -> int:
    """The number of CUDA devices."""
    import torch

    return torch.cuda.device_count()


def use_threads(count: int | None) -> None:
    """Set the number of CPU threads; None keeps torch's default.

    Raises:
        GrokError: the number is out of range.
    """
    import torch

    check_threads(count)
    if count is not None:
        torch.set_num_threads(count)


def check_threads(count: int | None) -> None:
    """Check the number of CPU threads.

    Raises:
        GrokError: the number is out of range.
    """
    if count is not None and not 1 <= count <= _MAX_THREADS:
        raise GrokError(f"--threads is between 1 and {_MAX_THREADS:,}; found {count:,}.")


def parse_frequencies(text: str) -> list[int]:
    """Read `14,35,41`.

    Raises:
        WrongUsage: not a list of numbers.
    """
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise WrongUsage(f"--key-frequencies is a list of numbers, such as 14,35,41; found {text!r}.")
    return [int(word) for word in words]


def selection_from_options(
    explorer: Explorer, before: Selection | None = None, *, options: SelectionOptions, reference_epoch: int | None
) -> Selection:
    """The selection that the options describe; what they leave open is as `before`.

    Raises:
        UnknownQuery: the run has no such epoch, neuron, cluster, head, dimension or token.
    """
    return initial_selection(
        explorer, before=before, reference_epoch=reference_epoch, ablation=options.ablation, **options.selected
    )
