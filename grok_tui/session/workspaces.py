"""Which views share a screen: at most four, two by two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Workspace:
    """A screen of panes, by the names of their views. A further view takes the last pane when it is found by name.

    With `high_top` the upper panes are the higher ones, where there are two rows of them.
    """

    name: str
    views: tuple[str, ...]
    further: tuple[str, ...] = ()
    high_top: bool = False

    @property
    def all_views(self) -> tuple[str, ...]:
        return (*self.views, *self.further)

    def views_with(self, name: str | None) -> tuple[str, ...]:
        """The views on show, with a further view in the last pane.

        >>> Workspace("logits", ("unembedding", "pair"), ("algorithm",)).views_with("algorithm")
        ('unembedding', 'algorithm')
        """
        return (*self.views[:-1], name) if name is not None and name in self.further else self.views


WORKSPACES = (
    Workspace("overview", ("losses", "clusters", "neuron", "spectrum")),
    Workspace("neurons", ("frequencies", "quadratic", "block", "neuron-phases"), ("neuron-phases-history",)),
    Workspace("attention", ("attention", "attention-map", "attention-spectrum", "attention-history")),
    Workspace("embedding", ("embedding", "embedding-spectrum", "embedding-norms", "embedding-history")),
    Workspace("circuits", ("ov", "ov-spectrum", "qk", "logit-weights")),
    Workspace("logits", ("unembedding", "logit-formula", "pair"), ("algorithm", "algorithm-history", "commutativity")),
    Workspace("interventions", ("interventions", "ablation", "cluster-spectra", "mean-spectrum")),
    Workspace(
        "progress",
        ("progress", "test-trig-ratio", "trig-fraction", "phases"),
        ("collapse", "learned", "llc"),
        high_top=True,  # for the excluded loss of each frequency
    ),
    Workspace(
        "emergence", ("emergence", "history", "weights", "sparsity"), ("frequency-history", "ranks", "ranks-history")
    ),
)
# Former names of workspaces, which config.toml and saved sessions may still have.
WORKSPACE_ALIASES = {"training": "progress"}
# Former names of views, which scripts and saved sessions still use.
VIEW_ALIASES = {"bench": "ablation"}
# Every view is in a workspace; this list imports no view.
VIEW_NAMES = tuple(name for workspace in WORKSPACES for name in workspace.all_views)


def workspace_named(name: str) -> Workspace:
    """The workspace of that name, present or former, or the first."""
    name = WORKSPACE_ALIASES.get(name, name)
    return next((workspace for workspace in WORKSPACES if workspace.name == name), WORKSPACES[0])
