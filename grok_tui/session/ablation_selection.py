"""Which parts of the model are knocked out, and how each key changes that. Pure: a change is a new Ablation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from engine.metrics.ablation import Ablation

Preset = Literal["key-frequencies", "key-frequencies-no-rest", "sum-directions"]
Fill = Literal["zero", "mean"]
PRESETS: tuple[Preset, ...] = get_args(Preset)


@dataclass(frozen=True)
class Ablation:
    """What is out and what stands in its place; `engine.metrics.ablation.Ablation`, which says what each means, without torch.

    By default nothing is out.
    """

    clusters: frozenset[int | None] = frozenset()  # by key frequency; None: the rest
    heads: frozenset[int] = frozenset()
    direct: bool = False  # the path around the MLP is out
    preset: Preset | None = None
    fill: Fill = "zero"


WHOLE = Ablation()


def toggle_cluster(out: Ablation, frequency: int | None) -> Ablation:
    """That cluster out, or back again; None: the rest."""
    return replace(out, clusters=out.clusters ^ {frequency})


def toggle_head(out: Ablation, head: int) -> Ablation:
    return replace(out, heads=out.heads ^ {head})


def toggle_direct(out: Ablation) -> Ablation:
    """The path around the MLP out, or back again."""
    return replace(out, direct=not out.direct)


def toggle_fill(out: Ablation) -> Ablation:
    """Zero in place of what is out, or its mean."""
    return replace(out, fill="zero" if out.fill == "mean" else "mean")


def next_preset(out: Ablation) -> Ablation:
    """None, then each, then none again."""
    around = (None, *PRESETS)
    return replace(out, preset=around[(around.index(out.preset) + 1) % len(around)])


def whole(out: Ablation) -> Ablation:
    """Everything back."""
    return Ablation(fill=out.fill)


def nothing_out(out: Ablation) -> bool:
    return out == whole(out)


def ablation_of(out: Ablation) -> Ablation:
    """The same to the engine."""
    from engine.metrics.ablation import Ablation

    return Ablation(**vars(out))


def cluster_name(frequency: int | None) -> str:
    return "rest" if frequency is None else f"cluster {frequency}"


def described(out: Ablation) -> dict[str, object] | None:
    """What is out, as provenance gives it; None for the whole model."""
    if nothing_out(out):
        return None
    return {
        "without_clusters": ["rest" if k is None else k for k in _in_order(out.clusters)],
        "without_heads": sorted(out.heads),
        "without_direct": out.direct,
        "preset": out.preset,
        "fill": out.fill,
    }


def in_words(ablation: Mapping[str, Any] | None) -> str:
    """What is out by `described`, for a person."""
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
