"""The status line: the position in the run, the comparison, key frequencies and split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok_tui.queries.provenance import frequencies_text, layer_text, settings_text, split_source_text

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.comparison_target import ComparisonTarget
    from grok_tui.session.selection import Selection


def status_text(explorer: Explorer, selection: Selection, target: ComparisonTarget | None, *, pinned: bool) -> str:
    """Describe a selection in parts joined by ` · `; `pinned`: its epoch is the pinned one.

    With a second run to compare with, the runs are A and B.
    """
    epochs = explorer.epochs
    against, name = "", short_name(explorer.run.name)
    if target is not None:
        same_run = target.explorer is explorer
        name = name if same_run else f"A {name}"
        run = "" if same_run else f"B {short_name(target.explorer.run.name)}, "
        against = f" against {run}epoch {target.selection.epoch:,}"
    check, reading = explorer.reading_check, explorer.run_provenance
    contradicted = "" if check is None or not check.contradictions else " · CONTRADICTS ITS RECORDED LOSSES"
    position = (
        f"{name}{contradicted} · epoch {selection.epoch:,} ({epochs.index(selection.epoch) + 1} of {len(epochs)})"
        f"{', pinned' if pinned else ''}{against}"
    )
    if not explorer.run.has_weights:
        return f"{position} · recorded losses, no checkpoints"
    code = str(explorer.run.config.reported().get("network", "")).rpartition("/")[2]  # a path leaves no room
    parts = (
        position,
        f"your own code {code}" if code else "",
        layer_text(explorer.run.config.reported()),
        settings_text(reading, "assumed"),  # before all that panes show too: a narrow line is cut at its end
        f"key frequencies {_keys_text(explorer, selection, target)}",
        f"reference epoch {selection.reference_epoch:,}",
        f"split {split_source_text(explorer.described_split)}",
        settings_text(reading, "inferred"),
    )
    return " · ".join(part for part in parts if part)


def _keys_text(explorer: Explorer, selection: Selection, target: ComparisonTarget | None) -> str:
    """The key frequencies; of two runs those of both, unless they are the same."""
    own = frequencies_text(explorer.keys(selection.reference_epoch))
    if target is None or target.explorer is explorer or not target.explorer.run.has_weights:
        return own
    other = frequencies_text(target.explorer.keys(target.selection.reference_epoch))
    return f"{own} (A and B)" if own == other else f"A {own}; B {other}"


def short_name(name: str) -> str:
    """The name of a run; of an address only the scheme and the last part.

    >>> short_name("hf://me/grokking/runs/full_run_data.pth")
    'hf://…/full_run_data.pth'
    """
    scheme, separator, rest = name.partition("://")
    parts = rest.rstrip("/").split("/")
    return f"{scheme}://…/{parts[-1]}" if separator and len(parts) > 2 else name
