"""`grok-tui info [RUN]`: what a run is, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok_tui.cli.open_explorer import open_run_or_demo
from grok_tui.cli.options import DEFAULT_RUN_OPTIONS, RunArgument, RunOptions
from grok_tui.queries.provenance import split_text
from grok_tui.render.cells import clean
from grok_tui.render.operation_signs import result

if TYPE_CHECKING:
    from engine import Run


def info(run: RunArgument = None, *, run_options: RunOptions = DEFAULT_RUN_OPTIONS) -> None:
    """Describe RUN: its model, checkpoints, recorded losses, split and training settings.

    Raises:
        GrokError: the run cannot be read.
    """
    print(describe_run(open_run_or_demo(run, run_options)))


def describe_run(run: Run) -> str:
    """Model, checkpoints, recorded losses, split and training settings of an open run, a line each."""
    config = run.config
    task = result(config.operation)
    rows = [
        ("run", run.name if run.name == run.location else f"{run.name} ({run.location})"),
        ("container", run.container),
        (
            "model",
            f"{task}, p = {config.p}, d_model {config.d_model}, {config.n_heads} heads of {config.d_head}, "
            f"d_mlp {config.d_mlp}, {config.act_fn}",
        ),
        ("prompt", f"{config.prompt.describe(config.p)} ({config.d_vocab} tokens in, {config.d_vocab_out} logits)"),
        ("checkpoints", f"{len(run.epochs):,}, epochs {run.epochs[0]:,} to {run.epochs[-1]:,}"),
        ("losses", _losses(run)),
        ("split", _split(run)),
    ]
    if run.training:
        rows.append(("training", ", ".join(f"{name} {value}" for name, value in run.training.items())))
    rows += [("warning", warning) for warning in run.warnings]
    return "\n".join(f"{name:<12} {clean(text)}" for name, text in rows)


def _losses(run: Run) -> str:
    if run.losses is None:
        return "none recorded"
    first, last = run.losses.epochs[0], run.losses.epochs[-1]
    recorded = f"{len(run.losses.epochs):,} epochs recorded, {first:,} to {last:,}"
    return f"{recorded}: {run.losses.source}" if run.losses.source else recorded


def _split(run: Run) -> str:
    from engine.explorer.provenance import describe_split

    return "not stored; report infers it" if run.split is None else split_text(describe_split(run.split))
