"""Which views share a screen: at most four, two by two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Workspace:
    """A screen of panes, by the names of their views."""

    name: str
    views: tuple[str, ...]


WORKSPACES = (
    Workspace("overview", ("losses", "clusters", "neuron", "spectrum")),
    Workspace("neurons", ("frequencies", "quadratic", "block", "neuron-phases")),
    Workspace("attention", ("attention", "attention-map", "attention-spectrum", "attention-history")),
    Workspace("embedding", ("embedding", "embedding-spectrum", "embedding-norms", "embedding-history")),
    Workspace("circuits", ("ov", "ov-spectrum", "qk", "logit-weights")),
    Workspace("logits", ("unembedding", "logit-formula", "pair")),
    Workspace("interventions", ("interventions", "ablation", "cluster-spectra", "mean-spectrum")),
    Workspace("training", ("progress", "test-trig-ratio", "trig-fraction", "phases")),
    Workspace("emergence", ("emergence", "history", "weights", "sparsity")),
)
# Former names of views, which scripts and saved sessions still use.
VIEW_ALIASES = {"bench": "ablation"}
# Every view is in a workspace; this list imports no view.
VIEW_NAMES = tuple(name for workspace in WORKSPACES for name in workspace.views)


def workspace_named(name: str) -> Workspace:
    """The workspace of that name, or the first."""
    return next((workspace for workspace in WORKSPACES if workspace.name == name), WORKSPACES[0])
