"""Every view by its name, in the order in which they are listed."""

from typing import Any

from grok_tui.views import clusters, losses, neuron, spectrum
from grok_tui.views.view import View

VIEWS: dict[str, View[Any]] = {view.name: view for view in (losses.VIEW, neuron.VIEW, spectrum.VIEW, clusters.VIEW)}
