"""Options that several commands share, as dataclasses, and their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token

from engine.errors import WrongUsage
from engine.metrics.ablation_spec import Ablation, Preset
from engine.networks.config import OPERATIONS, ActFn, NormSetting, ReadAt
from engine.networks.parts import Fill
from engine.runs.remote.address import RunLocation, parse_location
from grok_tui.cli import option_groups
from grok_tui.session.choices import Activation, Order
from grok_tui.session.settings import Device, Settings

RUN_HELP = "a path, hf://OWNER/REPO[@REVISION][/PATH] or another address"


def _to_location(kind: Any, tokens: Sequence[Token]) -> RunLocation:
    """For cyclopts: a path, or an address, which a `Path` would not keep."""
    return parse_location(tokens[0].value)


# The arguments and options that name a run.
A_RUN = Parameter(converter=_to_location, n_tokens=1, accepts_keys=False, metavar="RUN")
RunArgument = Annotated[RunLocation | None, A_RUN, Parameter(name="RUN", help=f"{RUN_HELP}; default: the bundled one")]
OutputPath = Annotated[
    Path | None,
    Parameter(help="write to this file, not to stdout", metavar="FILE", group=option_groups.OUTPUT),
]
Force = Annotated[bool, Parameter(help="overwrite the file of --output", group=option_groups.OUTPUT)]
Record = Annotated[
    Path | None,
    Parameter(help="record the session for asciinema, in a new file", metavar="FILE.cast", group=option_groups.DISPLAY),
]
# Of `--without-cluster` and the like, which are in a group of their own.
_ABLATION = Parameter(group=option_groups.ABLATION)
Ascii = Annotated[
    bool | None,
    Parameter(
        negative="--no-ascii", help="draw with ASCII only, or not; default: in the C locale, or as in config.toml"
    ),
]
EPOCH_HELP = "the checkpoint; default: the last"
FORMAT_HELP = "output format; default: by the ending of --output, else text"
DEVICE_HELP = "where to compute; mps has no float64 and falls back to the CPU; default: as in config.toml"

OPERATION_NAMES = f"{', '.join(name for name in OPERATIONS if name != 'table')}, or table:FILE with p rows of p answers"


_SETTINGS = ("p", "prompt", "act_fn", "n_heads", "attn_coeff", "norm", "read_at", "layer", "network", "neurons")


@Parameter(name="*", group=option_groups.READING)
@dataclass(frozen=True)
class RunOptions:
    """How to read the run."""

    p: Annotated[int | None, Parameter(help="the modulus; default: recorded or inferred")] = None
    prompt: Annotated[
        str | None, Parameter(help="the prompt, such as 'x y =' or 'x 114 y 113'; default: recorded or inferred")
    ] = None
    act_fn: Annotated[
        ActFn | None,
        Parameter(help="the activation function; default: recorded, inferred or relu"),
    ] = None
    operation: Annotated[
        str | None, Parameter(help=f"the operation that was learned: {OPERATION_NAMES}; default: recorded or inferred")
    ] = None
    n_heads: Annotated[int | None, Parameter(help="the number of heads; default: recorded or inferred")] = None
    attn_coeff: Annotated[
        float | None,
        Parameter(help="c of attention c softmax + (1 - c); default: recorded or inferred"),
    ] = None
    norm: Annotated[
        NormSetting | None,
        Parameter(help="whether norms come before or after each block; default: recorded or inferred"),
    ] = None
    read_at: Annotated[
        ReadAt | None, Parameter(help="the position that the logits are read at; default: recorded or inferred")
    ] = None
    layer: Annotated[
        int | None, Parameter(help="the layer whose neurons are on show, from 0 on; default: the last")
    ] = None
    name: Annotated[
        tuple[str, ...],
        Parameter(
            help="the tensor of a role, such as W_E=my.embedding, or one to leave out, ignore=my.buffer; repeatable",
            metavar="ROLE=TENSOR",
        ),
    ] = ()
    network: Annotated[
        str | None,
        Parameter(
            help="your function from a state dict and a dict of settings to the torch.nn.Module of a checkpoint; this "
            "runs the code in FILE",
            metavar="FILE.py:FUNCTION",
        ),
    ] = None
    neurons: Annotated[
        str | None,
        Parameter(help="with --network: the module whose output are the activations; default: the only activation"),
    ] = None
    force_reading: Annotated[
        bool, Parameter(help="go on although the recorded losses contradict the computed ones")
    ] = False

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the model, for `open_run`.

        Raises:
            WrongUsage: a name is not of the form ROLE=TENSOR.
            InvalidConfig: the operation is unknown, or its table cannot be read.
        """
        from engine.runs.answer_table import parse_operation

        operation, table = (None, None) if self.operation is None else parse_operation(self.operation)
        settings = {name: getattr(self, name) for name in _SETTINGS}
        return {**settings, "operation": operation, "table": table, "names": [_parse_name(text) for text in self.name]}


def _parse_name(text: str) -> tuple[str, str]:
    role, equals, tensor = text.partition("=")
    if not (role and equals and tensor):
        raise WrongUsage(f"--name is ROLE=TENSOR, such as W_E=my.embedding; found {text!r}.")
    return role, tensor


@Parameter(name="*", group=option_groups.COMPUTATION)
@dataclass(frozen=True)
class EngineOptions:
    """How the engine computes."""

    split: Annotated[
        str | None,
        Parameter(
            help="random.seed:SEED[:FRACTION], torch.randperm:SEED[:FRACTION] or none; default: stored or inferred"
        ),
    ] = None
    key_frequencies: Annotated[
        str | None,
        Parameter(help="fixed key frequencies, such as 14,35,41; default: those of the reference epoch", metavar="K,K"),
    ] = None
    reference_epoch: Annotated[
        int | None, Parameter(help="the epoch whose clusters define the key frequencies; default: the last")
    ] = None
    no_cache: Annotated[bool, Parameter(help="do not cache run metrics on disk")] = False
    dtype: Annotated[
        Literal["float32", "float64"], Parameter(help="precision of all arithmetic except losses, which are float64")
    ] = "float32"
    device: Annotated[Device | None, Parameter(help=DEVICE_HELP)] = None

    def with_defaults(self, settings: Settings) -> EngineOptions:
        """These options with defaults from config.toml."""
        return replace(self, device=self.device or settings.device)


@Parameter(name="*", group=option_groups.SELECTION)
@dataclass(frozen=True)
class SelectionOptions:
    """What to show."""

    epoch: Annotated[int | None, Parameter(help=EPOCH_HELP)] = None
    neuron: Annotated[int | None, Parameter(help="the neuron, from 0")] = None
    head: Annotated[int | None, Parameter(help="the attention head, from 0")] = None
    dimension: Annotated[int | None, Parameter(help="the dimension of the residual stream, from 0")] = None
    pair: Annotated[
        tuple[int, int] | None,
        Parameter(help="the input x y; default: 0 0, or 1 1 for multiply and divide"),
    ] = None
    frequency: Annotated[
        int | None, Parameter(name="--freq", help="select the first neuron of the cluster of frequency K", metavar="K")
    ] = None
    order: Annotated[
        Order | None,
        Parameter(help="token order on maps: by value, by k × token mod p, or (multiply and divide) by logarithm"),
    ] = None
    window: Annotated[
        tuple[int, int] | None,
        Parameter(help="maps show as many tokens as fit, from x y on; default: all tokens"),
    ] = None
    activation: Annotated[
        Activation | None,
        Parameter(help="neuron: before or after the nonlinearity; default: post, and pre where there is room"),
    ] = None
    without_cluster: Annotated[
        tuple[int | Literal["rest"], ...],
        _ABLATION,
        Parameter(
            help="ablate the cluster of frequency K, or the rest: the neurons of no cluster; repeatable",
            metavar="K|rest",
            show_choices=False,
        ),
    ] = ()
    without_head: Annotated[tuple[int, ...], _ABLATION, Parameter(help="ablate this attention head; repeatable")] = ()
    without_direct: Annotated[bool, _ABLATION, Parameter(help="ablate the direct path, which bypasses the MLP")] = False
    preset: Annotated[Preset | None, _ABLATION, Parameter(help="keep only these components of the logits")] = None
    fill: Annotated[Fill, _ABLATION, Parameter(help="zero ablation, or mean ablation (the mean over all pairs)")] = (
        "zero"
    )

    @property
    def selected(self) -> dict[str, Any]:
        """The fields that choose what to show, for `initial_selection`."""
        names = ("epoch", "neuron", "head", "dimension", "pair", "frequency", "order", "window", "activation")
        return {name: getattr(self, name) for name in names}

    @property
    def ablation(self) -> Ablation:
        """The ablation that the options describe."""
        clusters = frozenset(None if frequency == "rest" else frequency for frequency in self.without_cluster)
        return Ablation(clusters, frozenset(self.without_head), self.without_direct, self.preset, self.fill)


@Parameter(name="*", group=option_groups.COMPARISON)
@dataclass(frozen=True)
class ComparisonOptions:
    """What to compare with."""

    against: Annotated[int | None, Parameter(help="compare with this epoch, of RUN or of --against-run")] = None
    against_run: Annotated[
        RunLocation | None, A_RUN, Parameter(help="compare with this run, at its checkpoint nearest to --epoch")
    ] = None
    difference: Annotated[bool, Parameter(help="draw the difference, not both sides")] = False


@Parameter(name="*", group=option_groups.DISPLAY)
@dataclass(frozen=True)
class DisplayOptions:
    """How the explorer looks; each option overrides the setting in config.toml."""

    theme: Annotated[str | None, Parameter(help="a Textual theme, such as textual-light, nord or gruvbox")] = None
    colours: Annotated[
        Literal["auto", "truecolor", "256", "16", "none"] | None, Parameter(help="number of colours to use")
    ] = None
    compact: Annotated[bool, Parameter(help="for slow connections: 16 colours, coarser maps")] = False
    ascii: Ascii = None
    markers: Annotated[
        Literal["auto", "braille", "quadrant", "half", "ascii"] | None, Parameter(help="glyphs to draw curves with")
    ] = None
    graphics: Annotated[
        Literal["auto", "kitty", "sixel", "none"] | None,
        Parameter(
            help="draw maps as images by the Kitty graphics protocol or Sixel; auto asks the terminal. With Sixel an "
            "image has 16, 8 or 6 colours, or blocks of 2 x 2 values and more, so that a step takes at most 40 KB"
        ),
    ] = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that the options override, None for those that they leave."""
        return {**vars(self), "compact": self.compact or None}


DEFAULT_RUN_OPTIONS, DEFAULT_ENGINE_OPTIONS = RunOptions(), EngineOptions()
DEFAULT_SELECTION, DEFAULT_COMPARISON, DEFAULT_DISPLAY = SelectionOptions(), ComparisonOptions(), DisplayOptions()
