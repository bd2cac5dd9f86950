"""Stand-ins for unknown classes, functions and objects in a pickle: they have attributes, but no behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Names that no checkpoint needs and that run code in Python's own pickle: a file with one is refused, so that the user
# learns of it. Any other unknown name is opaque; neither is ever looked up.
_MODULES_THAT_RUN_CODE = frozenset(
    (
        *("posix", "nt", "os", "sys", "subprocess", "runpy", "importlib", "pty", "socket", "shutil", "ctypes"),
        *("webbrowser", "io", "_io", "code", "pdb", "timeit", "cProfile", "pickle", "_pickle", "marshal"),
    )
)
_BUILTINS_THAT_RUN_CODE = frozenset(
    ("eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint")
)


class InertObject:
    """Stands for an object of an unknown class; `vars` are its attributes, or its items if it is a mapping."""

    __slots__ = ("__dict__", "class_name")

    def __init__(self, class_name: str = "") -> None:
        self.class_name = class_name


@dataclass(frozen=True)
class OpaqueGlobal:
    """Stands for an unknown class or function, by its full name."""

    name: str

    def __str__(self) -> str:
        """Its last name, as a setting names it: `relu` for `torch.nn.functional.relu`."""
        return self.name.rpartition(".")[2]


def runs_code(name: str) -> bool:
    """Whether the full name of a global is one that only malicious pickles use.

    >>> runs_code("posix.system"), runs_code("builtins.eval"), runs_code("builtins.getattr"), runs_code("model.Net")
    (True, True, False, False)
    """
    module, _, rest = name.partition(".")
    return module in _MODULES_THAT_RUN_CODE or (module == "builtins" and rest in _BUILTINS_THAT_RUN_CODE)


def set_state(target: InertObject, state: object) -> int:
    """Set the attributes that a pickle stores for an object; returns how many.

    The state is a dict, or a pair of dicts if the class has slots. The container of OmegaConf keeps its items in
    `_content`; they become the attributes.
    """
    count = 0
    for attributes in state if isinstance(state, tuple) else (state,):
        if isinstance(attributes, dict):
            vars(target).update((name, value) for name, value in attributes.items() if isinstance(name, str))
            count += len(attributes)
    content = vars(target).get("_content")
    if target.class_name.startswith("omegaconf.") and isinstance(content, dict):
        vars(target).clear()
        vars(target).update(_plain_items(content))
        count += len(content)
    return count


def _plain_items(content: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    for name, node in content.items():
        if isinstance(name, str):
            yield name, vars(node).get("_val", node) if isinstance(node, InertObject) else node
