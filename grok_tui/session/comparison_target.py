"""What a selection is compared with: a pinned epoch of its run, or a second run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grok_tui.session.selection import Selection, nearest_epoch

if TYPE_CHECKING:
    from engine import Explorer


@dataclass(frozen=True)
class ComparisonTarget:
    """The same things elsewhere: `selection` is as the first one, but for its epochs."""

    explorer: Explorer
    selection: Selection


def counterpart_of(explorer: Explorer, selection: Selection, second: Explorer | None) -> ComparisonTarget | None:
    """What stands beside a selection; None where nothing is pinned and no second run is open.

    A second run shows its checkpoint nearest to the cursor, or to the pinned epoch. Its key frequencies are those of
    its own last epoch while the first run's are, else those of its checkpoint nearest to the reference epoch.
    """
    if second is None:
        if selection.pinned_epoch is None:
            return None
        pinned = nearest_epoch(explorer.epochs, selection.pinned_epoch)  # a run that grows may have lost it
        return ComparisonTarget(explorer, replace(selection, epoch=pinned))
    wanted = selection.epoch if selection.pinned_epoch is None else selection.pinned_epoch
    by_the_last = selection.reference_epoch == explorer.epochs[-1]
    reference = second.epochs[-1] if by_the_last else nearest_epoch(second.epochs, selection.reference_epoch)
    there = replace(selection, epoch=nearest_epoch(second.epochs, wanted), reference_epoch=reference)
    return ComparisonTarget(second, there)


def compared_selection(
    selection: Selection, explorer: Explorer, second: Explorer | None, against: int | None, difference: bool
) -> Selection:
    """The selection that is to be compared, as a command says.

    Raises:
        UnknownQuery: the epoch to compare with is not there.
        WrongUsage: a difference is wanted, and there is nothing to compare with.
    """
    from engine.errors import WrongUsage

    if against is not None:
        (second or explorer).check_epoch(against)
    elif difference and second is None:
        raise WrongUsage("A difference needs something to compare with: --against EPOCH or --against-run RUN.")
    return replace(selection, pinned_epoch=against, difference=difference)
