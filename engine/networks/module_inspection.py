"""Find out how a module is read: run a few pairs through it and look at the shapes of what the user named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

import torch
from torch import Tensor, nn

from engine.networks.config import InvalidConfig, Operation, Prompt, require
from engine.networks.module_config import PAIR_INPUT, ModuleConfig
from engine.networks.module_pass import INPUT, at_position, logits_in, run_module
from engine.networks.module_weights import ModuleWeights

DEFAULT_PROMPT = "x y ="
_NO_NEURONS = (nn.Softmax, nn.LogSoftmax, nn.MultiheadAttention)
_SHOWN_NAMES = 6


@dataclass(frozen=True)
class ModuleNames:
    """What the user names in a module: submodules, whose input is meant with `:input` behind, and parameters.

    Args:
        neurons: the module whose output are the activations; default: the only activation function.
        pre: whose output are the pre-activations; default: the input of `neurons`.
        attention: whose output is the attention pattern, [pair, head, query, key] or [pair, query, key].
        W_E: the embedding, a module or a parameter; default: the only nn.Embedding with at least p rows.
        W_U: the unembedding, a module or a parameter.
        read_index: the position of the neurons, logits and attention.
    """

    neurons: str | None = None
    pre: str | None = None
    attention: str | None = None
    W_E: str | None = None
    W_U: str | None = None
    read_index: int = -1


def parse_inputs(text: str, p: int) -> Prompt | None:
    """The prompt of a module; None for `x, y`, two tensors."""
    return None if text.replace(" ", "") == PAIR_INPUT.replace(" ", "") else Prompt.parse(text, p)


def inspect_module(
    weights: ModuleWeights,
    names: ModuleNames,
    *,
    p: int,
    prompt: str = DEFAULT_PROMPT,
    operation: Operation = "add",
    table: tuple[int, ...] | None = None,
) -> ModuleConfig:
    """Run a few pairs and return how the module is read.

    Raises:
        UserCodeError: the module fails.
        InvalidConfig: there is no module of a name, or a shape does not fit; the message says which do.
    """
    module = weights.program.module
    neurons = names.neurons or _only_activation(module, weights, p, prompt)
    config = ModuleConfig(
        p=p,
        n_tokens=p,
        module=type(module).__name__,
        neurons=neurons,
        pre=names.pre or _default_pre(neurons),
        n_neurons=1,
        prompt=parse_inputs(prompt, p),
        operation=operation,
        table=table,
        read_index=names.read_index,
        attention=names.attention,
    )
    for name in (config.neurons, config.pre, *([] if names.attention is None else [names.attention])):
        _require_module(name, weights, config)
    x, y = _few_pairs(config, weights.device)
    read, output = run_module(weights, config, x, y)
    logits = logits_in(output, weights)
    values = {config.neurons: read[config.neurons], config.pre: read[config.pre], "": logits}
    second = tuple(tap for tap, value in values.items() if _batch_axis(tap, value, len(x), config) == 1)
    config = replace(config, batch_second=second)
    for tap, value in values.items():
        _require_position(tap, value, config)
    config = replace(config, n_neurons=_n_neurons(read, config, is_explicit=names.pre is not None))
    n_logits = at_position(logits, "", config).shape[1]
    require(n_logits >= p, f"{config.module} returns {n_logits} logits; expected at least p = {p}; pass p or logits=.")
    return _with_weights(_with_attention(config, read, len(x)), names, weights)


def _few_pairs(config: ModuleConfig, device: torch.device) -> tuple[Tensor, Tensor]:
    """More pairs than positions, so that the axes of a tensor can be told apart."""
    n_pairs = 2 + (2 if config.prompt is None else config.prompt.n_ctx)
    pairs = torch.arange(n_pairs, device=device)
    return pairs % config.p, (2 * pairs + 1) % config.p


def _default_pre(neurons: str) -> str:
    """The input of the module; of a HookPoint of TransformerLens the one before the activation function."""
    if neurons.endswith("hook_post"):
        return f"{neurons.removesuffix('hook_post')}hook_pre"
    require(
        not neurons.endswith(INPUT),
        f"{neurons} are activations; pass pre= as well, the layer whose output are the pre-activations.",
    )
    return f"{neurons}{INPUT}"


def _only_activation(module: nn.Module, weights: ModuleWeights, p: int, prompt: str) -> str:
    """The only activation function among the submodules.

    Raises:
        InvalidConfig: there is none, or several.
    """
    found: list[str] = [
        name
        for name, submodule in module.named_modules()
        if type(submodule).__module__ == "torch.nn.modules.activation" and not isinstance(submodule, _NO_NEURONS)
    ]
    if len(found) == 1:
        return found[0]
    names = found or [name for name, _ in module.named_modules() if name]
    raise InvalidConfig(
        f"{type(module).__name__} has {len(found) or 'no'} activation functions among its modules; pass --neurons with "
        f"the name of the module whose output are the activations: {_listed(names)}."
    )


def _require_module(tap: str, weights: ModuleWeights, config: ModuleConfig) -> None:
    """Check that a submodule exists; else name those with a similar name, with the shapes that they return."""
    module, name = weights.program.module, tap.removesuffix(INPUT)
    submodules = [other for other, _ in module.named_modules() if other]
    if name in submodules:
        return
    near = get_close_matches(name, submodules, n=_SHOWN_NAMES, cutoff=0.5) or submodules
    shapes = _shapes(near[:_SHOWN_NAMES], weights, config)
    described = [f"{other} {shapes[other]}" if other in shapes else other for other in near]
    raise InvalidConfig(f"{config.module} has no module {name}; it has {_listed(described)}.")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")


def _shapes(names: list[str], weights: ModuleWeights, config: ModuleConfig) -> Mapping[str, list[int]]:
    """The shapes of the outputs of some modules; without those that do not run once or return no tensor."""
    x, y = _few_pairs(config, weights.device)
    shapes = {}
    for name in names:
        alone = replace(config, neurons=name, pre=name, attention=None)
        try:
            shapes[name] = list(run_module(weights, alone, x, y)[0][name].shape)
        except InvalidConfig:
            continue
    return shapes


def _batch_axis(tap: str, value: Tensor, n_pairs: int, config: ModuleConfig) -> int:
    """0 for [pair, channel] and [pair, position, channel], 1 for [position, pair, channel]."""
    shape = list(value.shape)
    if len(shape) in (2, 3) and shape[0] == n_pairs:
        return 0
    require(
        len(shape) == 3 and shape[1] == n_pairs,
        f"{_what(tap, config)} has shape {shape} for {n_pairs} pairs; expected [pair, channel] or "
        "[pair, position, channel].",
    )
    return 1


def _require_position(tap: str, value: Tensor, config: ModuleConfig) -> None:
    if value.ndim == 3:
        n_positions = value.shape[0 if tap in config.batch_second else 1]
        require(
            -n_positions <= config.read_index < n_positions,
            f"{_what(tap, config)} has {n_positions} positions; read_index is {config.read_index}.",
        )


def _what(tap: str, config: ModuleConfig) -> str:
    return f"{tap} of {config.module}" if tap else f"The output of {config.module}"


def _n_neurons(read: Mapping[str, Tensor], config: ModuleConfig, is_explicit: bool) -> int:
    """The number of neurons, which the pre-activations must have as well."""
    post, pre = (at_position(read[tap], tap, config) for tap in (config.neurons, config.pre))
    require(
        pre.shape == post.shape,
        f"{config.pre} has {pre.shape[1]} channels and {config.neurons} {post.shape[1]}; pass pre=, the layer whose "
        "output are the pre-activations.",
    )
    require(
        is_explicit or not torch.equal(pre, post),
        f"{config.neurons} returns what it reads, so its input are no pre-activations; pass pre=, the layer whose "
        "output they are.",
    )
    return int(post.shape[1])


def _with_attention(config: ModuleConfig, read: Mapping[str, Tensor], n_pairs: int) -> ModuleConfig:
    if config.attention is None:
        return config
    shape = list(read[config.attention].shape)
    require(
        len(shape) in (3, 4)
        and shape[0] == n_pairs
        and shape[-2] in (1, shape[-1])
        and -shape[-2] <= config.read_index < shape[-2],
        f"{config.attention} of {config.module} has shape {shape} for {n_pairs} pairs; expected attention weights, "
        "[pair, head, query, key] or [pair, query, key]; name the softmax, or pass need_weights=True to "
        "nn.MultiheadAttention.",
    )
    return replace(config, n_heads=shape[1] if len(shape) == 4 else 1, n_attended=shape[-1])


def _with_weights(config: ModuleConfig, names: ModuleNames, weights: ModuleWeights) -> ModuleConfig:
    """The names of the parameters W_E and W_U, and the number of their dimensions."""
    W_E = names.W_E or _only_embedding(weights.program.module, config.n_tokens)
    W_E, W_U = (None if name is None else _parameter_name(name, weights, config) for name in (W_E, names.W_U))
    config = replace(config, W_E=W_E, W_U=W_U)
    sizes = {}
    if W_E is not None:
        sizes["W_E"] = embedding(weights, W_E, config.n_tokens).shape[1]
    if W_U is not None:
        sizes["W_U"] = unembedding(weights, W_U, config.n_tokens).shape[0]
    require(len(set(sizes.values())) < 2, f"W_E and W_U differ in their dimensions, {sizes}; name only one of them.")
    return replace(config, d_model=next(iter(sizes.values()), 0))


def _only_embedding(module: nn.Module, p: int) -> str | None:
    tables = [
        name
        for name, submodule in module.named_modules()
        if isinstance(submodule, nn.Embedding) and submodule.num_embeddings >= p
    ]
    return tables[0] if len(tables) == 1 else None


def _parameter_name(name: str, weights: ModuleWeights, config: ModuleConfig) -> str:
    """The parameter of that name, or the weight of the module of that name.

    Raises:
        InvalidConfig: there is none with two axes.
    """
    parameters = dict(weights.program.module.named_parameters(remove_duplicate=False))
    for candidate in (name, f"{name}.weight", f"{name}.W_E", f"{name}.W_U"):
        if candidate in parameters and parameters[candidate].ndim == 2:
            return candidate
    matrices = [other for other, parameter in parameters.items() if parameter.ndim == 2]
    near = get_close_matches(name, matrices, n=_SHOWN_NAMES, cutoff=0.3) or matrices
    raise InvalidConfig(f"{config.module} has no parameter {name} with two axes; it has {_listed(near)}.")


def embedding(weights: ModuleWeights, name: str, n_tokens: int) -> Tensor:
    """The rows of an embedding for the numbers; the axis that is long enough for them is that of the tokens.

    [token, d_model]
    """
    tensor = weights.parameter(name)
    rows = tensor if tensor.shape[0] >= n_tokens else tensor.T
    return _of_tokens(rows, name, n_tokens)


def unembedding(weights: ModuleWeights, name: str, n_tokens: int) -> Tensor:
    """The columns of an unembedding for the answers; the weight of an nn.Linear or nn.Embedding is transposed.

    [d_model, z]
    """
    tensor = weights.parameter(name)
    owner = weights.program.module.get_submodule(name.rpartition(".")[0])
    rows = tensor if isinstance(owner, nn.Linear | nn.Embedding) or tensor.shape[1] < n_tokens else tensor.T
    return _of_tokens(rows, name, n_tokens).T


def _of_tokens(rows: Tensor, name: str, n_tokens: int) -> Tensor:
    require(
        len(rows) >= n_tokens,
        f"{name} has shape {list(rows.shape)}; expected an axis of at least p = {n_tokens} tokens.",
    )
    return rows[:n_tokens]
