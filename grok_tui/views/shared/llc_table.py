"""Estimates of the local learning coefficient in words and as a table: of the view, and of `grok-tui llc`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grok_tui.render.table import Column, Table

if TYPE_CHECKING:
    from engine.metrics.llc.estimate import Llc


def llc_table(estimates: Mapping[int, Llc]) -> Table:
    """A row for each epoch, with the estimate of each chain; absent for a chain that diverged."""
    most = max((found.settings.chains for found in estimates.values()), default=0)
    columns = (
        Column("epoch", format=",d"),
        Column("llc", format=".4g"),
        Column("standard_error", format=".2g"),
        Column("train_loss", format=".4g"),
        Column("gradient_norm", format=".3g"),
        Column("chains", format=",d"),
        Column("diverged", format=",d"),
        Column("lower_share", format=".3f"),
        *(Column(f"chain_{chain}", format=".4g") for chain in range(most)),
    )
    return Table(columns, tuple((epoch, *_values(found, most)) for epoch, found in estimates.items()))


def _values(found: Llc, most: int) -> tuple[float | int | None, ...]:
    chains = [
        None if reason is not None else float(value)
        for value, reason in zip(found.by_chain, found.diverged, strict=True)
    ]
    return (
        found.value,
        found.standard_error,
        found.traces.loss_at_start,
        found.traces.gradient_at_start,
        found.settings.chains,
        found.settings.chains - len(found.kept),
        found.lower_share,
        *chains,
        *[None] * (most - len(chains)),
    )


def settings_line(found: Llc) -> str:
    """The settings of the chains, in a line."""
    settings = found.settings
    chains = "1 chain" if settings.chains == 1 else f"{settings.chains:,} chains"
    return (
        f"{chains} of {settings.draws:,} draws after {settings.burn_in:,} · step size {settings.step_size:g} · "
        f"gamma {settings.gamma:g} · nbeta {found.nbeta:.5g} · seed {settings.seed} · "
        f"{found.n_train:,} train pairs · {found.n_parameters:,} parameters"
    )


def llc_notes(estimates: Mapping[int, Llc]) -> list[str]:
    """What a reader must know of the estimates, a sentence for each epoch and remark."""
    return [f"epoch {epoch:,}: {note}" for epoch, found in estimates.items() for note in found.notes]
