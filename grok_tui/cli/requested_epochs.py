"""`--nearest`: the checkpoints nearest to the epochs that were passed, and a note of that in the provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import UnknownQuery
from grok_tui.cli.output import narrate
from grok_tui.session.selection import nearest_epoch

if TYPE_CHECKING:
    from engine import Explorer


@dataclass(frozen=True)
class RequestedEpochs:
    """The epochs of the options; None for those that were not passed."""

    epoch: int | None
    reference_epoch: int | None
    against: int | None

    def nearest(self, explorer: Explorer, second: Explorer | None) -> RequestedEpochs:
        """The epochs of the nearest checkpoints; each that differs is said on stderr."""
        return RequestedEpochs(
            _nearest(explorer, "--epoch", self.epoch),
            _nearest(explorer, "--reference-epoch", self.reference_epoch),
            _nearest(second or explorer, "--against", self.against),
        )

    def checked(self, explorer: Explorer, second: Explorer | None) -> RequestedEpochs:
        """The same epochs, which must have checkpoints.

        Raises:
            UnknownQuery: one has none; the sentence names --nearest.
        """
        _check(explorer, self.epoch)
        _check(explorer, self.reference_epoch)
        _check(second or explorer, self.against)
        return self

    def noted_in(self, provenance: Mapping[str, object], taken: RequestedEpochs) -> dict[str, object]:
        """The provenance with the field `requested_epochs`, on each side that shows another epoch."""
        names = ("epoch", "reference_epoch")
        own = {name: getattr(self, name) for name in names if getattr(self, name) != getattr(taken, name)}
        noted = {**provenance, **({"requested_epochs": own} if own else {})}
        against = provenance["against"]
        if self.against != taken.against and isinstance(against, Mapping):
            noted["against"] = {**against, "requested_epochs": {"epoch": self.against}}
        return noted


def _check(explorer: Explorer, epoch: int | None) -> None:
    try:
        if epoch is not None:
            explorer.check.epoch(epoch)
    except UnknownQuery as error:
        raise UnknownQuery(f"{str(error).removesuffix('.')}; --nearest takes the nearest.") from error


def _nearest(explorer: Explorer, option: str, epoch: int | None) -> int | None:
    if epoch is None or not explorer.epochs or epoch in explorer.epochs:
        return epoch
    found = nearest_epoch(explorer.epochs, epoch)
    narrate(f"{explorer.run.name} has no checkpoint at epoch {epoch:,}; {option} takes the nearest, {found:,}.")
    return found
