"""The protocol of a config: what is known of a network of any architecture before its weights are read.

Imports no torch: the command line and the screen ask it which views apply. `config.ModelConfig` is the config of the
study's architecture; each other architecture has a frozen dataclass of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

from engine.networks.config import Operation, Task
from engine.networks.parts import HasParts


class NetworkConfig(HasParts, Protocol):
    """The architecture and the task of a network: frozen, hashable, compared by value."""

    @property
    def p(self) -> int: ...

    @property
    def operation(self) -> Operation: ...

    @property
    def table(self) -> tuple[int, ...] | None:
        """The answers of the operation "table", as in `Task`."""
        ...

    @property
    def task(self) -> Task: ...

    @property
    def n_frequencies(self) -> int: ...

    @property
    def n_neurons(self) -> int:
        """The number of neurons of the layer on show."""
        ...

    @property
    def n_heads(self) -> int:
        """The number of attention heads of the layer on show; 0 without attention."""
        ...

    @property
    def d_model(self) -> int:
        """The number of dimensions of W_E and W_U; 0 without either."""
        ...

    @property
    def positions(self) -> tuple[str, ...]:
        """With "attention": the names of the positions that can be attended to; `x` is that of x. Else empty."""
        ...

    @property
    def read_position(self) -> str:
        """With "attention": the name of the position that it is from, such as `=`."""
        ...

    def reported(self) -> Mapping[str, object]:
        """The settings that every export includes, as JSON values; `p` and `operation` are among them."""
        ...

    def with_tokens(self, q: int, operation: Operation) -> Self:
        """The config of the network on q of its number tokens, on whose indices it does another operation."""
        ...
