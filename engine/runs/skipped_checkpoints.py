"""The warnings about checkpoints of a run that cannot be read, or that another one of their epoch replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import GrokError, UnreadableRun

# After this many unreadable checkpoints, counted from the last, the search for a readable one stops.
MAX_UNREADABLE = 1000


def duplicate_warnings(duplicates: Mapping[int, str]) -> list[str]:
    """At most one warning; `duplicates` maps each repeated epoch to what was skipped and what is used."""
    if not duplicates:
        return []
    epoch, decision = next(iter(duplicates.items()))
    if len(duplicates) == 1:
        return [f"Epoch {epoch:,} appears more than once: {decision}"]
    return [f"{len(duplicates):,} epochs appear more than once; for epoch {epoch:,}, {decision}"]


def skip_warning(error: GrokError) -> str:
    """The warning about a checkpoint that cannot be read."""
    return f"A checkpoint was skipped: {error}"


def none_readable(errors: Sequence[GrokError], path: object) -> GrokError:
    """The error if no checkpoint can be read; `errors` starts with the last checkpoint."""
    if len(errors) == 1:
        return errors[0]
    last = "last " if len(errors) == MAX_UNREADABLE else ""
    return UnreadableRun(
        f"None of the {last}{len(errors):,} checkpoints in {path} can be read; the last error: {errors[0]}"
    )
