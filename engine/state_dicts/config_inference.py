"""Infer a network's config from the shapes of its tensors and the settings recorded with them.

Explicit options override recorded settings, which override inferred ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import ACT_FNS, SIGNS, ActFn, InvalidConfig, ModelConfig, Operation, Prompt, is_token_id
from engine.state_dicts.names import SUPPORTED_NETWORKS

# The default prompt for each number of positions.
_DEFAULT_PROMPTS = {2: "x y", 3: "x y =", 4: "x op y ="}
# The supported values of recorded settings.
_SUPPORTED_SETTINGS: dict[str, tuple[object, ...]] = {
    "n_layers": (1,),
    "num_layers": (1,),
    "normalization_type": (None,),
    "use_ln": (False,),
    "attn_only": (False,),
    "gated_mlp": (False,),
    "parallel_attn_mlp": (False,),
    "positional_embedding_type": ("standard",),
    "use_attn_scale": (True,),
}


class AmbiguousTask(UnreadableRun):
    """The tensors are valid, but p or the prompt cannot be inferred and must be given."""


def infer_config(
    tensors: Mapping[str, Tensor],
    source: str,
    *,
    recorded: Mapping[str, object],
    p: int | None = None,
    prompt: str | None = None,
    act_fn: ActFn | None = None,
    operation: Operation | None = None,
) -> ModelConfig:
    """Infer the config of tensors that have the names and axes of `Weights`.

    `recorded` holds the settings saved with the tensors; `p`, `prompt`, `act_fn` and `operation` override them.

    Raises:
        UnreadableRun: a tensor has the wrong number of axes, or the recorded settings contradict the tensors.
        AmbiguousTask: p or the prompt cannot be inferred.
        UnsupportedModel: the recorded settings are of an unsupported network.
        InvalidConfig: an explicit setting contradicts the tensors.
    """
    _reject_unsupported_settings(recorded, source)
    d_vocab, d_model = _shape(tensors, "W_E", 2, source)
    n_ctx, _ = _shape(tensors, "W_pos", 2, source)
    n_heads, _, d_head = _shape(tensors, "W_Q", 3, source)
    _, d_mlp = _shape(tensors, "W_in", 2, source)
    _, d_vocab_out = _shape(tensors, "W_U", 2, source)
    has_explicit_settings = p is not None or prompt is not None or act_fn is not None
    recorded_p = recorded.get("p")
    if p is None and type(recorded_p) is int:
        p = recorded_p
    try:
        p, parsed_prompt = _infer_p_and_prompt(n_ctx, d_vocab, d_vocab_out, p=p, prompt=prompt, source=source)
        return ModelConfig(
            p=p,
            d_model=d_model,
            n_heads=n_heads,
            d_head=d_head,
            d_mlp=d_mlp,
            prompt=parsed_prompt,
            d_vocab=d_vocab,
            d_vocab_out=d_vocab_out,
            act_fn=act_fn or _recorded_act_fn(recorded, source),
            operation=operation or _recorded_operation(recorded, source),
        )
    except InvalidConfig as error:
        if has_explicit_settings:
            raise InvalidConfig(f"{source}: {error}") from error
        raise UnreadableRun(f"{source}: {error}") from error


def _infer_p_and_prompt(
    n_ctx: int, d_vocab: int, d_vocab_out: int, *, p: int | None, prompt: str | None, source: str
) -> tuple[int, Prompt]:
    """Infer what is None of p and the prompt.

    A vocabulary of exactly the p numbers and the prompt's constants determines both. The exception is an even
    vocabulary with prompts without constants: p is usually prime, so one token may be unused.

    Raises:
        AmbiguousTask: several values are plausible.
        InvalidConfig: the prompt is invalid or does not have n_ctx tokens.
    """
    if prompt is None and n_ctx not in _DEFAULT_PROMPTS:
        raise AmbiguousTask(
            f"{source}: W_pos has {n_ctx} rows, but there is no default prompt of {n_ctx} tokens; "
            "pass --prompt, for example --prompt 'x 114 y 113'."
        )
    text = _DEFAULT_PROMPTS[n_ctx] if prompt is None else prompt
    if p is None:
        p = _infer_p(text.split(), d_vocab, d_vocab_out, source)
        if prompt is None and n_ctx == 2 and p == d_vocab and p % 2 == 0:
            raise AmbiguousTask(
                f"{source}: W_pos has 2 rows and W_E has {d_vocab}, so p is {d_vocab}, or {d_vocab - 1} with an unused "
                f"token; pass --p {d_vocab} or --p {d_vocab - 1}."
            )
        n_unused = d_vocab - p - (len(text.split()) - 2)
        if prompt is None and n_unused > 0 and n_ctx > 2:
            raise AmbiguousTask(
                f"{source}: W_E has {d_vocab} rows, more than p = {p} (W_U) and the prompt's constants, so their "
                f"token ids are ambiguous; pass --p {p} for {text!r} with constants from {p} on, or pass --prompt, "
                "for example --prompt 'x 114 y 113'."
            )
    parsed = Prompt.parse(text, p)
    if parsed.n_ctx != n_ctx:
        raise InvalidConfig(
            f"the prompt {text!r} has {parsed.n_ctx} tokens, but W_pos has {n_ctx} rows; "
            "pass a prompt with one token for each row."
        )
    return p, parsed


def _infer_p(words: list[str], d_vocab: int, d_vocab_out: int, source: str) -> int:
    """Infer p from the prompt's words and the vocabulary, whose first p tokens are the numbers.

    p is the lowest constant with an explicit token id, else the number of tokens minus that of constants, and at most
    the number of logits.
    """
    if d_vocab_out > d_vocab:
        raise AmbiguousTask(
            f"{source}: p cannot be inferred from {d_vocab} tokens (W_E) and {d_vocab_out} logits (W_U); "
            "pass --p, for example --p 113."
        )
    constants = [word for word in words if word not in ("x", "y")]
    token_ids = [int(word) for word in constants if is_token_id(word)]
    return min(d_vocab_out, min(token_ids) if token_ids else d_vocab - len(constants))


def _recorded_act_fn(recorded: Mapping[str, object], source: str) -> ActFn:
    """The recorded activation function, by default relu."""
    value = recorded.get("act_fn", recorded.get("act_type", "relu"))
    for act_fn in ACT_FNS:
        if str(value).lower() == act_fn:
            return act_fn
    raise UnsupportedModel(
        f"{source} records the activation {value!r}; supported: {', '.join(ACT_FNS)}; if it is one of these under "
        "another name, pass --act-fn, for example --act-fn gelu."
    )


def _recorded_operation(recorded: Mapping[str, object], source: str) -> Operation:
    """The recorded operation, by default add; the paper's code calls the setting `fn_name`."""
    value = recorded.get("operation", recorded.get("fn_name", "add"))
    for operation in SIGNS:
        if str(value).lower() == operation:
            return operation
    raise UnsupportedModel(
        f"{source} records the operation {value!r}; supported: {', '.join(SIGNS)}; if it is one of these under "
        "another name, pass --operation, for example --operation add."
    )


def _reject_unsupported_settings(recorded: Mapping[str, object], source: str) -> None:
    for name, supported in _SUPPORTED_SETTINGS.items():
        if name in recorded and recorded[name] not in supported:
            raise UnsupportedModel(f"{source} records {name} = {recorded[name]!r}; supported: {SUPPORTED_NETWORKS}.")


def _shape(tensors: Mapping[str, Tensor], name: str, ndim: int, source: str) -> tuple[int, ...]:
    """The shape of a tensor, checked to have `ndim` axes."""
    shape = tuple(tensors[name].shape)
    if len(shape) != ndim:
        raise UnreadableRun(f"{source}: {name} has shape {list(shape)}; expected {ndim} axes.")
    return shape
