"""Give tensors the axes of `Weights`, whatever the order that their code stores them in.

Sizes decide: `d_model` is the size that the embedding, the MLP and the unembedding share. Where a matrix is square, a
convention decides: `nn.Linear` stores [out, in], the 2022 layout is transposed (`original_2022`), all others store
[in, out].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from einops import rearrange
from torch import Tensor

from engine.errors import UnreadableRun
from engine.state_dicts import original_2022

_RESIDUAL_AXES = {"W_E": 1, "W_pos": 1, "W_gate": 0, "W_in": 0, "W_out": 1, "W_U": 0}  # where [in, out] has d_model
_PROJECTIONS = ("W_Q", "W_K", "W_V")
_MATRICES = ("W_in", "W_out", "W_U", *_PROJECTIONS, "W_O")


@dataclass(frozen=True)
class Layout:
    """How a state dict stores its matrices, as far as their shapes leave it open.

    `module_weights` are the roles of tensors of `nn.Linear` or `nn.Embedding`; `transposed` says that other square
    matrices are stored as [out, in].
    """

    module_weights: frozenset[str]
    transposed: bool = False


def d_model_of(tensors: Mapping[str, Tensor], source: str) -> int:
    """The width of the residual stream: the size that most matrices that read or write it share.

    Raises:
        UnreadableRun: they share no size, or a tensor is not a matrix.
    """
    sizes = Counter(
        size for role in _RESIDUAL_AXES if role in tensors for size in set(_matrix(role, tensors[role], source).shape)
    )
    most = max(sizes.values())
    if most == 1:
        shapes = ", ".join(f"{role} {list(tensors[role].shape)}" for role in _RESIDUAL_AXES if role in tensors)
        raise UnreadableRun(f"{source}: {shapes} share no size; expected d_model in each of them.")
    shared = [size for size, count in sizes.items() if count == most]
    if len(shared) == 1:
        return shared[0]
    W_E = _matrix("W_E", tensors["W_E"], source)
    return int(W_E.shape[0 if original_2022.matches(tensors) else 1])


def matrix_order(tensors: Mapping[str, Tensor], d_model: int, layout: Layout) -> bool | None:
    """Whether matrices that are not of modules are stored as [out, in]; None if nothing shows it and it matters.

    The first of them that is not square shows it, or W_Q with an axis for heads.
    """
    W_Q = tensors["W_Q"]
    if original_2022.matches(tensors) or W_Q.ndim == 3:
        return False
    axes = {role: _RESIDUAL_AXES.get(role, 1 if role == "W_O" else 0) for role in _MATRICES if role in tensors}
    bare = [role for role in axes if role not in layout.module_weights and tensors[role].ndim == 2]
    for role in bare:
        if tensors[role].shape[0] != tensors[role].shape[1]:
            return bool(tensors[role].shape[axes[role]] != d_model)
    return None if bare else False


def has_open_order(tensors: Mapping[str, Tensor], d_model: int, layout: Layout) -> bool:
    """Whether a matrix that is not of a module has d_model at both axes.

    Its order is open even where that of other matrices is known: einsum patterns differ from matrix to matrix.
    """
    if original_2022.matches(tensors):
        return False
    bare = (tensors[role] for role in _MATRICES if role in tensors and role not in layout.module_weights)
    return any(tensor.ndim in (2, 3) and tensor.shape[-2:] == (d_model, d_model) for tensor in bare)


def width_of_heads(tensors: Mapping[str, Tensor], d_model: int, layout: Layout, source: str) -> tuple[int | None, int]:
    """The number of heads, None if W_Q is one matrix for all heads, and `n_heads * d_head`.

    Raises:
        UnreadableRun: W_Q has the wrong number of axes, or none of size d_model.
    """
    W_Q = _oriented_projection("W_Q", tensors, d_model, layout, source)
    return (None, W_Q.shape[1]) if W_Q.ndim == 2 else (W_Q.shape[0], W_Q.shape[0] * W_Q.shape[2])


def orient(
    tensors: Mapping[str, Tensor], d_model: int, n_heads: int, layout: Layout, source: str, grouped: bool = False
) -> dict[str, Tensor]:
    """The tensors with the axes of `Weights`; a missing W_U is the transposed W_E (tied), W_pos may stay missing.

    With `grouped`, there may be fewer heads of keys and values than of queries.

    Raises:
        UnreadableRun: a shape fits neither orientation, or contradicts another one.
    """
    oriented: dict[str, Tensor] = {}
    for role, axis in _RESIDUAL_AXES.items():
        if role in tensors:
            oriented[role] = _oriented_matrix(role, axis, tensors, d_model, layout, source)
    for role in _PROJECTIONS:
        matrix = _oriented_projection(role, tensors, d_model, layout, source)
        n = _heads_of(matrix, oriented, n_heads) if grouped else n_heads
        oriented[role] = matrix if matrix.ndim == 3 else _split_heads(role, matrix, n, "d (h e) -> h d e", source)
    oriented["W_O"] = _oriented_output(tensors, d_model, oriented["W_Q"], layout, source)
    for role in ("b_Q", "b_K", "b_V"):
        if role in tensors:
            bias, n = tensors[role], len(oriented[role.replace("b", "W")])
            oriented[role] = bias if bias.ndim == 2 else _split_heads(role, bias, n, "(h e) -> h e", source)
    for role in ("b_O", "b_gate", "b_in", "b_out", "b_U"):
        if role in tensors:
            oriented[role] = tensors[role].flatten()
    if "W_U" not in oriented:
        oriented["W_U"] = oriented["W_E"].mT
    _require_consistent(oriented, source, len(oriented["W_K"]) if grouped else n_heads)
    return oriented


def _heads_of(matrix: Tensor, oriented: Mapping[str, Tensor], n_heads: int) -> int:
    """The heads of a matrix of keys or values: its width over that of a head of queries."""
    return matrix.shape[-1] // oriented["W_Q"].shape[-1] if "W_Q" in oriented else n_heads


def _require_consistent(oriented: Mapping[str, Tensor], source: str, n_groups: int) -> None:
    """Check each shape against the others, so that a forward pass is possible."""
    n_heads, d_model, d_head = oriented["W_Q"].shape
    d_mlp, d_vocab_out = oriented["W_in"].shape[1], oriented["W_U"].shape[1]
    expected = {
        **dict.fromkeys(("W_K", "W_V"), (n_groups, d_model, d_head)),
        **dict.fromkeys(("b_K", "b_V"), (n_groups, d_head)),
        "b_Q": (n_heads, d_head),
        "W_O": (n_heads, d_head, d_model),
        "W_gate": (d_model, d_mlp),
        "W_out": (d_mlp, d_model),
        **dict.fromkeys(("b_gate", "b_in"), (d_mlp,)),
        **dict.fromkeys(("b_O", "b_out"), (d_model,)),
        "b_U": (d_vocab_out,),
    }
    for role, shape in expected.items():
        if role in oriented and tuple(oriented[role].shape) != shape:
            found = list(oriented[role].shape)
            raise UnreadableRun(f"{source}: {role} has shape {found}; expected {list(shape)}.")


def _matrix(role: str, tensor: Tensor, source: str) -> Tensor:
    """The tensor without leading axes of size 1 (a positional embedding is often [1, n_ctx, d_model])."""
    while tensor.ndim > 2 and tensor.shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim != 2:
        raise UnreadableRun(f"{source}: {role} has shape {list(tensor.shape)}; expected 2 axes.")
    return tensor


def _stored_out_in(role: str, tensors: Mapping[str, Tensor], layout: Layout) -> bool:
    """Whether a square matrix is stored as [out, in], by convention."""
    if original_2022.matches(tensors):
        return role in original_2022.TRANSPOSED
    if role in ("W_E", "W_pos"):  # [token, d_model] in an nn.Embedding as well
        return False
    return role in layout.module_weights or layout.transposed


def _oriented_matrix(
    role: str, axis: int, tensors: Mapping[str, Tensor], d_model: int, layout: Layout, source: str
) -> Tensor:
    """A matrix with d_model at the given axis."""
    matrix = _matrix(role, tensors[role], source)
    rows, columns = matrix.shape
    if rows == columns == d_model:
        return matrix.mT if _stored_out_in(role, tensors, layout) else matrix
    if matrix.shape[axis] == d_model:
        return matrix
    if matrix.shape[1 - axis] == d_model:
        return matrix.mT
    raise UnreadableRun(f"{source}: {role} has shape {list(matrix.shape)}; expected an axis of d_model = {d_model}.")


def _oriented_projection(role: str, tensors: Mapping[str, Tensor], d_model: int, layout: Layout, source: str) -> Tensor:
    """W_Q, W_K or W_V as [head, d_model, d_head], or as [d_model, heads * d_head] if it is one matrix."""
    tensor = tensors[role]
    if tensor.ndim == 2:
        return _oriented_matrix(role, 0, tensors, d_model, layout, source)
    if tensor.ndim != 3:
        raise UnreadableRun(f"{source}: {role} has shape {list(tensor.shape)}; expected 2 or 3 axes.")
    first, second, third = tensor.shape
    if second == third == d_model:
        return tensor.mT if original_2022.matches(tensors) or layout.transposed else tensor
    if second == d_model:
        return tensor
    if third == d_model:
        return tensor.mT
    if first == d_model:
        return rearrange(tensor, "d h e -> h d e")
    raise UnreadableRun(f"{source}: {role} has shape {list(tensor.shape)}; expected an axis of d_model = {d_model}.")


def _oriented_output(tensors: Mapping[str, Tensor], d_model: int, W_Q: Tensor, layout: Layout, source: str) -> Tensor:
    """W_O as [head, d_head, d_model]; `W_Q` [head, d_model, d_head] tells the heads from their width."""
    tensor, (n_heads, _, d_head) = tensors["W_O"], W_Q.shape
    if tensor.ndim == 3:
        for pattern in ("h e d -> h e d", "h d e -> h e d", "d h e -> h e d", "e h d -> h e d"):
            turned = rearrange(tensor, pattern)
            if turned.shape == (n_heads, d_head, d_model):
                return turned
        raise UnreadableRun(
            f"{source}: W_O has shape {list(tensor.shape)}; expected axes of {n_heads} heads, d_head = {d_head} and "
            f"d_model = {d_model}."
        )
    matrix = _oriented_matrix("W_O", 1, tensors, d_model, layout, source)
    return _split_heads("W_O", matrix, n_heads, "(h e) d -> h e d", source)


def _split_heads(role: str, tensor: Tensor, n_heads: int, pattern: str, source: str) -> Tensor:
    width = tensor.shape[0] if role == "W_O" else tensor.shape[-1]
    if n_heads == 0 or width % n_heads:
        raise UnreadableRun(
            f"{source}: {role} has shape {list(tensor.shape)}; expected n_heads * d_head = {n_heads} * d_head."
        )
    return rearrange(tensor, pattern, h=n_heads)
