"""Sentences that several views say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.explorer import NeuronFacts


def neuron_facts(facts: NeuronFacts) -> str:
    """A neuron's figures in one line; a dead neuron has none."""
    if facts.frequency is None or facts.share is None or facts.variance_explained is None:
        return f"constant over all inputs: no frequency · active {facts.fraction_active:.0%}"
    cluster = "rest" if facts.cluster is None else f"cluster {facts.cluster}"
    return (
        f"frequency {facts.frequency} · {cluster} · share {facts.share:.3f}"
        f" · var. explained {facts.variance_explained:.3f} · active {facts.fraction_active:.0%}"
    )
