"""Ablate parts of the network, and restore them."""

from __future__ import annotations

from engine.metrics.ablation_spec import Ablation
from engine.networks.parts import Part, missing_part
from grok_tui.app.actions.context import Handlers, RunContext
from grok_tui.session.ablation_selection import (
    ablation_json,
    ablation_text,
    next_preset,
    restore_all,
    toggle_cluster,
    toggle_direct,
    toggle_fill,
    toggle_head,
)
from grok_tui.session.selection import cluster_of


class AblateActions:
    """The keys act on the cluster of the selected neuron and on the selected head."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def handlers(self) -> Handlers:
        return {
            "ablate.cluster": self._toggle_cluster,
            "ablate.head": self._toggle_head,
            "ablate.direct": self._toggle_direct,
            "ablate.preset": lambda: self._set(next_preset(self._ablation)),
            "ablate.fill": lambda: self._set(toggle_fill(self._ablation)),
            "ablate.whole": lambda: self._set(restore_all(self._ablation)),
        }

    @property
    def _ablation(self) -> Ablation:
        return self._run.selection.ablation

    def _toggle_cluster(self) -> None:
        clusters = self._run.clusters
        if clusters:
            frequency = clusters[cluster_of(clusters, self._run.selection.neuron)].frequency
            self._set(toggle_cluster(self._ablation, frequency))

    def _toggle_head(self) -> None:
        if self._has("attention", "head ablation"):
            self._set(toggle_head(self._ablation, self._run.selection.head))

    def _toggle_direct(self) -> None:
        if self._has("direct path", "direct-path ablation"):
            self._set(toggle_direct(self._ablation))

    def _has(self, part: Part, what: str) -> bool:
        """Whether the network has a part; if not, a message says so."""
        run = self._run.explorer.run
        if not run.has_weights or part in run.config.parts:
            return True
        self._run.notify(str(missing_part(run.config, part, what=what)), severity="warning", markup=False)
        return False

    def _set(self, ablation: Ablation) -> None:
        """Select an ablation; where its view is not on show, a message says so: other views show the whole network."""
        self._run.change(ablation=ablation)
        if "ablation" not in self._run.grid.views:
            self._run.notify(f"ablation · {ablation_text(ablation_json(ablation))}")
