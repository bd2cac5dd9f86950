"""The config of a network and its task: frozen, validated on construction, stored in `run.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Literal, Self, get_args

from engine.errors import GrokError, UnknownQuery
from engine.networks.number_theory import is_prime
from engine.networks.parts import PARTS, Part

# gelu_new is the tanh approximation of gelu; quadratic squares.
ActFn = Literal["relu", "gelu", "gelu_new", "silu", "tanh", "quadratic"]
ACT_FNS: tuple[ActFn, ...] = get_args(ActFn)
Operation = Literal["add", "subtract", "multiply", "divide", "x^2+y^2", "x^2+xy+y^2", "x^3+xy", "table"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
# The position of the prompt that a transformer is read at.
ReadAt = Literal["last", "first", "mean"]
READ_AT: tuple[ReadAt, ...] = get_args(ReadAt)
# The order of the norms of a transformer, or that it has none.
NormSetting = Literal["none", "pre", "post"]
NORMS: tuple[NormSetting, ...] = get_args(NormSetting)
# Operations with the right answer (x + sign * y) mod p.
SIGNS: Mapping[Operation, int] = {"add": 1, "subtract": -1}
# A file can declare any sizes, so these limit what is allocated: p^2 numbers for a split or the losses, and the numbers
# of one token table.
MAX_P, MAX_TABLE_SIZE = 1024, 2**26


class InvalidConfig(GrokError):
    """A setting outside its range."""


class NoSumDirections(UnknownQuery):
    """A metric needs the functions of x + y or x - y, and the right answer is not one of them."""


def require(condition: bool, message: str) -> None:
    """Check a condition on a setting.

    Raises:
        InvalidConfig: the condition does not hold.
    """
    if not condition:
        raise InvalidConfig(message)


def is_token_id(word: str) -> bool:
    """True for a decimal token id. The length is limited because `int` refuses thousands of digits."""
    return word.isdecimal() and len(word) < 20


@dataclass(frozen=True)
class Task:
    """An operation on the numbers 0 .. p-1: it determines the right answer of every pair (`task.answers`).

    `table` holds the answers of the operation "table", row by row of x, and is None for all others.
    """

    p: int
    operation: Operation
    # Not hashed, which would take as long as comparing: few tasks differ in their table alone.
    table: tuple[int, ...] | None = field(default=None, hash=False, repr=False)

    @property
    def has_sum_directions(self) -> bool:
        """Whether the right answer is a function of x + y or of x - y modulo p."""
        return self.no_sum_directions is None

    @property
    def no_sum_directions(self) -> str | None:
        """A note if the right answer is not a function of x + y or x - y modulo p; None if it is one."""
        return None if self.operation in SIGNS else f"{self.operation} mod {self.p} has no sum directions"

    @property
    def sign(self) -> int:
        """The sign of y in the right answer (x + sign * y) mod p.

        Raises:
            NoSumDirections: the operation neither adds nor subtracts.
        """
        self.require_sum_directions()
        return SIGNS[self.operation]

    def require_sum_directions(self) -> None:
        """Check that `has_sum_directions`.

        Raises:
            NoSumDirections: it has none; the message says which operations have them.
        """
        if self.no_sum_directions is not None:
            raise NoSumDirections(
                f"{self.no_sum_directions}; add and subtract have them, and modulo a prime multiply and divide."
            )


@dataclass(frozen=True)
class Prompt:
    """The tokens that the network reads, one slot per position: `"x"`, `"y"` or the token id of a constant.

    The number y has token `y + y_offset`: 0, or p if the second operand has tokens of its own.

    >>> Prompt.parse("x y =", p=113).slots
    ('x', 'y', 113)
    >>> Prompt.parse("x op y =", p=113).slots
    ('x', 113, 'y', 114)
    >>> Prompt.parse("x 113 y 114", p=113).describe(113)
    'x op y ='
    >>> Prompt.parse("x y+113 =", p=113).slots, Prompt.parse("x y+113 =", p=113).y_offset
    (('x', 'y', 226), 113)
    """

    slots: tuple[str | int, ...]
    y_offset: int = 0

    def __post_init__(self) -> None:
        variables = [slot for slot in self.slots if isinstance(slot, str)]
        require(
            sorted(variables) == ["x", "y"],
            f"A prompt contains x once and y once, as in 'x y ='; found {' '.join(map(str, self.slots))!r}.",
        )

    @staticmethod
    def parse(text: str, p: int) -> Prompt:
        """Parse `x y =`, `x op y =`, `x y` or explicit token ids.

        `op` is the first token after the numbers, `=` the next one, or the first if there is no `op`. `y+113` says
        that the tokens of y start at 113.
        """
        words = text.split()
        y_offset = next((int(word[2:]) for word in words if word.startswith("y+") and is_token_id(word[2:])), 0)
        free = y_offset + p if y_offset else p
        named = {"op": free, "=": free + 1 if "op" in words else free}
        slots: list[str | int] = []
        for word in words:
            if word in ("x", "y"):
                slots.append(word)
            elif word.startswith("y+") and is_token_id(word[2:]):
                slots.append("y")
            elif word in named:
                slots.append(named[word])
            elif is_token_id(word):
                slots.append(int(word))
            else:
                raise InvalidConfig(f"A prompt consists of x, y, op, = and token ids; found {word!r}.")
        return Prompt(tuple(slots), y_offset)

    def describe(self, p: int) -> str:
        """The shortest text that `parse` turns into this prompt."""
        constants = [slot for slot in self.slots if isinstance(slot, int)]
        free = self.y_offset + p if self.y_offset else p
        names = {1: {free: "="}, 2: {free: "op", free + 1: "="}}.get(len(constants), {})
        plain = [f"y+{self.y_offset}" if slot == "y" and self.y_offset else str(slot) for slot in self.slots]
        words = [
            names.get(slot, word) if isinstance(slot, int) else word
            for slot, word in zip(self.slots, plain, strict=True)
        ]
        return " ".join(words) if Prompt.parse(" ".join(words), p) == self else " ".join(plain)

    @property
    def n_ctx(self) -> int:
        return len(self.slots)

    @property
    def x_position(self) -> int:
        return self.slots.index("x")


def check_task(p: int, operation: Operation, table: tuple[int, ...] | None) -> None:
    """Check p and the operation: "table" has p * p answers, the others have none.

    Raises:
        InvalidConfig: p is out of range, or the operation or its table is not valid.
    """
    require(p >= 3, f"p must be at least 3; found {p}.")
    require(p <= MAX_P, f"p must be at most {MAX_P:,}; found {p:,}.")
    require(operation in OPERATIONS, f"operation must be one of {', '.join(OPERATIONS)}; found {operation!r}.")
    require(operation != "divide" or is_prime(p), f"divide needs a prime p; found {p}.")
    n_answers = 0 if table is None else len(table)
    expected = p**2 if operation == "table" else 0
    require(
        n_answers == expected,
        f"The operation {operation!r} with p = {p} needs a table of {expected:,} answers; found {n_answers:,}.",
    )
    for answer in table or ():
        require(
            type(answer) is int and 0 <= answer < p,
            f"An answer of the table must be a whole number from 0 to p - 1 = {p - 1}; found {answer!r}.",
        )


def require_heads(d_model: int, n_heads: int) -> None:
    """Check that the residual stream is divided evenly among heads.

    Raises:
        InvalidConfig: it is not.
    """
    require(
        n_heads >= 1 and d_model >= n_heads and d_model % n_heads == 0,
        f"d_model must be a multiple of n_heads; found {d_model} and {n_heads}.",
    )


def check_act_fn(act_fn: ActFn) -> None:
    """Check the name of an activation.

    Raises:
        InvalidConfig: there is none of that name.
    """
    require(act_fn in ACT_FNS, f"act_fn must be one of {', '.join(ACT_FNS)}; found {act_fn!r}.")


def check_tokens(p: int, prompt: Prompt, d_vocab: int, d_vocab_out: int) -> None:
    """Check that the embedding has all tokens of the prompt, and the logits all answers.

    Raises:
        InvalidConfig: a token id is out of range, or there are too few tokens or logits.
    """
    require(d_vocab >= p, f"d_vocab must be at least p = {p}; found {d_vocab}.")
    require(d_vocab_out >= p, f"d_vocab_out must be at least p = {p}; found {d_vocab_out}.")
    require(
        prompt.y_offset == 0 or p <= prompt.y_offset <= d_vocab - p,
        f"The tokens of y must start at 0 or from p = {p} to {d_vocab - p}; found {prompt.y_offset}.",
    )
    for slot in prompt.slots:
        require(
            isinstance(slot, str) or p <= slot < d_vocab,
            f"A constant of the prompt must be a token id from p = {p} to {d_vocab - 1}; found {slot}.",
        )


@dataclass(frozen=True)
class ModelConfig:
    """The architecture and the task of a one-layer transformer that computes an operation modulo p.

    `d_vocab` is the number of input tokens: the p numbers, then the constants. `d_vocab_out` is the number of logits;
    the first p are answers. Attention is `attn_coeff * softmax + (1 - attn_coeff)`: with 1 the usual softmax, with 0
    the same weight 1 for every position (Zhong et al. 2023, "The Clock and the Pizza", section 3).

    Raises:
        InvalidConfig: a value is out of range.
    """

    p: int
    d_model: int
    n_heads: int
    d_head: int
    d_mlp: int
    prompt: Prompt
    d_vocab: int
    d_vocab_out: int
    act_fn: ActFn = "relu"
    operation: Operation = "add"
    attn_coeff: float = 1.0
    table: tuple[int, ...] | None = field(default=None, hash=False, repr=False)  # as in `Task`

    def __post_init__(self) -> None:
        for name in ("d_model", "n_heads", "d_head", "d_mlp"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1; found {getattr(self, name)}.")
        check_task(self.p, self.operation, self.table)
        check_act_fn(self.act_fn)
        require(isfinite(self.attn_coeff), f"attn_coeff must be a finite number; found {self.attn_coeff}.")
        check_tokens(self.p, self.prompt, self.d_vocab, self.d_vocab_out)
        require(
            self._largest_table <= MAX_TABLE_SIZE,
            f"The largest token table of this network would have {self._largest_table:,} numbers; "
            f"the limit is {MAX_TABLE_SIZE:,}.",
        )

    @property
    def _largest_table(self) -> int:
        """Numbers in the larger of the token tables of all positions and of W_O W_in of all heads."""
        by_token = self.prompt.n_ctx * self.p * self.n_heads * max(self.p, self.d_head, self.d_mlp)
        return max(by_token, self.n_heads * self.d_head * self.d_mlp)

    @staticmethod
    def standard(
        p: int = 113,
        d_model: int = 128,
        n_heads: int = 4,
        d_mlp: int = 512,
        act_fn: ActFn = "relu",
        operation: Operation = "add",
        table: tuple[int, ...] | None = None,
    ) -> ModelConfig:
        """The study's architecture for any p: prompt `x y =`, p + 1 tokens in and out, d_head = d_model / n_heads."""
        require_heads(d_model, n_heads)
        return ModelConfig(
            p=p,
            d_model=d_model,
            n_heads=n_heads,
            d_head=d_model // n_heads,
            d_mlp=d_mlp,
            prompt=Prompt.parse("x y =", p),
            d_vocab=p + 1,
            d_vocab_out=p + 1,
            act_fn=act_fn,
            operation=operation,
            table=table,
        )

    @property
    def task(self) -> Task:
        """The operation and its numbers."""
        return Task(self.p, self.operation, self.table)

    @property
    def n_frequencies(self) -> int:
        """K = floor(p/2): frequencies are k = 1 .. K. For even p the frequency p/2 has a cosine alone."""
        return self.p // 2

    # As any config (`network_config.NetworkConfig`) ----------------------------------------------------------------

    @property
    def n_neurons(self) -> int:
        return self.d_mlp

    @property
    def description(self) -> str:
        return "a one-layer transformer without normalisation"

    @property
    def parts(self) -> frozenset[Part]:
        """All parts."""
        return frozenset(PARTS)

    @property
    def positions(self) -> tuple[str, ...]:
        """The token at each position of the prompt: `x`, `y`, `=`."""
        return tuple(self.prompt.describe(self.p).split())

    @property
    def read_position(self) -> str:
        """The last one."""
        return self.positions[-1]

    def reported(self) -> Mapping[str, object]:
        """The settings that every export includes."""
        sizes = {name: getattr(self, name) for name in ("p", "d_model", "n_heads", "d_head", "d_mlp", "act_fn")}
        prompt = self.prompt.describe(self.p)
        return {**sizes, "prompt": prompt, "operation": self.operation, "attn_coeff": self.attn_coeff}

    def with_tokens(self, q: int, operation: Operation) -> Self:
        """The config of the network on q of its number tokens; the constants of the prompt follow them."""
        absent, offset = self.p - q, self.prompt.y_offset

        def moved(token: int) -> int:
            return token - absent * (2 if offset and token >= offset else 1)

        slots = tuple(slot if isinstance(slot, str) else moved(slot) for slot in self.prompt.slots)
        return replace(
            self,
            p=q,
            operation=operation,
            prompt=Prompt(slots, offset - absent if offset else 0),
            d_vocab=moved(self.d_vocab),
            d_vocab_out=self.d_vocab_out - absent,
        )
