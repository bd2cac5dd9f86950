"""What a run is, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok_tui.queries.provenance import split_text
from grok_tui.render.cells import clean
from grok_tui.render.operation_signs import with_operation_signs

if TYPE_CHECKING:
    from engine import Run


def describe_run(run: Run) -> str:
    """Model, checkpoints, recorded losses, split and training of an open run."""
    from engine.explorer.provenance import describe_split

    config = run.config
    split = "not stored (a report recognises it)" if run.split is None else split_text(describe_split(run.split))
    rows = [
        ("run", f"{run.name} ({run.path})"),
        ("container", run.container),
        (
            "model",
            f"{with_operation_signs('x ± y', config.operation)}, p = {config.p}, d_model {config.d_model}, "
            f"{config.n_heads} heads of {config.d_head}, d_mlp {config.d_mlp}, {config.act_fn}",
        ),
        (
            "prompt",
            f"{config.prompt.describe(config.p)} ({config.d_vocab} tokens in, {config.d_vocab_out} logits)",
        ),
        ("checkpoints", f"{len(run.epochs):,}, epochs {run.epochs[0]:,} to {run.epochs[-1]:,}"),
        ("losses", _recorded(run)),
        ("split", split),
        *(
            (("training", ", ".join(f"{name} {value}" for name, value in run.training.items())),)
            if run.training
            else ()
        ),
        *(("warning", warning) for warning in run.warnings),
    ]
    return "\n".join(f"{name:<12} {clean(text)}" for name, text in rows)


def _recorded(run: Run) -> str:
    if run.losses is None:
        return "none recorded"
    first, last = run.losses.epochs[0], run.losses.epochs[-1]
    return f"{len(run.losses.epochs):,} epochs recorded, {first:,} to {last:,}"
