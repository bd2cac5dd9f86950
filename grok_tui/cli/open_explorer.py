"""From options to an `Explorer`: opens the run, chooses the device, parses split and key frequencies."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from grok_tui.cli.options import EngineOptions, RunOptions, SelectionOptions
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.session.settings import Device, read_settings, settings_path

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
