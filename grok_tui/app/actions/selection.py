"""Move the selection: epochs, neurons, clusters, heads, layers, dimensions, pairs; by steps or to a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from engine.errors import GrokError
from engine.networks.layers import n_layers, one_layer_text, shown_layer
from engine.runs.unknown_config import needs_weights
from grok_tui.app.actions.context import Counted, Handlers, RunContext, stepping
from grok_tui.render.cell_text import clean
from grok_tui.render.target import Target
from grok_tui.session.ablation_selection import restore_all
from grok_tui.session.key_names import key_name
from grok_tui.session.selection import (
    NEXT_ACTIVATION,
    nearest_epoch,
    orders_of,
    step_cluster,
    step_epoch,
    step_in_cluster,
)


class SelectionActions:
    """Each action ends in a new selection, or in a message that says why not."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def handlers(self) -> Handlers:
        return {
            "epoch.next": stepping(self.step_epoch, 1),
            "epoch.previous": stepping(self.step_epoch, -1),
            "epoch.next10": stepping(self.step_epoch, 10),
            "epoch.previous10": stepping(self.step_epoch, -10),
            "epoch.first": self._or_go_to(self.go_to_epoch, lambda: self._go_to_end(0)),
            "epoch.last": self._or_go_to(self.go_to_epoch, lambda: self._go_to_end(-1)),
            "epoch.goto": self._or_go_to(self.go_to_epoch, self._ask_epoch),
            "epoch.reference": self._set_reference_epoch,
            "neuron.next": stepping(self._step_neuron, 1),
            "neuron.previous": stepping(self._step_neuron, -1),
            "neuron.goto": self._or_go_to(self.go_to_neuron, self._ask_neuron),
            "cluster.next": stepping(self._step_cluster, 1),
            "cluster.previous": stepping(self._step_cluster, -1),
            "pair.goto": self._ask_pair,
            "head.next": stepping(self._step_head, 1),
            "head.previous": stepping(self._step_head, -1),
            "layer.next": stepping(self._step_layer, 1),
            "layer.previous": stepping(self._step_layer, -1),
            "dimension.next": stepping(self._step_dimension, 1),
            "dimension.previous": stepping(self._step_dimension, -1),
            "map.unwrap": self._toggle_order,
            "map.activation": self._next_activation,
        }

    @staticmethod
    def _or_go_to(go_to: Callable[[int], None], without_count: Callable[[], None]) -> Counted:
        """With a count, go to that number, as `G` does in vim."""
        return Counted(lambda count: without_count() if count is None else go_to(count))

    def _go_to_end(self, end: Literal[0, -1]) -> None:
        self._run.change(epoch=self._run.explorer.epochs[end])

    def step_epoch(self, by: int) -> None:
        """Select the epoch `by` checkpoints further, stopping at the ends."""
        run = self._run
        run.change(epoch=step_epoch(run.explorer.epochs, run.selection.epoch, by))

    def choose(self, target: Target) -> None:
        """Select what a cell of a pane stands for: for mouse clicks, the crosshair's enter and jump mode."""
        if target.cluster is not None:
            self.go_to_frequency(None if target.cluster == "rest" else target.cluster)
            return
        fields = {name: getattr(target, name) for name in ("x", "y", "neuron", "head")}
        if target.epoch is not None:
            fields["epoch"] = nearest_epoch(self._run.explorer.epochs, target.epoch)
        self._run.change(**{name: value for name, value in fields.items() if value is not None})

    def go_to_epoch(self, number: int) -> None:
        """Select the checkpoint nearest to a number."""
        epoch = nearest_epoch(self._run.explorer.epochs, number)
        if epoch != number:
            self._run.notify(f"No checkpoint at epoch {number:,}; this is {epoch:,}.")
        self._run.change(epoch=epoch)

    def go_to_neuron(self, neuron: int) -> None:
        self._change_checked(self._run.explorer.check.neuron, neuron=neuron)

    def go_to_frequency(self, frequency: int | None) -> None:
        """Select the first neuron of a frequency's cluster, or of the rest (None), if it has any."""
        members = [cluster.neurons for cluster in self._run.clusters if cluster.frequency == frequency]
        if members and len(members[0]):
            self._run.change(neuron=int(members[0][0]))
        else:
            where = "the rest" if frequency is None else f"a cluster of frequency {frequency}"
            self._run.notify(f"No neuron is in {where} here.", severity="warning")

    def go_to_pair(self, x: int, y: int) -> None:
        self._change_checked(self._run.explorer.check.token, x=x, y=y)

    def _change_checked(self, check: Callable[[int], int], **fields: int) -> None:
        """Change fields of the selection to numbers that the user typed, if `check` accepts them."""
        try:
            for number in fields.values():
                check(number)
        except GrokError as error:
            self._run.notify(clean(str(error)), severity="warning", markup=False)
        else:
            self._run.change(**fields)

    def _ask(
        self,
        question: str,
        hint: str,
        count: int,
        go_to: Callable[..., None],
        shortcuts: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        """Ask for `count` numbers; an empty answer changes nothing. The hint is shown until something is typed."""
        from grok_tui.app.widgets.number_prompt import NumberPrompt

        prompt = NumberPrompt(question, count, hint, shortcuts)
        self._run.app.push_screen(prompt, lambda numbers: go_to(*numbers) if numbers else None)

    def _ask_epoch(self) -> None:
        """Ask for an epoch; the key that opened the prompt goes to the first one, like `gg` in vim."""
        epochs, key = self._run.explorer.epochs, self._run.key_label("epoch.goto")
        question, hint = f"epoch, {epochs[0]:,} to {epochs[-1]:,}", f"selects the nearest checkpoint; {key}: the first"
        self._ask(question, hint, 1, self.go_to_epoch, {key_name(key): (epochs[0],)})

    def _ask_neuron(self) -> None:
        last, shown = self._run.explorer.run.config.n_neurons - 1, self._run.selection.neuron
        self._ask(f"neuron, 0 to {last}", f"{shown} is selected", 1, self.go_to_neuron)

    def _ask_pair(self) -> None:
        largest = self._run.explorer.run.config.p - 1
        self._ask(f"pair x y, each 0 to {largest}", "such as 3 5 or 3,5 or 3+5", 2, self.go_to_pair)

    def _step_neuron(self, by: int) -> None:
        if self._run.clusters:
            self._run.change(neuron=step_in_cluster(self._run.clusters, self._run.selection.neuron, by))

    def _step_cluster(self, by: int) -> None:
        if self._run.clusters:
            self._run.change(neuron=step_cluster(self._run.clusters, self._run.selection.neuron, by))

    def _step_head(self, by: int) -> None:
        if n_heads := self._run.explorer.run.config.n_heads:
            self._run.change(head=(self._run.selection.head + by) % n_heads)

    def _step_layer(self, by: int) -> None:
        """Show another MLP layer, after the last one the first; a neuron that it lacks becomes its last.

        Clusters and heads are those of one layer, so ablated parts are restored.
        """
        explorer, selection = self._run.explorer, self._run.selection
        if not explorer.run.has_weights:
            raise needs_weights(explorer.run.name)
        config = explorer.run.config
        if n_layers(config) == 1:
            self._run.notify(one_layer_text(config), severity="warning", markup=False)
            return
        layer = (shown_layer(config) + by) % n_layers(config)
        last_neuron = explorer.at_layer(layer).run.config.n_neurons - 1
        if not selection.ablation.nothing:
            self._run.notify("Ablations are of one layer; all parts are restored.")
        ablation = restore_all(selection.ablation)
        self._run.change(layer=layer, neuron=min(selection.neuron, last_neuron), ablation=ablation)

    def _step_dimension(self, by: int) -> None:
        if d_model := self._run.explorer.run.config.d_model:
            self._run.change(dimension=(self._run.selection.dimension + by) % d_model)

    def _set_reference_epoch(self) -> None:
        epoch = self._run.selection.epoch
        self._run.change(reference_epoch=epoch)
        self._run.notify(f"Key frequencies are now those of epoch {epoch:,}.")

    def _next_activation(self) -> None:
        self._run.change(activation=NEXT_ACTIVATION[self._run.selection.activation])

    def _toggle_order(self) -> None:
        orders = orders_of(self._run.explorer)
        self._run.change(order=orders[(orders.index(self._run.selection.order) + 1) % len(orders)])
