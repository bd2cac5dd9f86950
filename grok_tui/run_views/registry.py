"""The registry: every view over many runs by its name, as `grok-tui runs --view` and the table of runs show them."""

from typing import Any

from grok_tui.run_views import frequency_histogram, group_table, loss_curves, phase_diagram
from grok_tui.run_views.run_view import RunsView

RUN_VIEWS: dict[str, RunsView[Any]] = {
    module.VIEW.name: module.VIEW for module in (loss_curves, phase_diagram, frequency_histogram, group_table)
}
