"""Knocking parts of the model out on the ablation bench, and bringing them back."""

from __future__ import annotations

from engine.metrics.ablation_spec import Ablation
from grok_tui.app.explorer_app import Instrument
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


class KnockingOut(Instrument):
    """The keys act on the selected neuron's cluster and on the selected head."""

    def action_ablate_cluster(self) -> None:
        if self.selection and self.clusters:
            frequency = self.clusters[cluster_of(self.clusters, self.selection.neuron)].frequency
            self._set_ablation(toggle_cluster(self.selection.ablation, frequency))

    def action_ablate_head(self) -> None:
        if self.selection:
            self._set_ablation(toggle_head(self.selection.ablation, self.selection.head))

    def action_ablate_direct(self) -> None:
        if self.selection:
            self._set_ablation(toggle_direct(self.selection.ablation))

    def action_next_preset(self) -> None:
        if self.selection:
            self._set_ablation(next_preset(self.selection.ablation))

    def action_toggle_fill(self) -> None:
        if self.selection:
            self._set_ablation(toggle_fill(self.selection.ablation))

    def action_whole_model(self) -> None:
        if self.selection:
            self._set_ablation(restore_all(self.selection.ablation))

    def _set_ablation(self, ablation: Ablation) -> None:
        """Put this on the bench; where the bench is not on show, say so: other panes mark clusters alone."""
        self.change(ablation=ablation)
        if "ablation" not in self.workspace.views:
            self.notify(f"ablation · {ablation_text(ablation_json(ablation))}")
