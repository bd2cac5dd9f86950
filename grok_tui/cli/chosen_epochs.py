"""`--epochs`: some of the checkpoints of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import WrongUsage

if TYPE_CHECKING:
    from engine import Explorer

EPOCHS_HELP = (
    "epochs such as 0,9000,40000, or the checkpoints of a range START:STOP, every STEP-th of START:STOP:STEP; "
    "default: all"
)


def chosen_epochs(explorer: Explorer, text: str | None) -> list[int]:
    """The epochs of `0,9000`, `0:14000`, `::4` or of several of them, in ascending order.

    Raises:
        WrongUsage: the text does not parse, or chooses no checkpoint.
        UnknownQuery: an epoch has no checkpoint.
    """
    if text is None:
        return list(explorer.epochs)
    chosen: set[int] = set()
    for part in text.split(","):
        words = [word.strip() for word in part.split(":")]
        if len(words) > 3 or not all(word.isdecimal() or (word == "" and len(words) > 1) for word in words):
            raise WrongUsage(f"--epochs is a list such as 0,9000,40000 or a range START:STOP:STEP; found {part!r}.")
        if len(words) == 1:
            chosen.add(explorer.check.epoch(int(words[0])))
        else:
            chosen.update(_range(explorer, [int(word) if word else None for word in words]))
    if not chosen:
        raise WrongUsage(f"--epochs {text} chooses no checkpoint of {explorer.run.name}.")
    return sorted(chosen)


def _range(explorer: Explorer, bounds: list[int | None]) -> list[int]:
    start, stop, step = (*bounds, None)[:3]
    if step == 0:
        raise WrongUsage("The STEP of --epochs START:STOP:STEP is at least 1; found 0.")
    inside = [epoch for epoch in explorer.epochs if epoch >= (start or 0) and (stop is None or epoch <= stop)]
    return inside[::step]
