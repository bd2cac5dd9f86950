"""Three rules for frequencies: what they agree on, and what only one of them finds."""

from __future__ import annotations

from engine.metrics.energy_frequencies import FrequencyEnergy, embedding_frequencies, logit_frequencies
from grok_tui.session.selection import initial_selection
from grok_tui.views.shared.frequency_rules import FrequencyRules, query_rules, rule_facts, short_rule_facts


def test_facts_name_what_only_one_rule_finds() -> None:
    rules = FrequencyRules((14, 35, 41), (14, 35, 52), (14, 31, 35, 41))
    assert rules.found_once == {31: "W_E", 52: "logits"}
    assert rule_facts(rules) == [
        "key frequencies 14, 35, 41",
        "by logits 14, 35, 52",
        "by W_E 14, 31, 35, 41",
        "only one rule: 31 (W_E), 52 (logits)",
    ]


def test_rules_that_agree_are_one_fact() -> None:
    assert rule_facts(FrequencyRules((3, 6), (3, 6), (3, 6))) == [
        "key frequencies 3, 6",
        "the same by logits and W_E",
    ]
    assert rule_facts(FrequencyRules((), (), ()))[0] == "key frequencies none"


def test_a_line_beside_the_key_frequencies_names_the_differences() -> None:
    assert short_rule_facts(FrequencyRules((3, 6), (3, 6), (3, 5))) == ["by logits the same", "by W_E also 5, not 6"]
    assert short_rule_facts(FrequencyRules((3, 6), (3, 6), (3, 6))) == ["the same frequencies by logits and W_E"]
    assert short_rule_facts(FrequencyRules((), (), ())) == ["none by logits or W_E either"]


def test_without_sum_directions_the_logits_have_no_rule() -> None:
    rules = FrequencyRules.of((3,), None, (FrequencyEnergy(3, 0.5), FrequencyEnergy(4, 0.3)))
    assert rule_facts(rules) == ["key frequencies 3", "by W_E 3, 4", "only one rule: 4 (W_E)"]


def test_energies_are_those_of_the_epoch_shown(explorer) -> None:
    for epoch in explorer.epochs:
        rules = query_rules(explorer, initial_selection(explorer, epoch=epoch))
        assert rules.keys == explorer.keys(explorer.epochs[-1])
        assert rules.logits == tuple(f.frequency for f in logit_frequencies(explorer.logit_sums(epoch)))
        assert rules.embedding == tuple(f.frequency for f in embedding_frequencies(explorer.network(epoch).W_E))
