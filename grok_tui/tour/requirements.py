"""What a stop or a number needs of a run, and the sentence that says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from grok_tui.tour.facts import RunFacts

Missing = Callable[[RunFacts], str | None]

_LEAST_CHECKPOINTS = 3  # of `find_training_phases`


def _weights(facts: RunFacts) -> str | None:
    run = facts.explorer.run
    return None if run.has_weights else f"{run.name} has recorded losses but no checkpoints, and this needs weights."


def _split(facts: RunFacts) -> str | None:
    if _weights(facts) or facts.explorer.split is not None:
        return None
    return "The training pairs of this run are not known, so train and test losses are absent; --split sets them."


def _grokked(facts: RunFacts) -> str | None:
    if _weights(facts) or facts.has_grokked:
        return None
    pairs = "pairs" if facts.explorer.split is None else "test pairs"
    last = facts.explorer.epochs[-1]
    return f"This run has not grokked: at its last epoch, {last:,}, {facts.accuracy:.1%} of the {pairs} are right."


def _key_frequencies(facts: RunFacts) -> str | None:
    if _weights(facts) or facts.keys:
        return None
    return (
        f"At epoch {facts.reference_epoch:,} too few neurons are tuned to the same frequency, so there is no key "
        "frequency and no cluster."
    )


def _sum_directions(facts: RunFacts) -> str | None:
    reason = None if _weights(facts) else facts.explorer.config.task.no_sum_directions
    return None if reason is None else f"This needs sum directions, and {reason}."


def _history(facts: RunFacts) -> str | None:
    count = len(facts.explorer.epochs)
    if count >= _LEAST_CHECKPOINTS:
        return None
    checkpoints = "one checkpoint" if count == 1 else f"{count} checkpoints"
    return f"This run has {checkpoints}; what happens over epochs needs at least {_LEAST_CHECKPOINTS}."


_NO_END: Mapping[str, str] = {
    "memorised": "no end of memorisation: the excluded loss is smallest at the first or at the last of them",
    "grokked": "no end of circuit formation: the test loss has not fallen below a quarter of its peak",
    "cleaned up": "no end of cleanup: the squared weights still decrease too fast, or do not decrease",
}
# The phase epoch without which each of them is missing.
_ENDS: Mapping[str | int, tuple[str, ...]] = {
    "memorised": ("memorised",),
    "circuit formation": ("memorised", "grokked"),
    "grokked": ("grokked",),
    "cleanup": ("grokked", "cleaned up"),
    "cleaned up": ("grokked", "cleaned up"),
}


REQUIREMENTS: Mapping[str, Missing] = {
    "weights": _weights,
    "split": _split,
    "grokked": _grokked,
    "key frequencies": _key_frequencies,
    "sum directions": _sum_directions,
    "history": _history,
}


def missing(needs: Iterable[str], facts: RunFacts) -> str | None:
    """The sentence on the first requirement that a run does not meet; None if it meets all.

    Without weights nothing else is asked.
    """
    names = list(needs)
    sentences = (REQUIREMENTS[name](facts) for name in (["weights", *names] if names else names))
    return next((sentence for sentence in sentences if sentence is not None), None)


def missing_epoch(name: str | int, facts: RunFacts) -> str | None:
    """Why a run has no epoch of a name; None if it has one."""
    if name not in _ENDS or facts.epoch(name) is not None:
        return None
    if (sentence := missing(("history", "split"), facts)) is not None:
        return sentence
    if facts.phases is None:
        return "The metrics of all checkpoints could not be computed, and the phases follow from them."
    if "memorised" in _ENDS[name] and (sentence := _sum_directions(facts)) is not None:
        return sentence
    if name != "memorised" and (sentence := _grokked(facts)) is not None:
        return sentence
    absent = next(end for end in _ENDS[name] if facts.epoch(end) is None)
    return f"The {len(facts.explorer.epochs)} checkpoints show {_NO_END[absent]}."
