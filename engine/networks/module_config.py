"""The config of a network that is any `torch.nn.Module`: which of its modules are read, and how. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.networks.config import Operation, Prompt, Task, check_task, require
from engine.networks.parts import Part

# Activations and logits of all pairs are kept up to this size: those of p = 113 with 512 neurons in float64 are.
KEPT_BYTES = 128 << 20
PAIR_INPUT = "x, y"  # the prompt of a module that is called with two tensors, those of x and of y


@dataclass(frozen=True)
class ModuleConfig:
    """A module that computes an operation modulo p, read at the modules that the user names.

    `neurons`, `pre` and `attention` name submodules: their output, or with `:input` behind the name their input. The
    second axis of those in `batch_second` is the batch; "" stands for the output of the whole module. `read_index` is
    the position of activations, logits and attention, where they have positions; -1 is the last.

    The module reads `prompt`, or x and y as two tensors if it is None. It knows `n_tokens` numbers, which are more
    than p for a network on some of its tokens (`with_tokens`). `code` is the file and function that built it, with the
    digest of the code, for a module that is built from a file.

    Raises:
        InvalidConfig: a value is out of range.
    """

    p: int
    n_tokens: int
    module: str  # the name of its class
    neurons: str
    pre: str
    n_neurons: int
    prompt: Prompt | None
    operation: Operation = "add"
    table: tuple[int, ...] | None = field(default=None, hash=False, repr=False)  # as in `Task`
    read_index: int = -1
    attention: str | None = None
    n_heads: int = 0
    n_attended: int = 0  # positions that can be attended to
    W_E: str | None = None  # the name of the parameter
    W_U: str | None = None
    d_model: int = 0
    batch_second: tuple[str, ...] = ()
    code: str | None = None
    code_sha256: str | None = None

    def __post_init__(self) -> None:
        check_task(self.p, self.operation, self.table)
        require(self.p <= self.n_tokens, f"p must be at most n_tokens = {self.n_tokens}; found {self.p}.")
        require(self.n_neurons >= 1, f"{self.neurons} must have neurons; found {self.n_neurons}.")

    @property
    def task(self) -> Task:
        """The operation and its numbers."""
        return Task(self.p, self.operation, self.table)

    @property
    def n_frequencies(self) -> int:
        """K = floor(p/2), as in `ModelConfig`."""
        return self.p // 2

    @property
    def description(self) -> str:
        """Whose network it is, and its class."""
        return f"your own module {self.module}"

    @property
    def parts(self) -> frozenset[Part]:
        """Those that are named: attention, W_E and W_U. The tail is not known to be linear."""
        named: tuple[tuple[Part, str | None], ...] = (
            ("attention", self.attention),
            ("W_E", self.W_E),
            ("W_U", self.W_U),
        )
        return frozenset(part for part, name in named if name is not None)

    def kept_bytes(self, itemsize: int) -> int:
        """The size of pre-activations, activations and logits of all pairs, in bytes."""
        return self.p**2 * (2 * self.n_neurons + self.p) * itemsize

    @property
    def described_prompt(self) -> str:
        """The prompt as `--prompt` takes it."""
        return PAIR_INPUT if self.prompt is None else self.prompt.describe(self.n_tokens)

    @property
    def n_positions(self) -> int:
        """The length of the prompt; 1 for two tensors."""
        return 1 if self.prompt is None else self.prompt.n_ctx

    @property
    def positions(self) -> tuple[str, ...]:
        """With attention: the tokens of the prompt, or numbers if attention has other positions. Else empty."""
        if self.attention is None:
            return ()
        names = tuple(self.described_prompt.replace(",", "").split())
        return names if len(names) == self.n_attended else tuple(map(str, range(self.n_attended)))

    @property
    def read_position(self) -> str:
        """With attention: the name of the position that it is from."""
        positions = self.positions
        return positions[self.read_index] if -len(positions) <= self.read_index < len(positions) else ""

    def reported(self) -> Mapping[str, object]:
        """The settings that every export includes."""
        code = {} if self.code is None else {"network": self.code, "network_sha256": self.code_sha256}
        names = ("p", "operation", "module", "neurons", "pre", "n_neurons", "read_index", "attention", "W_E", "W_U")
        return {**{name: getattr(self, name) for name in names}, "prompt": self.described_prompt, **code}

    def with_tokens(self, q: int, operation: Operation) -> ModuleConfig:
        """The config of the network on q of its number tokens; the module itself still reads all of them."""
        return replace(self, p=q, operation=operation, table=None)
