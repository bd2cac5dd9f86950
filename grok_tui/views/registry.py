"""The registry: every view by its name, in the order of the study."""

from difflib import get_close_matches
from typing import Any

from engine.errors import WrongUsage
from grok_tui.session.workspaces import VIEW_ALIASES, VIEW_NAMES
from grok_tui.views import (
    ablation,
    algorithm,
    algorithm_history,
    attention,
    attention_history,
    attention_map,
    attention_spectrum,
    cluster_spectra,
    clusters,
    collapse,
    commutativity,
    embedding,
    embedding_history,
    embedding_norms,
    embedding_spectrum,
    emergence,
    fourier_block,
    frequencies,
    frequency_history,
    interventions,
    learned,
    llc,
    logit_formula,
    logit_weights,
    losses,
    mean_spectrum,
    neuron,
    neuron_history,
    neuron_phases,
    neuron_phases_history,
    ov,
    ov_spectrum,
    pair,
    progress,
    qk,
    quadratic,
    ranks,
    ranks_history,
    sparsity,
    spectrum,
    training_phases,
    trig_fraction,
    trig_ratio,
    unembedding,
    weight_norms,
)
from grok_tui.views.view import View

_IN_ORDER = (
    losses,
    attention,
    neuron,
    spectrum,
    fourier_block,
    attention_map,
    attention_spectrum,
    ov,
    ov_spectrum,
    qk,
    embedding,
    embedding_spectrum,
    embedding_norms,
    embedding_history,
    mean_spectrum,
    cluster_spectra,
    frequencies,
    clusters,
    interventions,
    ablation,
    unembedding,
    logit_weights,
    progress,
    trig_ratio,
    trig_fraction,
    quadratic,
    attention_history,
    weight_norms,
    training_phases,
    logit_formula,
    pair,
    sparsity,
    neuron_phases,
    neuron_phases_history,
    emergence,
    frequency_history,
    neuron_history,
    algorithm,
    algorithm_history,
    commutativity,
    collapse,
    learned,
    llc,
    ranks,
    ranks_history,
)
VIEWS: dict[str, View[Any]] = {module.VIEW.name: module.VIEW for module in _IN_ORDER}


def view_named(name: str) -> View[Any]:
    """The view with this name or this former name.

    Raises:
        WrongUsage: no view has it; the message suggests the closest name and lists all.
    """
    name = VIEW_ALIASES.get(name, name)
    if name in VIEWS:
        return VIEWS[name]
    close = get_close_matches(name, VIEWS, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise WrongUsage(f"There is no view {name!r}.{hint} Views: {', '.join(VIEW_NAMES)}.")
