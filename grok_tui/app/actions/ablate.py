"""Knocking parts of the model out on the ablation bench, and bringing them back."""

from __future__ import annotations

from grok_tui.app.explorer_app import Instrument
from grok_tui.session.ablation_selection import (
    Ablation,
    described,
    in_words,
    next_preset,
    toggle_cluster,
    toggle_direct,
    toggle_fill,
    toggle_head,
    whole,
)
from grok_tui.session.selection import cluster_of


class KnockingOut(Instrument):
    """The keys act on the selected neuron's cluster and on the selected head."""

    def action_knock_cluster(self) -> None:
        if self.selection and self.clusters:
            frequency = self.clusters[cluster_of(self.clusters, self.selection.neuron)].frequency
            self._knock_out(toggle_cluster(self.selection.out, frequency))

    def action_knock_head(self) -> None:
        if self.selection:
            self._knock_out(toggle_head(self.selection.out, self.selection.head))

    def action_knock_direct(self) -> None:
        if self.selection:
            self._knock_out(toggle_direct(self.selection.out))

    def action_next_preset(self) -> None:
        if self.selection:
            self._knock_out(next_preset(self.selection.out))

    def action_toggle_fill(self) -> None:
        if self.selection:
            self._knock_out(toggle_fill(self.selection.out))

    def action_whole_model(self) -> None:
        if self.selection:
            self._knock_out(whole(self.selection.out))

    def _knock_out(self, out: Ablation) -> None:
        """Put this on the bench; where the bench is not on show, say so: other panes mark clusters alone."""
        self.change(out=out)
        if "bench" not in self.workspace.views:
            self.notify(f"ablation bench · {in_words(described(out))}")
