"""Provenance of figures, as data and as the lines of text above an exported figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grok_tui.render.operation_signs import result
from grok_tui.session.ablation_selection import ablation_json, ablation_text

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.comparison_target import ComparisonTarget
    from grok_tui.session.selection import Selection
    from grok_tui.views.view import View


# What provenance can name as selected, and a key id that a view lists if it depends on that.
_SELECTABLE = (
    ("neuron", "neuron.goto"),
    ("head", "head.next"),
    ("dimension", "dimension.next"),
    ("pair", "pair.goto"),
)


# What may differ between two sides of one run.
_OF_ONE_SIDE = ("epoch", "against", "requested_epochs")


@dataclass(frozen=True)
class SelectionProvenance:
    """The part of provenance that all views of one selection share."""

    selected: Mapping[str, object]
    against: Mapping[str, object] | None  # of the comparison target


def selection_provenance(
    explorer: Explorer, selection: Selection, target: ComparisonTarget | None
) -> SelectionProvenance:
    """Run, epoch, config, split and so on, of a selection and of its comparison target."""
    against = None
    if target is not None:
        against = target.explorer.provenance(target.selection.epoch, target.selection.reference_epoch)
    return SelectionProvenance(explorer.provenance(selection.epoch, selection.reference_epoch), against)


def view_provenance(shared: SelectionProvenance, selection: Selection, views: Sequence[View[Any]]) -> dict[str, object]:
    """The provenance of some views' answers.

    `selected` has what of the selection they depend on: neuron, head, dimension, pair. `ablation` is what is ablated,
    None for views of the original network. `against` is the provenance of the comparison target, or None.
    """
    own = {
        "selected": _selected(selection, views),
        "ablation": ablation_json(selection.ablation) if any(view.shows_ablation for view in views) else None,
    }
    return {**shared.selected, **own, "against": None if shared.against is None else {**shared.against, **own}}


def provenance_of(
    explorer: Explorer, selection: Selection, views: Sequence[View[Any]], target: ComparisonTarget | None = None
) -> dict[str, object]:
    """The provenance of some views' answers to a selection, in one call."""
    return view_provenance(selection_provenance(explorer, selection, target), selection, views)


def _epoch_text(provenance: Mapping[str, Any], name: str) -> str:
    """An epoch, with the requested one if that has no checkpoint."""
    requested = provenance.get("requested_epochs", {}).get(name)
    epoch = f"{provenance[name]:,}"
    return epoch if requested is None else f"{epoch} (nearest to {requested:,})"


def _selected(selection: Selection, views: Sequence[View[Any]]) -> dict[str, int | str | list[int]]:
    """The neuron, head, dimension and pair that these views depend on, by name; `pre` if a neuron's map is that."""
    keys = {key for view in views for key in view.keys}
    selected: dict[str, int | str | list[int]] = {
        name: [selection.x, selection.y] if name == "pair" else getattr(selection, name)
        for name, key in _SELECTABLE
        if key in keys
    }
    pre = selection.activation == "pre" and "map.activation" in keys
    return {**selected, "activation": "pre"} if pre else selected


def provenance_lines(provenance: Mapping[str, Any]) -> list[str]:
    """Two lines: run, epoch and network; then what the numbers depend on.

    More for settings that were inferred or assumed, a comparison, an ablation, and an operation that neither adds nor
    subtracts. One line for a figure of many runs.
    """
    if "folders" in provenance:
        return _lines_of_runs(provenance)
    against, ablation = provenance.get("against"), provenance.get("ablation")
    ablated = [f"ablation · {ablation_text(ablation)}"] if ablation else []
    if against is None:
        return [*_lines(provenance), *ablated]
    if all(against.get(name) == value for name, value in provenance.items() if name not in _OF_ONE_SIDE):
        return [*_lines(provenance), f"against its epoch {_epoch_text(against, 'epoch')}", *ablated]
    network, *settings = _lines(against)
    return [*_lines(provenance), f"against {network}", *settings, *ablated]


def _lines_of_runs(provenance: Mapping[str, Any]) -> list[str]:
    """A figure of many runs: the folders, how many runs, and how they were chosen."""
    shown, found = provenance["runs"], provenance["runs_found"]
    parts = [", ".join(provenance["folders"]), f"{shown:,} runs" if shown == found else f"{shown:,} of {found:,} runs"]
    parts += [f"filter {provenance['filter']}"] if provenance["filter"] else []
    parts += ["marked runs"] if provenance["marked"] else []
    parts += [f"grouped by {', '.join(provenance['grouped_by'])}"] if provenance["grouped_by"] else []
    return [" · ".join([*parts, f"grok-tui {provenance['version']}"])]


def _lines(provenance: Mapping[str, Any]) -> list[str]:
    config = provenance["config"]
    sources = " · ".join(filter(None, (settings_text(provenance, source) for source in ("assumed", "inferred"))))
    run = provenance["run"]
    checkpoint = run if provenance["epoch"] is None else f"{run} at epoch {_epoch_text(provenance, 'epoch')}"
    if config is None:
        return [f"{checkpoint} · recorded losses, no checkpoints", f"grok-tui {provenance['version']}"]
    task, table = result(config["operation"]), config.get("table_sha256")
    if table is not None:
        task = f"{task} of SHA-256 {table}"
    return [
        f"{checkpoint} · {task}, {', '.join(_network(config))}",
        f"key frequencies {frequencies_text(provenance['key_frequencies'])} of epoch "
        f"{_epoch_text(provenance, 'reference_epoch')} · split {split_text(provenance['split'])} · "
        f"{provenance['dtype']} · grok-tui {provenance['version']}",
        *([sources] if sources else []),
        *_notes(provenance),
    ]


def _network(config: Mapping[str, Any]) -> list[str]:
    """The architecture and the sizes of a network, as far as its config reports them."""
    layer = layer_text(config)
    settings = {
        "p": f"p = {config['p']}",
        "architecture": config.get("architecture"),
        "network": f"built by {config.get('network')}",
        "layer": f"{layer} (--layer {config['layer']})" if layer else None,
        "prompt": f"prompt {config.get('prompt')!r}",
        "d_model": f"d_model {config.get('d_model')}",
        "n_heads": f"{config.get('n_heads')} heads",
        "d_mlp": f"d_mlp {config.get('d_mlp')}",
        "act_fn": config.get("act_fn"),
    }
    return [text for name, text in settings.items() if text is not None and name in config]


def layer_text(config: Mapping[str, Any]) -> str:
    """The layer on show of a network with several, counted from 1; empty for one layer.

    >>> layer_text({"n_layers": 2, "layer": 1}), layer_text({"hidden": [512], "layer": 0})
    ('layer 2 of 2', '')
    """
    n_layers = config.get("n_layers", len(config.get("hidden", ())))
    return f"layer {config['layer'] + 1} of {n_layers}" if n_layers > 1 and "layer" in config else ""


def settings_text(provenance: Mapping[str, Any], source: str) -> str:
    """The settings that were "inferred" or "assumed", with their values; empty if none were.

    >>> settings_text({"config": {"p": 113, "act_fn": "relu"}, "inferred": ["p"], "assumed": ["act_fn"]}, "assumed")
    'assumed act_fn relu'
    """
    config = {name: _value(value) for name, value in (provenance["config"] or {}).items()}
    values = {**provenance.get("other_settings", {}), **config}
    settings = [f"{name} {values[name]}" if name in values else name for name in provenance.get(source, ())]
    return f"{source} {', '.join(settings)}" if settings else ""


def _value(setting: object) -> str:
    if isinstance(setting, float):
        return f"{setting:g}"
    text = str(setting)
    return repr(text) if " " in text else text


def _notes(provenance: Mapping[str, Any]) -> list[str]:
    """A line for an operation on logarithms or without sum directions, and one for a tail that is not linear."""
    order, missing, tail = (provenance.get(name) for name in ("token_order", "no_sum_directions", "tail"))
    notes = [] if tail is None else [f"tail {tail}"]
    if order is not None:
        return [
            f"frequencies over the logarithms (to the base {order['logarithm_base']}) of the {order['tokens']} tokens "
            "without 0 · loss and accuracy over all pairs",
            *notes,
        ]
    return notes if missing is None else [missing, *notes]


def frequencies_text(keys: Sequence[int]) -> str:
    return ", ".join(map(str, keys)) or "none"


def split_text(split: Mapping[str, Any] | None) -> str:
    """The source of a split and its number of train pairs."""
    source = split_source_text(split)
    return source if split is None else f"{source}, {split['n_train']:,} train pairs"


def split_source_text(split: Mapping[str, Any] | None) -> str:
    """Whether a split is recorded in the run, explicit (given by the user) or inferred from the losses."""
    if split is None:
        return "unknown"
    source = {
        "file": "recorded",
        "option": "explicit",
        "random.seed": "inferred as random.seed",
        "torch.randperm": "inferred as torch.randperm",
    }[split["source"]]
    seed = "" if split["seed"] is None else f" (seed {split['seed']})"
    return f"{source}{seed}"
