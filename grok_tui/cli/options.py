"""The options that several commands share, as dataclasses, and the defaults that they leave open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from engine.metrics.ablation_spec import Ablation, Fill, Preset
from grok_tui.session.settings import Device

DEVICE_HELP = "auto, cpu, cuda or mps (has no float64: cpu); default: as config.toml says, else auto"


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


@Parameter(name="*")
@dataclass(frozen=True)
class SelectionOptions:
    """What to look at."""

    epoch: Annotated[int | None, Parameter(help="the checkpoint; default: the last")] = None
    neuron: Annotated[int | None, Parameter(help="the neuron, from 0")] = None
    head: Annotated[int | None, Parameter(help="the attention head, from 0")] = None
    dimension: Annotated[int | None, Parameter(help="the dimension of the residual stream, from 0")] = None
    pair: Annotated[tuple[int, int] | None, Parameter(help="the input x y; default: 0 0")] = None
    freq: Annotated[int | None, Parameter(help="the first neuron of this frequency's cluster")] = None
    order: Annotated[
        Literal["natural", "unwrapped"] | None,
        Parameter(help="of tokens on maps: as they are, or by k × token mod p"),
    ] = None
    without_cluster: Annotated[
        tuple[int | Literal["rest"], ...],
        Parameter(help="knock out the cluster of this frequency, or the rest", negative=()),
    ] = ()
    without_head: Annotated[tuple[int, ...], Parameter(help="knock out this attention head", negative=())] = ()
    without_direct: Annotated[bool, Parameter(help="knock out the path around the MLP", negative=())] = False
    preset: Annotated[Preset | None, Parameter(help="of the logits, keep these alone")] = None
    fill: Annotated[Fill, Parameter(help="in place of what is knocked out: nothing, or its mean over all pairs")] = (
        "zero"
    )

    @property
    def ablation(self) -> Ablation:
        """What is to be knocked out."""
        clusters = frozenset(None if one == "rest" else one for one in self.without_cluster)
        return Ablation(clusters, frozenset(self.without_head), self.without_direct, self.preset, self.fill)


@Parameter(name="*")
@dataclass(frozen=True)
class ComparisonOptions:
    """What to compare with."""

    against: Annotated[int | None, Parameter(help="another epoch, of RUN or of --against-run")] = None
    against_run: Annotated[Path | None, Parameter(help="another run; by default its epoch nearest to --epoch")] = None
    difference: Annotated[bool, Parameter(negative=(), help="draw the difference, not both")] = False


@Parameter(name="*")
@dataclass(frozen=True)
class DisplayOptions:
    """How the explorer looks, where config.toml is not to decide."""

    theme: Annotated[str | None, Parameter(help="a Textual theme, such as textual-light, nord or gruvbox")] = None
    colours: Annotated[
        Literal["auto", "truecolor", "256", "16", "none"] | None, Parameter(help="how many colours to send")
    ] = None
    compact: Annotated[bool, Parameter(negative=(), help="for slow lines: 16 colours, coarser maps")] = False
    ascii: Annotated[bool, Parameter(negative=(), help="nothing but ASCII")] = False
    markers: Annotated[
        Literal["auto", "braille", "quadrant", "half", "ascii"] | None, Parameter(help="the finest glyphs to draw in")
    ] = None
    fresh: Annotated[bool, Parameter(negative=(), help="start at the last epoch, not where you left")] = False


DEFAULT_RUN_OPTIONS, DEFAULT_ENGINE_OPTIONS = RunOptions(), EngineOptions()
DEFAULT_SELECTION, DEFAULT_COMPARISON, DEFAULT_DISPLAY = SelectionOptions(), ComparisonOptions(), DisplayOptions()
