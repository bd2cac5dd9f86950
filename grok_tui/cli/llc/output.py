"""Estimates of the local learning coefficient as text, CSV or JSON, with their settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.absent import none_unless_finite
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.cell_text import clean
from grok_tui.render.formats.text_and_data import to_csv
from grok_tui.views.shared.llc_table import llc_notes, llc_table, settings_line

if TYPE_CHECKING:
    from engine.metrics.llc.estimate import Llc

_HEADER = ("epoch", "llc", "standard error", "train loss", "chains", "draws below")


def llc_output(estimates: Mapping[int, Llc], provenance: Mapping[str, Any], form: str) -> str:
    """The estimates by epoch in a format: text, csv or json."""
    if form == "csv":
        return to_csv(llc_table(estimates))
    if form == "json":
        return json.dumps(_content(estimates, provenance), indent=1, allow_nan=False)
    rows = [_HEADER, *(_cells(epoch, found) for epoch, found in estimates.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True)) for row in rows]
    first = next(iter(estimates.values()))
    return "\n".join([*map(clean, provenance_lines(provenance)), settings_line(first), "", *lines, *_notes(estimates)])


def _notes(estimates: Mapping[int, Llc]) -> list[str]:
    notes = llc_notes(estimates)
    return ["", *notes] if notes else []


def _cells(epoch: int, found: Llc) -> tuple[str, ...]:
    value, error = found.value, found.standard_error
    return (
        f"{epoch:,}",
        "–" if value is None else f"{value:,.4g}",
        "–" if error is None else f"{error:.2g}",
        f"{found.traces.loss_at_start:.3e}",
        f"{len(found.kept)} of {found.settings.chains}",
        f"{found.lower_share:.0%}",
    )


def _content(estimates: Mapping[int, Llc], provenance: Mapping[str, Any]) -> dict[str, object]:
    """Provenance first, with the settings of the chains; then a list of epochs."""
    first = next(iter(estimates.values()))
    settings = {**asdict(first.settings), "n_train": first.n_train, "n_parameters": first.n_parameters}
    return {
        "provenance": {**provenance, "sampling": settings},
        "epochs": [
            {
                "epoch": epoch,
                "llc": found.value,
                "standard_error": found.standard_error,
                "train_loss": found.traces.loss_at_start,
                "gradient_norm": found.traces.gradient_at_start,
                "chains": [none_unless_finite(value) for value in found.by_chain.tolist()],
                "diverged": [
                    {"chain": chain, "reason": reason} for chain, reason in enumerate(found.diverged) if reason
                ],
                "lower_share": found.lower_share,
                "notes": found.notes,
            }
            for epoch, found in estimates.items()
        ],
    }
