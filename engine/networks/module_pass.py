"""One forward pass of a module on a batch of pairs: its named modules are read, or its neurons replaced, by hooks.

The module is in eval mode meanwhile, without gradients. Its mode is restored and the hooks are removed, also after an
error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from engine.networks.config import InvalidConfig
from engine.networks.module_config import ModuleConfig
from engine.networks.module_prefix import Prefix
from engine.networks.module_weights import ModuleWeights
from engine.networks.user_code import UserCodeError, running_user_code

INPUT = ":input"


@dataclass(frozen=True, eq=False)
class Pass:
    """What a batch of pairs gives at the position that is read."""

    pre: Tensor  # [pair, neuron]
    post: Tensor  # [pair, neuron]
    logits: Tensor  # [pair, z]
    pattern: Tensor | None  # [pair, head, position]


def forward(weights: ModuleWeights, config: ModuleConfig, x: Tensor, y: Tensor) -> Pass:
    """Run the module on pairs of indices x and y.

    Raises:
        UserCodeError: the module fails.
        InvalidConfig: a value has another shape than at the inspection of the module.
    """
    read, output = run_module(weights, config, *_tokens(weights, x, y))
    pattern = None if config.attention is None else _pattern(read[config.attention], config)
    dtype = weights.dtype
    return Pass(
        pre=at_position(read[config.pre], config.pre, config).to(dtype),
        post=at_position(read[config.neurons], config.neurons, config).to(dtype),
        logits=_answers(output, weights, config),
        pattern=pattern if pattern is None else pattern.to(dtype),
    )


def tail(
    weights: ModuleWeights, config: ModuleConfig, x: Tensor, y: Tensor, post: Tensor, prefix: Prefix | None = None
) -> Tensor:
    """The logits of pairs with the activations `post` [pair, neuron]. [pair, z]

    With `prefix`, passes over the same pairs one after the other compute what is before the neurons once.

    Raises:
        UserCodeError, InvalidConfig: as `forward`.
    """
    x, y = _tokens(weights, x, y)
    if prefix is None or not prefix.usable:
        return _answers(run_module(weights, config, x, y, post)[1], weights, config)
    try:
        with prefix.pass_over((tuple(x.tolist()), tuple(y.tolist()))):
            output = run_module(weights, config, x, y, post, prefix)[1]
    except UserCodeError:
        if not prefix.diverged:
            raise
    if prefix.diverged:
        output = run_module(weights, config, x, y, post)[1]
    return _answers(output, weights, config)


def answer_logits(weights: ModuleWeights, config: ModuleConfig, x: Tensor, y: Tensor) -> Tensor:
    """The logits of pairs, differentiable in the parameters. [pair, z]

    Raises:
        UserCodeError: the module fails.
    """
    x, y = _tokens(weights, x, y)
    module = weights.program.module
    with _evaluating(module), running_user_code(config.module, _advice(config, weights)):
        output = functional_call(module, {**weights.parameters, **weights.buffers}, _arguments(weights, config, x, y))
        return _answers(output, weights, config)


def _tokens(weights: ModuleWeights, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The tokens of indices. [pair] each"""
    if weights.tokens is None:
        return x, y
    tokens = weights.tokens.to(x.device)
    return tokens[x], tokens[y]


def _answers(output: Any, weights: ModuleWeights, config: ModuleConfig) -> Tensor:
    """The logits of the answers, in token order. [pair, z]"""
    logits = at_position(logits_in(output, weights), "", config)
    columns = logits[:, : config.n_tokens] if weights.tokens is None else logits[:, weights.tokens.to(logits.device)]
    return columns.to(weights.dtype)


def run_module(
    weights: ModuleWeights,
    config: ModuleConfig,
    x: Tensor,
    y: Tensor,
    post: Tensor | None = None,
    prefix: Prefix | None = None,
) -> tuple[dict[str, Tensor], Any]:
    """Call the module; the values of the named modules [...], and what it returns.

    With `post`, the activations [pair, neuron] at the position that is read, nothing else is read.
    """
    module = weights.program.module
    read: dict[str, Tensor] = {}
    taps = {tap for tap in (config.neurons, config.pre, config.attention) if tap is not None}
    taps = taps if post is None else {config.neurons}
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(_evaluating(module))
        stack.enter_context(running_user_code(config.module, _advice(config, weights)))
        arguments = _arguments(weights, config, x, y)
        for tap in sorted(taps):
            stack.enter_context(_hook(module, tap, read, post, config, prefix))
        output = functional_call(module, {**weights.parameters, **weights.buffers}, arguments)
    for tap in taps - read.keys():
        raise InvalidConfig(f"{tap.removesuffix(INPUT)} of {config.module} does not run; name another module.")
    return read, output


def _advice(config: ModuleConfig, weights: ModuleWeights) -> str:
    called = "with a function of yours" if weights.program.inputs else f"with the prompt {config.described_prompt!r}"
    return f"; it was called {called}"


def _arguments(weights: ModuleWeights, config: ModuleConfig, x: Tensor, y: Tensor) -> tuple[Any, ...]:
    if weights.program.inputs is not None:
        arguments = weights.program.inputs(x, y)
        arguments = arguments if isinstance(arguments, tuple) else (arguments,)
        return tuple(_converted(argument, weights.dtype) for argument in arguments)
    if config.prompt is None:
        return x, y
    numbers = {"x": x, "y": y + config.prompt.y_offset}
    slots = [numbers[slot] if isinstance(slot, str) else torch.full_like(x, slot) for slot in config.prompt.slots]
    return (torch.stack(slots, dim=1),)


def _converted(argument: Any, dtype: torch.dtype) -> Any:
    """Floating-point inputs in the dtype of the computation, which the user's function does not know."""
    is_floating = isinstance(argument, Tensor) and argument.is_floating_point()
    return argument.to(dtype) if is_floating else argument


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Eval mode, and no fast path of attention, which would skip the submodules and their hooks."""
    modes = {submodule: submodule.training for submodule in module.modules()}
    is_fast = torch.backends.mha.get_fastpath_enabled()
    try:
        torch.backends.mha.set_fastpath_enabled(False)
        module.eval()
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(is_fast)
        for submodule, training in modes.items():
            submodule.training = training


@contextmanager
def _hook(
    module: nn.Module,
    tap: str,
    read: dict[str, Tensor],
    values: Tensor | None,
    config: ModuleConfig,
    prefix: Prefix | None = None,
) -> Iterator[None]:
    """Copy what goes into or comes out of a submodule to `read`; replace it by `values` at the position that is read.

    Raises:
        InvalidConfig: it runs twice in a forward pass, or has no tensor there.
    """

    def visit(value: Any) -> Any:
        if tap in read:
            raise InvalidConfig(
                f"{tap.removesuffix(INPUT)} of {config.module} runs more than once in a forward pass; name what runs "
                "once, for example the layer that reads the activations: neurons='fc2:input' with pre='fc1'."
            )
        found = last_tensor(value) if tap == config.attention else first_tensor(value)
        if found is None:
            raise InvalidConfig(f"{tap} of {config.module} is a {type(value).__name__}, not a tensor.")
        if values is None:
            read[tap] = found.clone()  # modules that work in place change it
            return None
        if prefix is not None:
            prefix.ended()
        read[tap] = _replaced(found, values, tap, config)
        return _with_first_tensor(value, read[tap])

    submodule = module.get_submodule(tap.removesuffix(INPUT))
    if tap.endswith(INPUT):

        def before(_: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
            changed = visit(arguments or tuple(named.values()))
            if changed is None:
                return None
            return (changed, named) if arguments else ((), dict(zip(named, changed, strict=True)))

        handle = submodule.register_forward_pre_hook(before, with_kwargs=True)
    else:
        handle = submodule.register_forward_hook(lambda module, arguments, output: visit(output))
    try:
        yield
    finally:
        handle.remove()


def first_tensor(value: Any) -> Tensor | None:
    """A tensor itself, or the first one in a tuple or list."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, tuple | list):
        return next((item for item in value if isinstance(item, Tensor)), None)
    return None


def last_tensor(value: Any) -> Tensor | None:
    """The last one: attention modules return their weights behind their result."""
    return first_tensor(value[::-1] if isinstance(value, tuple | list) else value)


def _with_first_tensor(value: Any, tensor: Tensor) -> Any:
    if isinstance(value, Tensor):
        return tensor
    index = next(index for index, item in enumerate(value) if isinstance(item, Tensor))
    return type(value)([*value[:index], tensor, *value[index + 1 :]])


def _replaced(value: Tensor, post: Tensor, tap: str, config: ModuleConfig) -> Tensor:
    """A copy with the activations [pair, neuron] at the position that is read."""
    changed = value.clone()
    at_position(changed, tap, config).copy_(post)
    return changed


def at_position(value: Tensor, tap: str, config: ModuleConfig) -> Tensor:
    """The position that is read of [pair, position, channel], or [pair, channel] unchanged; a view. [pair, channel]"""
    if value.ndim == 2:
        return value
    pairs_first = value.transpose(0, 1) if tap in config.batch_second else value
    return pairs_first[:, config.read_index]


def logits_in(output: Any, weights: ModuleWeights) -> Tensor:
    """The logits in what a module returns: the tensor, that named `logits`, or the first one.

    Raises:
        InvalidConfig: it has no tensor.
    """
    if weights.program.logits is not None:
        with running_user_code("The function for the logits"):
            output = weights.program.logits(output)
    named = output.get("logits") if isinstance(output, Mapping) else getattr(output, "logits", None)
    found = named if isinstance(named, Tensor) else first_tensor(output)
    if found is None:
        raise InvalidConfig(
            f"The module returns a {type(output).__name__}; pass logits=, a function from it to the logits."
        )
    return found


def _pattern(value: Tensor, config: ModuleConfig) -> Tensor:
    """Attention from the position that is read, of [pair, head, query, key] or [pair, query, key]."""
    by_head = value if value.ndim == 4 else value[:, None]
    return by_head[:, :, config.read_index]  # [pair, head, position]
