"""The values of p and the prompts that a network's shapes leave possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from engine.errors import UnreadableRun
from engine.networks.config import InvalidConfig, Prompt, is_token_id

TaskTokens = tuple[int, Prompt]  # p and the prompt
# The default prompt for each number of positions.
_DEFAULT_PROMPTS = {2: "x y", 3: "x y =", 4: "x op y ="}
_MOST_CONSTANTS = 3  # token ids from p on that are tried as constants
_MOST_UNUSED = 2  # tokens beyond the numbers that a smaller p may leave


class AmbiguousTask(UnreadableRun):
    """The tensors are valid, but a setting cannot be inferred and must be given."""


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
    """What the shapes allow: the default, None if there is none, and then the reason; and all candidates."""

    default: TaskTokens | None
    reason: AmbiguousTask | None
    candidates: tuple[TaskTokens, ...]  # the default first

    def valid(self, check: Callable[[int, Prompt], object]) -> TaskCandidates:
        """Without the candidates for which `check` raises InvalidConfig; it is raised if the default is one of them."""
        valid = []
        for candidate in self.candidates:
            try:
                check(*candidate)
            except InvalidConfig:
                if candidate == self.default or len(self.candidates) == 1:
                    raise
            else:
                valid.append(candidate)
        return replace(self, candidates=tuple(valid) or self.candidates)


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
    candidates = [] if default is None else [default]
    for candidate in _plausible(shapes, p, prompt):
        if candidate not in candidates:
            candidates.append(candidate)
    if not candidates:
        assert reason is not None
        raise reason
    return TaskCandidates(default, reason, tuple(candidates))


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


def _plausible_prompts(shapes: TokenShapes, p: int) -> Iterator[Prompt]:
    """Prompts with x before y, the longest first; a positional embedding may be longer than the prompt."""
    constants = list(range(p, min(shapes.d_vocab, p + _MOST_CONSTANTS)))
    longest = 4 if shapes.n_positions is None else shapes.n_positions
    for a in constants:
        for b in constants:
            if a != b and longest >= 4:
                yield Prompt(("x", a, "y", b))
    for c in constants:
        if longest >= 3:
            yield from (Prompt(("x", "y", c)), Prompt(("x", c, "y")), Prompt((c, "x", "y")))
    if longest >= 2:
        yield Prompt(("x", "y"))
    if shapes.d_vocab >= 2 * p:  # the second operand has tokens of its own
        yield Prompt(("x", "y"), y_offset=p)
        if shapes.d_vocab > 2 * p and longest >= 3:
            yield Prompt(("x", "y", 2 * p), y_offset=p)


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
