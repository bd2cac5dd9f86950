"""The values of p and the prompts that a network's shapes leave possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations, product

from engine.errors import AmbiguousTask
from engine.networks.config import InvalidConfig, Prompt, is_token_id
from engine.networks.number_theory import is_prime

TaskTokens = tuple[int, Prompt]  # p and the prompt
# The default prompt for each number of positions.
_DEFAULT_PROMPTS = {2: "x y", 3: "x y =", 4: "x op y ="}
_MOST_CONSTANTS = 3  # token ids from p on that are tried as constants, beside the last two
_MOST_UNUSED, _MOST_PADDING = 2, 8  # tokens beyond the numbers that a smaller p, or a smaller prime p, may leave


@dataclass(frozen=True)
class TokenShapes:
    """The sizes that limit p and the prompt; `n_positions` is None without positional embedding."""

    d_vocab: int
    d_vocab_out: int
    n_positions: int | None

    @property
    def default_length(self) -> int | None:
        """The usual number of tokens of a prompt; None if there is no default."""
        if self.n_positions is None:
            return 2 + min(max(self.d_vocab - self.d_vocab_out, 0), 2)
        if self.n_positions in _DEFAULT_PROMPTS:
            return self.n_positions
        return None


@dataclass(frozen=True)
class TaskCandidates:
    """What the shapes allow: the default, None if there is none, and then the reason; and all candidates.

    The `likely` ones have a token for each row of W_pos and no unused token; the default is the first of them. The
    `far` ones have a p well below the number of tokens.
    """

    default: TaskTokens | None
    reason: AmbiguousTask | None
    likely: tuple[TaskTokens, ...]
    others: tuple[TaskTokens, ...]
    far: tuple[TaskTokens, ...] = ()

    @property
    def candidates(self) -> tuple[TaskTokens, ...]:
        """All of them, the default first."""
        return (*self.likely, *self.others, *self.far)

    def valid(self, check: Callable[[int, Prompt], object]) -> TaskCandidates:
        """Without the candidates for which `check` raises InvalidConfig; it is raised if the default is one of them."""
        valid = set()
        for candidate in self.candidates:
            try:
                check(*candidate)
            except InvalidConfig:
                if candidate == self.default or len(self.candidates) == 1:
                    raise
            else:
                valid.add(candidate)
        if not valid:
            return self
        groups = (self.likely, self.others, self.far)
        likely, others, far = (tuple(task for task in group if task in valid) for group in groups)
        return replace(self, likely=likely, others=others, far=far)


def candidate_tasks(shapes: TokenShapes, *, p: int | None, prompt: str | None, source: str) -> TaskCandidates:
    """All plausible (p, prompt); `p` and `prompt` are those that are given.

    Raises:
        InvalidConfig: the prompt is invalid, or has more tokens than there are positions.
        AmbiguousTask: nothing is plausible.
    """
    default, reason = None, None
    try:
        default = _default_task(shapes, p=p, prompt=prompt, source=source)
    except AmbiguousTask as error:
        reason = error
    plausible = [candidate for candidate in dict.fromkeys(_plausible(shapes, p, prompt)) if candidate != default]
    if default is None and not plausible:
        assert reason is not None
        raise reason
    likely = [candidate for candidate in plausible if _is_likely(shapes, *candidate)]
    others = [candidate for candidate in plausible if candidate not in likely]
    excluded = {default, *likely, *others}
    far = [] if p is not None or prompt is not None else [task for task in _far_tasks(shapes) if task not in excluded]
    return TaskCandidates(
        default, reason, (*([] if default is None else [default]), *likely), tuple(others), tuple(far)
    )


def _is_likely(shapes: TokenShapes, p: int, prompt: Prompt) -> bool:
    """Whether a prompt has a token for each position, and its tokens are all that the network has."""
    constants = {slot for slot in prompt.slots if isinstance(slot, int)}
    n_tokens = prompt.y_offset + p + len(constants)
    return prompt.n_ctx == shapes.default_length and n_tokens == shapes.d_vocab


def _plausible(shapes: TokenShapes, p: int | None, prompt: str | None) -> Iterator[TaskTokens]:
    for modulus in [p] if p is not None else _plausible_p(shapes):
        if prompt is not None:
            try:
                yield modulus, Prompt.parse(prompt, modulus)
            except InvalidConfig:
                continue
        else:
            for candidate in _plausible_prompts(shapes, modulus):
                yield modulus, candidate


def _plausible_p(shapes: TokenShapes) -> list[int]:
    """p is the number of answers if there are fewer than tokens, else up to two tokens are constants or unused."""
    most = min(shapes.d_vocab, shapes.d_vocab_out)
    fewest = most if shapes.d_vocab_out < shapes.d_vocab else most - _MOST_UNUSED
    return [p for p in range(most, fewest - 1, -1) if p >= 3]


def _far_tasks(shapes: TokenShapes) -> Iterator[TaskTokens]:
    """Two sets of tokens for x and y in a network with a logit for every token, and a prime p with unused tokens."""
    if shapes.d_vocab_out < shapes.d_vocab:
        return
    for n_constants in range(3):
        p = (shapes.d_vocab - n_constants) // 2
        if p >= 3:
            yield from ((p, prompt) for prompt in _plausible_prompts(shapes, p) if prompt.y_offset)
    for p in range(shapes.d_vocab - _MOST_UNUSED - 1, max(shapes.d_vocab - _MOST_PADDING, 5) - 1, -1):
        if is_prime(p):
            yield from ((p, prompt) for prompt in _plausible_prompts(shapes, p) if not prompt.y_offset)


def _plausible_prompts(shapes: TokenShapes, p: int) -> Iterator[Prompt]:
    """Prompts with x before y; a positional embedding may be longer than the prompt."""
    longest = 5 if shapes.n_positions is None else shapes.n_positions
    for offset in (0, p) if shapes.d_vocab >= 2 * p else (0,):  # the second operand may have tokens of its own
        free = offset + p
        constants = list(range(free, min(shapes.d_vocab, free + _MOST_CONSTANTS)))
        last = range(max(shapes.d_vocab - 2, free), shapes.d_vocab)
        every = dict.fromkeys((*constants, *last))
        prompts = [
            *(slots for c in every for slots in (("x", "y", c), ("x", c, "y"), (c, "x", "y"))),
            ("x", "y"),
            *(
                slots
                for a, b in product(constants, repeat=2)
                if a != b or shapes.n_positions is not None
                for slots in (("x", a, "y", b), (a, "x", "y", b), (a, "x", b, "y"))
            ),
            *((a, "x", b, "y", c) for a, b, c in permutations(constants, 3)),
        ]
        yield from (Prompt(slots, offset) for slots in prompts if len(slots) <= longest)


def _default_task(shapes: TokenShapes, *, p: int | None, prompt: str | None, source: str) -> TaskTokens:
    """p and the prompt that shapes alone suggest.

    A vocabulary of exactly the p numbers and the prompt's constants determines both. The exception is an even
    vocabulary with prompts without constants: p is usually prime, so one token may be unused.

    Raises:
        AmbiguousTask: several values are plausible.
        InvalidConfig: the prompt is invalid or has more tokens than there are positions.
    """
    length, d_vocab = shapes.default_length, shapes.d_vocab
    if prompt is None and length is None:
        raise AmbiguousTask(
            f"{source}: W_pos has {shapes.n_positions} rows, but there is no default prompt of {shapes.n_positions} "
            "tokens; pass --prompt, for example --prompt 'x 114 y 113'."
        )
    text = _DEFAULT_PROMPTS[length or 2] if prompt is None else prompt
    if p is None:
        p = _default_p(text.split(), shapes, source)
        if prompt is None and length == 2 and p == d_vocab and p % 2 == 0:
            raise AmbiguousTask(
                f"{source}: the prompt has 2 tokens and W_E has {d_vocab} rows, so p is {d_vocab}, or {d_vocab - 1} "
                f"with an unused token; pass --p {d_vocab} or --p {d_vocab - 1}."
            )
        n_unused = d_vocab - p - (len(text.split()) - 2)
        if prompt is None and n_unused > 0 and length != 2:
            raise AmbiguousTask(
                f"{source}: W_E has {d_vocab} rows, more than p = {p} (W_U) and the prompt's constants, so their "
                f"token ids are ambiguous; pass --p {p} for {text!r} with constants from {p} on, or pass --prompt, "
                "for example --prompt 'x 114 y 113'."
            )
    parsed = Prompt.parse(text, p)
    if shapes.n_positions is not None and parsed.n_ctx > shapes.n_positions:
        raise InvalidConfig(
            f"the prompt {text!r} has {parsed.n_ctx} tokens, but W_pos has {shapes.n_positions} rows; "
            "pass a prompt with at most one token for each row."
        )
    return p, parsed


def _default_p(words: list[str], shapes: TokenShapes, source: str) -> int:
    """p is the lowest constant with an explicit token id, else the number of tokens minus that of constants.

    It is at most the number of logits.
    """
    if shapes.d_vocab_out > shapes.d_vocab:
        raise AmbiguousTask(
            f"{source}: p cannot be inferred from {shapes.d_vocab} tokens (W_E) and {shapes.d_vocab_out} logits (W_U); "
            "pass --p, for example --p 113."
        )
    constants = [word for word in words if word not in ("x", "y") and not word.startswith("y+")]
    token_ids = [int(word) for word in constants if is_token_id(word)]
    return min(shapes.d_vocab_out, min(token_ids) if token_ids else shapes.d_vocab - len(constants))
