"""The frequencies of a checkpoint by three rules: counted in neurons, by energy of the logits, and of the embedding."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.energy_frequencies import FrequencyEnergy
    from grok_tui.session.selection import Selection

# The definitions of the other two rules, as the last lines of a view's definition.
RULES = (
    "  by logits: at least 1% of the energy of the logits, minus their mean over pairs, is on cos and sin w_k(x±y)\n"
    "  by W_E: at least twice an even share of its energy over tokens, without the constant, is on cos and sin w_k"
)


@dataclass(frozen=True)
class FrequencyRules:
    """The frequencies that each rule finds, ascending."""

    keys: tuple[int, ...]  # of the reference epoch, or explicit
    logits: tuple[int, ...] | None  # None for an operation without sum directions
    embedding: tuple[int, ...] | None  # None for a network without W_E

    @classmethod
    def of(
        cls,
        keys: Sequence[int],
        logits: Sequence[FrequencyEnergy] | None,
        embedding: Sequence[FrequencyEnergy] | None,
    ) -> FrequencyRules:
        on_logits, in_embedding = (
            None if rule is None else tuple(found.frequency for found in rule) for rule in (logits, embedding)
        )
        return cls(tuple(keys), on_logits, in_embedding)

    @property
    def by_name(self) -> Mapping[str, tuple[int, ...]]:
        """The frequencies by the name of the rule; without rules that do not apply."""
        named = {"key": self.keys, "logits": self.logits, "W_E": self.embedding}
        return {name: found for name, found in named.items() if found is not None}

    @property
    def found_once(self) -> Mapping[int, str]:
        """The frequencies that only one rule finds, and the name of that rule."""
        rules = self.by_name
        found = {k: [name for name in rules if k in rules[name]] for k in sorted(set().union(*rules.values()))}
        return {k: names[0] for k, names in found.items() if len(names) == 1}


def query_rules(explorer: Explorer, selection: Selection) -> FrequencyRules:
    """The logits and the embedding are those of the epoch shown, the key frequencies those of the reference epoch."""
    by_energy = explorer.energy_frequencies(selection.epoch)
    return FrequencyRules.of(explorer.keys(selection.reference_epoch), by_energy.logits, by_energy.embedding)


def rule_facts(rules: FrequencyRules) -> list[str]:
    """The key frequencies, how the other rules differ, and the frequencies that only one rule finds."""
    others = {name: found for name, found in rules.by_name.items() if name != "key"}
    facts = [f"key frequencies {_listed(rules.keys)}"]
    if not others:
        return facts
    if all(found == rules.keys for found in others.values()):
        return [*facts, f"the same by {' and '.join(others)}"]
    facts += [f"by {name} {'the same' if found == rules.keys else _listed(found)}" for name, found in others.items()]
    once = [f"{k} ({name})" for k, name in rules.found_once.items()]
    return [*facts, f"only one rule: {', '.join(once)}"] if once else facts


def short_rule_facts(rules: FrequencyRules) -> list[str]:
    """Where the rules differ, for a line beside a list of the key frequencies."""
    others = {name: found for name, found in rules.by_name.items() if name != "key"}
    if all(found == rules.keys for found in others.values()):
        same = (
            f"the same frequencies by {' and '.join(others)}" if rules.keys else f"none by {' or '.join(others)} either"
        )
        return [same] if others else []
    parts = []
    for name, found in others.items():
        more, less = sorted({*found} - {*rules.keys}), sorted({*rules.keys} - {*found})
        differing = [f"also {_listed(more)}"] * bool(more) + [f"not {_listed(less)}"] * bool(less)
        parts.append(f"by {name} {', '.join(differing) or 'the same'}")
    return parts


def _listed(frequencies: Collection[int]) -> str:
    return ", ".join(map(str, frequencies)) or "none"
