"""Where a figure comes from, in the line or two that stand above it wherever it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.session.ablation_selection import ablation_json, ablation_text
from grok_tui.session.comparison_target import counterpart_of

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection
    from grok_tui.views.view import View


# What a view may show one of, and a key that such a view lists as its own.
_SELECTED = (
    ("neuron", "neuron.goto"),
    ("head", "head.next"),
    ("dimension", "dimension.next"),
    ("pair", "pair.goto"),
)


Origins = tuple[Mapping[str, object], Mapping[str, object] | None]


def origins(explorer: Explorer, selection: Selection, second: Explorer | None = None) -> Origins:
    """Where all that is shown of a selection comes from, and what it is compared with; whatever the view."""
    here = explorer.provenance(selection.epoch, selection.reference_epoch)
    if (other := counterpart_of(explorer, selection, second)) is None:
        return here, None
    return here, other.explorer.provenance(other.selection.epoch, other.selection.reference_epoch)


def of_views(found: Origins, selection: Selection, views: Sequence[View[Any]]) -> dict[str, object]:
    """Where the figures of these views come from.

    `selected` has what of the selection they depend on: neuron, head, dimension, pair. `ablation` is what is ablated,
    None for views of the original network; `against` has the same of what they are compared with, or None.
    """
    here, there = found
    own = {
        "selected": selected_by(selection, views),
        "ablation": ablation_json(selection.ablation) if any(view.shows_ablation for view in views) else None,
    }
    return {**here, **own, "against": None if there is None else {**there, **own}}


def provenance_of(
    explorer: Explorer, selection: Selection, views: Sequence[View[Any]], second: Explorer | None = None
) -> dict[str, object]:
    """The same, asked for at once."""
    return of_views(origins(explorer, selection, second), selection, views)


def selected_by(selection: Selection, views: Sequence[View[Any]]) -> dict[str, int | list[int]]:
    """What these views show one of, by name: the neuron, head, dimension or pair that the selection is on."""
    keys = {key for view in views for key in view.keys}
    found: dict[str, int | list[int]] = {}
    for name, key in _SELECTED:
        if key in keys:
            found[name] = [selection.x, selection.y] if name == "pair" else getattr(selection, name)
    return found


def provenance_lines(provenance: Mapping[str, Any]) -> list[str]:
    """Two lines: the run, its epoch and model; what the numbers depend on. Then the comparison, the ablation."""
    against, ablation = provenance.get("against"), provenance.get("ablation")
    ablated = [f"ablation · {ablation_text(ablation)}"] if ablation else []
    if against is None:
        return [*_lines(provenance), *ablated]
    if all(against[name] == value for name, value in provenance.items() if name not in ("epoch", "against")):
        return [*_lines(provenance), f"against its epoch {against['epoch']:,}", *ablated]
    what, how = _lines(against)
    return [*_lines(provenance), f"against {what}", how, *ablated]


def _lines(provenance: Mapping[str, Any]) -> list[str]:
    config = provenance["config"]
    epoch = provenance["epoch"]
    task = with_operation_signs("x ± y", config["operation"])
    of_what = provenance["run"] if epoch is None else f"{provenance['run']} at epoch {epoch:,}"
    return [
        f"{of_what} · {task}, p = {config['p']}, prompt {config['prompt']!r}, "
        f"d_model {config['d_model']}, {config['n_heads']} heads, d_mlp {config['d_mlp']}, {config['act_fn']}",
        f"key frequencies {frequencies(provenance['key_frequencies'])} of epoch {provenance['reference_epoch']:,}"
        f" · split {split_words(provenance['split'])} · {provenance['dtype']} · grok-tui {provenance['version']}",
    ]


def frequencies(keys: Sequence[int]) -> str:
    return ", ".join(map(str, keys)) or "none"


def split_words(split: Mapping[str, Any] | None) -> str:
    """How the split is known, and how many pairs it trains on."""
    return split_source(split) if split is None else f"{split_source(split)}, {split['n_train']:,} train pairs"


def split_source(split: Mapping[str, Any] | None) -> str:
    """How the split is known, so that nobody mistakes a recognised one for a stored one."""
    if split is None:
        return "unknown"
    how = {
        "file": "stored",
        "option": "as told",
        "random.seed": "recognised as random.seed",
        "torch.randperm": "recognised as torch.randperm",
    }[split["source"]]
    seed = "" if split["seed"] is None else f" (seed {split['seed']})"
    return f"{how}{seed}"
