"""What the operation of a run changes in the definitions of all views."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine import Explorer


def operation_note(explorer: Explorer) -> str | None:
    """A note for runs on logarithms or without sum directions; None for all others."""
    if not explorer.run.has_weights:
        return None
    order = explorer.order
    if order.natural:
        reason = explorer.config.task.no_sum_directions
        return None if reason is None else f"What needs sum directions is absent: {reason}."
    return (
        f"This run does {explorer.run.config.operation} modulo {order.p}. Its tokens are in order of their logarithm "
        f"to the base {order.tokens[1]}, without 0. In the definitions p is then {order.q}, their number, and waves "
        f"are over logarithms; axes and readouts name the tokens. Loss and accuracy are over all {order.p}^2 pairs, "
        "those of interventions and ablations over the pairs without 0."
    )
