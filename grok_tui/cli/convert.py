"""`grok-tui convert SRC DST`: any readable run as a native run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from engine.runs.remote.address import RunLocation
from grok_tui.cli.open_explorer import open_run_or_demo
from grok_tui.cli.options import A_RUN, DEFAULT_RUN_OPTIONS, RunOptions
from grok_tui.cli.output import narrate, writing


def convert(
    source: Annotated[RunLocation, A_RUN, Parameter(name="SRC", help="any readable run, on disk or at an address")],
    destination: Annotated[Path, Parameter(name="DST", help="a new folder")],
    /,
    *,
    dtype: Annotated[
        Literal["float32", "float16"] | None, Parameter(help="of the written checkpoints; default: unchanged")
    ] = None,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
) -> None:
    """Convert any readable run SRC to a native run DST.

    Raises:
        GrokError: the run cannot be read, or DST exists or cannot be written.
    """
    import torch

    from engine import convert as write_native

    run = open_run_or_demo(source, run_options)
    with writing(destination):
        written = write_native(
            run, destination, {None: None, "float32": torch.float32, "float16": torch.float16}[dtype]
        )
    for warning in (*run.warnings, *written.warnings):
        narrate(f"Warning: {warning}")
    narrate(f"Wrote {len(written.checkpoints):,} checkpoints to {destination}.")
