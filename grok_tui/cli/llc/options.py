"""The options of `grok-tui llc` that say how the chains are drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from cyclopts import Parameter

from engine.metrics.llc.settings import LlcSettings
from grok_tui.cli import option_groups

_DEFAULTS = LlcSettings()
# Of --calibrate, which draws 25 times as many chains.
CALIBRATION = LlcSettings(chains=2, draws=100, burn_in=50)


@Parameter(name="*", group=option_groups.SAMPLING)
@dataclass(frozen=True)
class SamplingOptions:
    """How the chains are drawn; None leaves the default."""

    chains: Annotated[
        int | None,
        Parameter(help=f"chains from each checkpoint; default: {_DEFAULTS.chains}, --calibrate {CALIBRATION.chains}"),
    ] = None
    draws: Annotated[
        int | None,
        Parameter(help=f"steps that count in each chain; default: {_DEFAULTS.draws}, --calibrate {CALIBRATION.draws}"),
    ] = None
    burn_in: Annotated[
        int | None,
        Parameter(help=f"steps before them; default: {_DEFAULTS.burn_in}, --calibrate {CALIBRATION.burn_in}"),
    ] = None
    step_size: Annotated[float | None, Parameter(help=f"eps of a step; default: {_DEFAULTS.step_size:g}")] = None
    gamma: Annotated[
        float | None, Parameter(help=f"the strength of the pull towards the weights; default: {_DEFAULTS.gamma:g}")
    ] = None
    nbeta: Annotated[
        float | None, Parameter(help="the inverse temperature times n; default: n / ln n for n train pairs")
    ] = None
    seed: Annotated[int | None, Parameter(help=f"of the random numbers; default: {_DEFAULTS.seed}")] = None

    def settings(self, calibrate: bool) -> LlcSettings:
        """The settings of the chains.

        Raises:
            WrongUsage: a value is out of range.
        """
        defaults = CALIBRATION if calibrate else _DEFAULTS
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return LlcSettings(**{name: getattr(defaults, name) if it is None else it for name, it in given.items()})


DEFAULT_SAMPLING = SamplingOptions()
