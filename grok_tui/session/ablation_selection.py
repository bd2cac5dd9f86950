"""Which parts of the model are knocked out, and how each key changes that. Pure: a change is a new Ablation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from engine.metrics.ablation_spec import Ablation, Preset

PRESETS: tuple[Preset, ...] = get_args(Preset)
WHOLE = Ablation()


def toggle_cluster(ablation: Ablation, frequency: int | None) -> Ablation:
    """That cluster out, or back again; None: the rest."""
    return replace(ablation, clusters=ablation.clusters ^ {frequency})


def toggle_head(ablation: Ablation, head: int) -> Ablation:
    return replace(ablation, heads=ablation.heads ^ {head})


def toggle_direct(ablation: Ablation) -> Ablation:
    """The path around the MLP out, or back again."""
    return replace(ablation, direct=not ablation.direct)


def toggle_fill(ablation: Ablation) -> Ablation:
    """Zero in place of what is out, or its mean."""
    return replace(ablation, fill="zero" if ablation.fill == "mean" else "mean")


def next_preset(ablation: Ablation) -> Ablation:
    """None, then each, then none again."""
    around = (None, *PRESETS)
    return replace(ablation, preset=around[(around.index(ablation.preset) + 1) % len(around)])


def whole(ablation: Ablation) -> Ablation:
    """Everything back."""
    return Ablation(fill=ablation.fill)


def cluster_name(frequency: int | None) -> str:
    return "rest" if frequency is None else f"cluster {frequency}"


def ablation_json(ablation: Ablation) -> dict[str, object] | None:
    """What is out, as provenance gives it; None for the whole model."""
    if ablation.nothing:
        return None
    return {
        "without_clusters": ["rest" if k is None else k for k in _in_order(ablation.clusters)],
        "without_heads": sorted(ablation.heads),
        "without_direct": ablation.direct,
        "preset": ablation.preset,
        "fill": ablation.fill,
    }


def ablation_text(ablation: Mapping[str, Any] | None) -> str:
    """What is out by `ablation_json`, for a person."""
    if ablation is None:
        return "the whole model"
    parts = [k if k == "rest" else f"cluster {k}" for k in ablation["without_clusters"]]
    parts += [f"head {head}" for head in ablation["without_heads"]]
    parts += ["direct path"] if ablation["without_direct"] else []
    knocked = f"out: {', '.join(parts)} ({ablation['fill']} in place)" if parts else ""
    preset = f"preset {ablation['preset']}" if ablation["preset"] else ""
    return " · ".join(filter(None, (knocked, preset)))


def _in_order(clusters: frozenset[int | None]) -> list[int | None]:
    """By frequency, the rest last."""
    return sorted(clusters, key=lambda frequency: (frequency is None, frequency or 0))
