"""What a selection is compared with: a pinned epoch of its run, or a second run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import WrongUsage
from engine.networks.layers import n_layers
from grok_tui.session.selection import Selection, nearest_epoch

if TYPE_CHECKING:
    from engine import Explorer


@dataclass(frozen=True)
class ComparisonTarget:
    """The other side of a comparison: the same selection, but for its epochs."""

    explorer: Explorer
    selection: Selection


def at_selected_layer(
    explorer: Explorer, second: Explorer | None, selection: Selection
) -> tuple[Explorer, Explorer | None]:
    """The open runs with the selected layer on show; a second run without that layer is as it was opened."""
    explorer, layer = explorer.at_layer(selection.layer), selection.layer
    if second is None or layer is None or not second.run.has_weights:
        return explorer, second
    return explorer, second.at_layer(layer if layer < n_layers(second.run.config) else None)


def counterpart_of(explorer: Explorer, selection: Selection, second: Explorer | None) -> ComparisonTarget | None:
    """What a selection is compared with; None if no epoch is pinned and no second run is open.

    A second run shows its checkpoint nearest to the selected epoch, or to the pinned one. Its reference epoch is its
    own last epoch if the first run's is the last, else its checkpoint nearest to the first run's reference epoch.
    """
    if second is None:
        if selection.pinned_epoch is None:
            return None
        pinned = nearest_epoch(explorer.epochs, selection.pinned_epoch)  # a changed run may have lost it
        return ComparisonTarget(explorer, replace(selection, epoch=pinned))
    epoch = selection.epoch if selection.pinned_epoch is None else selection.pinned_epoch
    is_last = selection.reference_epoch == explorer.epochs[-1]
    reference = second.epochs[-1] if is_last else nearest_epoch(second.epochs, selection.reference_epoch)
    other = replace(selection, epoch=nearest_epoch(second.epochs, epoch), reference_epoch=reference)
    return ComparisonTarget(second, other)


def compared_selection(
    selection: Selection, explorer: Explorer, second: Explorer | None, against: int | None, difference: bool
) -> Selection:
    """The selection with the epoch to compare with pinned, by the options of a command.

    Raises:
        UnknownQuery: the other run has no such epoch.
        WrongUsage: a difference without anything to compare with.
    """
    if against is not None:
        (second or explorer).check.epoch(against)
    elif difference and second is None:
        raise WrongUsage("--difference needs something to compare with; pass --against EPOCH or --against-run RUN.")
    return replace(selection, pinned_epoch=against, difference=difference)
