"""From what the command line says to an engine and a place to start: the only way in for every command."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from platformdirs import user_cache_path

from grok_tui.session.ablation_selection import WHOLE, Ablation, ablation_of
from grok_tui.session.selection import Order, Selection
from grok_tui.session.settings import Device, read_settings, settings_path

if TYPE_CHECKING:
    from engine import Explorer, Run, Split

DEMO = Path(__file__).parent.parent / "demo"
DEVICE_HELP = "auto, cpu, cuda or mps (has no float64: cpu); default: as config.toml says, else auto"
_MOST_THREADS = 1024


@Parameter(name="*")
@dataclass(frozen=True)
class RunOptions:
    """How the run is read."""

    p: Annotated[int | None, Parameter(help="the modulus, where the file does not tell it")] = None
    prompt: Annotated[str | None, Parameter(help="the prompt, such as 'x y =' or 'x 114 y 113'")] = None
    act_fn: Annotated[Literal["relu", "gelu", "gelu_new"] | None, Parameter(help="the nonlinearity")] = None
    operation: Annotated[
        Literal["add", "subtract"] | None, Parameter(help="what it learned; default: as the file says, else add")
    ] = None


@Parameter(name="*")
@dataclass(frozen=True)
class EngineOptions:
    """How the engine computes."""

    split: Annotated[
        str | None,
        Parameter(
            help="random.seed:SEED[:FRACTION], torch.randperm:SEED[:FRACTION] or none; default: stored or recognised"
        ),
    ] = None
    key_frequencies: Annotated[
        str | None, Parameter(help="fixed key frequencies, such as 14,35,41; default: the reference epoch's")
    ] = None
    reference_epoch: Annotated[
        int | None, Parameter(help="the epoch whose neurons decide the key frequencies; default: the last")
    ] = None
    no_cache: Annotated[bool, Parameter(negative=(), help="keep no measures of whole runs on disk")] = False
    dtype: Annotated[Literal["float32", "float64"], Parameter(help="of everything but losses (float64)")] = "float32"
    device: Annotated[Device | None, Parameter(help=DEVICE_HELP)] = None


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


def initial_selection(
    explorer: Explorer,
    *,
    epoch: int | None = None,
    reference_epoch: int | None = None,
    neuron: int | None = None,
    frequency: int | None = None,
    head: int | None = None,
    dimension: int | None = None,
    pair: tuple[int, int] | None = None,
    order: Order | None = None,
    out: Ablation = WHOLE,
    before: Selection | None = None,
) -> Selection:
    """The selection that options ask for; `frequency` asks for the first neuron of its cluster.

    What is None is as `before`, or else the last epoch, neuron 0 and so on.

    Raises:
        UnknownQuery: the run has no such epoch, neuron, cluster or head.
    """
    from engine import UnknownQuery

    last = explorer.epochs[-1]
    start = before or Selection(last, last)
    epoch = start.epoch if epoch is None else explorer.check_epoch(epoch)
    reference_epoch = start.reference_epoch if reference_epoch is None else explorer.check_epoch(reference_epoch)
    if frequency is not None and neuron is None:
        found = explorer.clusters(epoch, reference_epoch)
        members = [cluster.neurons for cluster in found if cluster.frequency == frequency]
        if not members or not len(members[0]):
            keys = ", ".join(str(c.frequency) for c in found if c.frequency is not None and len(c.neurons)) or "none"
            raise UnknownQuery(
                f"No neuron is in a cluster of frequency {frequency} here; there are clusters of {keys}."
            )
        neuron = int(members[0][0])
    explorer.bench.check(ablation_of(out), reference_epoch)
    config = explorer.run.config
    x, y = (start.x, start.y) if pair is None else pair
    return Selection(
        epoch=epoch,
        reference_epoch=reference_epoch,
        neuron=start.neuron if neuron is None else explorer.check_neuron(neuron),
        head=start.head if head is None else explorer.check("heads", head, config.n_heads),
        dimension=start.dimension if dimension is None else explorer.check("dimensions", dimension, config.d_model),
        x=explorer.check("numbers", x, config.p),
        y=explorer.check("numbers", y, config.p),
        order=order or start.order,
        out=out,
    )
