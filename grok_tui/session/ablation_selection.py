"""Which parts of the network are ablated, and how each key changes that. Pure: every change is a new Ablation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from engine.metrics.ablation_spec import Ablation, Preset

PRESETS: tuple[Preset, ...] = get_args(Preset)
NO_ABLATION = Ablation()


def toggle_cluster(ablation: Ablation, frequency: int | None) -> Ablation:
    """Ablate the cluster of a key frequency (None: the rest), or restore it."""
    return replace(ablation, clusters=ablation.clusters ^ {frequency})


def toggle_head(ablation: Ablation, head: int) -> Ablation:
    """Ablate an attention head, or restore it."""
    return replace(ablation, heads=ablation.heads ^ {head})


def toggle_direct(ablation: Ablation) -> Ablation:
    """Ablate the path around the MLP, or restore it."""
    return replace(ablation, direct=not ablation.direct)


def toggle_fill(ablation: Ablation) -> Ablation:
    """Switch between zero ablation and mean ablation."""
    return replace(ablation, fill="zero" if ablation.fill == "mean" else "mean")


def next_preset(ablation: Ablation) -> Ablation:
    """Step through the presets and no preset, in a cycle."""
    cycle = (None, *PRESETS)
    return replace(ablation, preset=cycle[(cycle.index(ablation.preset) + 1) % len(cycle)])


def restore_all(ablation: Ablation) -> Ablation:
    """Restore all parts and clear the preset; the choice of zero or mean ablation stays."""
    return Ablation(fill=ablation.fill)


def cluster_name(frequency: int | None) -> str:
    return "rest" if frequency is None else f"cluster {frequency}"


def ablation_json(ablation: Ablation) -> dict[str, object] | None:
    """The ablation as provenance records it; None if nothing is ablated."""
    if ablation.nothing:
        return None
    return {
        "without_clusters": ["rest" if k is None else k for k in _sorted(ablation.clusters)],
        "without_heads": sorted(ablation.heads),
        "without_direct": ablation.direct,
        "preset": ablation.preset,
        "fill": ablation.fill,
    }


def ablation_text(ablation: Mapping[str, Any] | None) -> str:
    """Describe the result of `ablation_json`, such as `ablated: cluster 52, head 0 (zero ablation)`."""
    if ablation is None:
        return "nothing ablated"
    parts = [k if k == "rest" else f"cluster {k}" for k in ablation["without_clusters"]]
    parts += [f"head {head}" for head in ablation["without_heads"]]
    parts += ["direct path"] if ablation["without_direct"] else []
    ablated = f"ablated: {', '.join(parts)} ({ablation['fill']} ablation)" if parts else ""
    preset = f"preset {ablation['preset']}" if ablation["preset"] else ""
    return " · ".join(filter(None, (ablated, preset)))


def ablated_texts(ablation: Ablation) -> tuple[str, ...]:
    """What is ablated, from the longest text to the shortest; none if nothing is. A list that is cut ends in `…`.

    >>> ablated_texts(Ablation(clusters=frozenset({14, 52})))
    ('ablated: cluster 14, cluster 52', 'ablated: cluster 14, …', 'ablated: …')
    """
    if ablation.nothing:
        return ()
    parts = [cluster_name(frequency) for frequency in _sorted(ablation.clusters)]
    parts += [f"head {head}" for head in sorted(ablation.heads)]
    parts += ["direct path"] if ablation.direct else []
    parts += [f"preset {ablation.preset}"] if ablation.preset else []
    cut = [", ".join([*parts[:count], "…"]) for count in range(len(parts) - 1, -1, -1)]
    return tuple(f"ablated: {text}" for text in (", ".join(parts), *cut))


def _sorted(clusters: frozenset[int | None]) -> list[int | None]:
    """By frequency, the rest last."""
    return sorted(clusters, key=lambda frequency: (frequency is None, frequency or 0))
