"""A network of any architecture in a line: its task, what it is, and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.networks.network_config import NetworkConfig


def describe_network(config: NetworkConfig) -> str:
    """What a network is, and its settings except its task and the layer on show."""
    settings = (
        f"{name} {_setting(value)}"
        for name, value in config.reported().items()
        if name not in ("p", "operation", "layer") and value is not None
    )
    return ", ".join([config.description, *settings])


def _setting(value: object) -> str:
    """
    >>> _setting(["ln1", "ln2"]), _setting([]), _setting(128)
    ('ln1 ln2', 'none', '128')
    """
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value)) or "none"
    return str(value)
