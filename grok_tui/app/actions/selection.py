"""Moving the selection: epochs, neurons, heads, pairs; by steps or to a number."""

from __future__ import annotations

from collections.abc import Callable

from grok_tui.app.explorer_app import Instrument
from grok_tui.app.widgets.number_prompt import NumberPrompt
from grok_tui.render.cells import clean
from grok_tui.session.selection import nearest_epoch, step_cluster, step_epoch, step_in_cluster


class Moving(Instrument):
    """Every action ends in a new selection, or in a sentence that says why not."""

    def action_step_epoch(self, by: int) -> None:
        if self.selection and self.explorer:
            self.change(epoch=step_epoch(self.explorer.epochs, self.selection.epoch, by))

    def action_first_epoch(self) -> None:
        if self.explorer:
            self.change(epoch=self.explorer.epochs[0])

    def action_last_epoch(self) -> None:
        if self.explorer:
            self.change(epoch=self.explorer.epochs[-1])

    def action_goto_epoch(self) -> None:
        if explorer := self.explorer:
            epochs = explorer.epochs
            question = f"epoch, {epochs[0]:,} to {epochs[-1]:,} (the nearest checkpoint is taken)"
            self.push_screen(NumberPrompt(question), lambda numbers: self.go_to_epoch(*numbers or ()))

    def go_to_epoch(self, wanted: int | None = None) -> None:
        """The checkpoint nearest to a number."""
        if wanted is None or not self.explorer:
            return
        epoch = nearest_epoch(self.explorer.epochs, wanted)
        if epoch != wanted:
            self.notify(f"No checkpoint at epoch {wanted:,}; this is {epoch:,}.")
        self.change(epoch=epoch)

    def action_goto_neuron(self) -> None:
        if self.explorer:
            question = f"neuron, 0 to {self.explorer.run.config.d_mlp - 1}"
            self.push_screen(NumberPrompt(question), lambda numbers: self.go_to_neuron(*numbers or ()))

    def go_to_neuron(self, neuron: int | None = None) -> None:
        """That neuron, if there is one."""
        if neuron is not None and self.explorer:
            self._change_checked(self.explorer.check_neuron, neuron=neuron)

    def go_to_frequency(self, frequency: int) -> None:
        """The first neuron of that frequency's cluster, if it has any."""
        members = [cluster.neurons for cluster in self.clusters if cluster.frequency == frequency]
        if members and len(members[0]):
            self.change(neuron=int(members[0][0]))
        else:
            self.notify(f"No neuron is in a cluster of frequency {frequency} here.", severity="warning")

    def action_goto_pair(self) -> None:
        if self.explorer:
            largest = self.explorer.run.config.p - 1
            question = f"x y, each 0 to {largest}, with a space between"
            self.push_screen(NumberPrompt(question, 2), lambda numbers: self.go_to_pair(*numbers or ()))

    def go_to_pair(self, x: int | None = None, y: int | None = None) -> None:
        """That input, if there is one."""
        if x is not None and y is not None and self.explorer:
            self._change_checked(self.explorer.check_token, x=x, y=y)

    def _change_checked(self, check: Callable[[int], int], **fields: int) -> None:
        """Change the selection to numbers that a person typed, if there are such."""
        from engine import GrokError

        try:
            for number in fields.values():
                check(number)
        except GrokError as error:
            self.notify(clean(str(error)), severity="warning", markup=False)
        else:
            self.change(**fields)

    def action_step_neuron(self, by: int) -> None:
        if self.selection and self.clusters:
            self.change(neuron=step_in_cluster(self.clusters, self.selection.neuron, by))

    def action_step_cluster(self, by: int) -> None:
        if self.selection and self.clusters:
            self.change(neuron=step_cluster(self.clusters, self.selection.neuron, by))

    def action_step_head(self, by: int) -> None:
        if self.selection and self.explorer:
            self.change(head=(self.selection.head + by) % self.explorer.run.config.n_heads)

    def action_step_dimension(self, by: int) -> None:
        if self.selection and self.explorer:
            self.change(dimension=(self.selection.dimension + by) % self.explorer.run.config.d_model)

    def action_reference(self) -> None:
        if self.selection:
            self.change(reference_epoch=self.selection.epoch)
            self.notify(f"Key frequencies are now those of epoch {self.selection.epoch:,}.")

    def action_unwrap(self) -> None:
        if self.selection:
            self.change(order="natural" if self.selection.order == "unwrapped" else "unwrapped")
