"""A stop on a run: what to select, and its sentences with the numbers of that run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.errors import GrokError
from grok_tui.queries.applicable_views import require_parts
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.tour.conditions import Name, holds
from grok_tui.tour.facts import PHASE_EPOCHS, RunFacts
from grok_tui.tour.placeholders import PLACEHOLDERS, Place
from grok_tui.tour.requirements import missing, missing_epoch
from grok_tui.tour.stops import ACTIONS, FIELD, Sentence, Stop
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

KeyLabel = Callable[[str], str]
_NEXT = "tour.next"  # what to try where there is nothing to see


class _Absent(Exception):
    """A number that the run does not have; the message is the sentence that says why, or empty."""


@dataclass(frozen=True)
class ResolvedStop:
    """What a stop selects, in fields of the selection, and its texts."""

    stop: Stop
    selected: dict[str, Any]
    sentences: tuple[str, ...]
    key: str  # the id of the action to try
    hint: str  # what that key does here
    complete: bool  # whether the run has all that the stop needs


def needs_run_metrics(stop: Stop, explorer: Explorer) -> bool:
    """Whether a stop needs the metrics of all checkpoints."""
    return explorer.run.has_weights and any(name in PHASE_EPOCHS for name in stop.epoch_names)


def resolve(stop: Stop, explorer: Explorer, selection: Selection, key_label: KeyLabel) -> ResolvedStop:
    """Fill in a stop for a run; its key frequencies are those of the selection's reference epoch.

    What the run lacks is said in a sentence in place of those that need it.
    """
    facts = RunFacts(explorer, selection.reference_epoch)
    why = _missing(stop, facts)
    place = Place(facts, explorer.epochs[-1], neuron=selection.neuron, dimension=selection.dimension)
    operation = explorer.run.config.operation if explorer.run.has_weights else None
    if why is not None:
        return ResolvedStop(stop, _selected(place, stop), (why,), _NEXT, ACTIONS[_NEXT].what, complete=False)
    place = _place(stop, place)
    texts = [_said(sentence, place, key_label) for sentence in stop.sentences]
    sentences = dict.fromkeys(with_operation_signs(text, operation) for text, _ in texts if text)
    sentences = sentences or {"This run does not have the numbers of this stop.": None}
    hint, has_hint = _said(Sentence(stop.hint), place, key_label)
    hint = with_operation_signs(hint, operation) if hint and has_hint else ACTIONS[stop.key].what
    complete = all(is_said for _, is_said in texts)
    return ResolvedStop(stop, _selected(place, stop), tuple(sentences), stop.key, hint, complete)


def _missing(stop: Stop, facts: RunFacts) -> str | None:
    """The sentence on what a run lacks for a stop; None if it lacks nothing."""
    try:
        require_parts(VIEWS[stop.view], facts.explorer.run)
    except GrokError as error:
        return str(error)
    if VIEWS[stop.view].over_epochs and len(facts.explorer.epochs) == 1:
        return f"This run has one checkpoint, and `{stop.view}` shows several epochs."
    needs = list(stop.needs)
    if "strongest" in (stop.cluster, stop.neuron, stop.dimension):
        needs.append("key frequencies")
    if (sentence := missing(needs, facts) or missing_epoch(stop.epoch, facts)) is not None:
        return sentence
    if isinstance(stop.cluster, int) and stop.cluster not in facts.keys:
        keys = ", ".join(map(str, facts.keys)) or "none"
        return f"Frequency {stop.cluster} is no key frequency of this run; key frequencies: {keys}."
    return None


def _place(stop: Stop, start: Place) -> Place:
    """The epoch, cluster, neuron and dimension of a stop; `start` has those that it leaves open."""
    facts, explorer = start.facts, start.facts.explorer
    epoch = facts.epoch(stop.epoch)
    assert epoch is not None
    place = replace(start, epoch=epoch)
    if not explorer.run.has_weights:
        return place
    cluster = facts.strongest_cluster(epoch) if stop.cluster == "strongest" else stop.cluster
    place = replace(place, cluster=cluster)
    if isinstance(stop.neuron, int):
        place = replace(place, neuron=explorer.check.neuron(stop.neuron))
    elif cluster is not None and (neuron := facts.strongest_neuron(epoch, cluster)) is not None:
        place = replace(place, neuron=neuron)
    if isinstance(stop.dimension, int):
        place = replace(place, dimension=explorer.check.dimension(stop.dimension))
    elif cluster is not None and stop.dimension == "strongest":
        place = replace(place, dimension=facts.strongest_dimension(epoch, cluster) or 0)
    return place


def _selected(place: Place, stop: Stop) -> dict[str, Any]:
    order = {} if stop.order is None or not place.facts.explorer.run.has_weights else {"order": stop.order}
    return {"epoch": place.epoch, "neuron": place.neuron, "dimension": place.dimension, **order}


def _said(sentence: Sentence, place: Place, key_label: KeyLabel) -> tuple[str, bool]:
    """A sentence of a stop, or the one on what is missing for it; and whether nothing is."""
    try:
        if sentence.when:
            for comparison in sentence.when:
                for name in comparison.names:
                    _value(name, place)  # raises for what is missing
            if not holds(sentence.when, lambda name: _number(name, place)):
                return ("" if sentence.otherwise is None else _filled(sentence.otherwise, place, key_label)), True
        return _filled(sentence.text, place, key_label), True
    except _Absent as absent:
        return str(absent), False


def _filled(text: str, place: Place, key_label: KeyLabel) -> str:
    """A text with its placeholders and keys filled in."""
    values = {field: _field(field, place, key_label) for field in FIELD.findall(text)}
    return FIELD.sub(lambda match: values[match[1]], text)


def _field(field: str, place: Place, key_label: KeyLabel) -> str:
    if field in ACTIONS and field not in PLACEHOLDERS:
        return key_label(field)
    name = Name.parse(field)
    return PLACEHOLDERS[name.placeholder].text(_value(name, place))


def _number(name: Name, place: Place) -> float | None:
    value = _value(name, place)
    return None if isinstance(value, str) else value


def _value(name: Name, place: Place) -> float | str:
    """The value of a placeholder at the epoch of the stop, or at the one that it names.

    Raises:
        _Absent: the run does not have it.
    """
    placeholder, facts = PLACEHOLDERS[name.placeholder], place.facts
    why = missing(placeholder.needs, facts) or (None if name.epoch is None else missing_epoch(name.epoch, facts))
    if why is not None:
        raise _Absent(why)
    if name.epoch is not None:
        epoch = facts.epoch(name.epoch)
        assert epoch is not None
        place = replace(place, epoch=epoch)
    value = placeholder.value(place)
    if value is None:
        raise _Absent
    return value
