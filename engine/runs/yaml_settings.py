"""Parse YAML files of settings safely: plain values only, of bounded size, aliases included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import UnreadableRun
from engine.runs.torch_format.checkpoint_file import read_bytes

if TYPE_CHECKING:
    from yaml import Node

_MAX_BYTES = 32 << 10  # the parser, written in Python, reads some 20 to 50 kB a second
_MAX_DEPTH = 20
_MAX_NODES = 20_000  # an alias counts as all nodes that it repeats
_EXPECTED = "expected a text file of settings"
# YAML 1.1 takes 1e-3 for text.
_FLOAT = re.compile(r"[-+]?\d+(?:\.\d*)?[eE][-+]?\d+")


def parse_yaml(path: Path) -> object:
    """The content of a YAML file.

    Objects of Python become the plain values that they are written as, dates become text. Nothing is constructed.

    Raises:
        UnreadableRun: the file is too large or invalid, or its aliases repeat too much.
    """
    import yaml  # late: most runs have no such file

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
        depth, nodes = 0, 0
        sizes: ClassVar[dict[int, int]] = {}  # of complete nodes, by id; the class is of this call

        def compose_node(self, parent: Node | None, index: Any) -> Node | None:
            is_alias, before = self.check_event(yaml.AliasEvent), self.nodes
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                self.refuse(f"more than {_MAX_DEPTH} levels")
            node: Node | None = super().compose_node(parent, index)
            self.depth -= 1
            if is_alias and id(node) not in self.sizes:
                self.refuse("an alias in what it repeats")
            self.nodes += self.sizes[id(node)] if is_alias else 1
            if self.nodes > _MAX_NODES:
                self.refuse(f"more than {_MAX_NODES:,} values")
            if not is_alias:
                self.sizes[id(node)] = self.nodes - before
            return node

        def refuse(self, reason: str) -> None:
            raise yaml.MarkedYAMLError(problem=f"found {reason}", problem_mark=self.peek_event().start_mark)

        def plain_value(self, suffix: str, node: Node) -> object:
            if isinstance(node, yaml.MappingNode):
                return self.construct_mapping(node, deep=True)
            if isinstance(node, yaml.SequenceNode):
                return self.construct_sequence(node, deep=True)
            return node.value

        def text(self, node: Node) -> object:
            return node.value

    Loader.add_multi_constructor("", Loader.plain_value)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.text)
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))
    data = read_bytes(path, _EXPECTED, _MAX_BYTES)
    try:
        return yaml.load(data, Loader)  # a SafeLoader
    except yaml.YAMLError as error:
        raise UnreadableRun(f"{path} is not valid YAML ({_describe(error)}).") from None
    # A crafted file may fail anywhere: nested too deeply, keys that cannot be hashed, digits beyond Python's limit.
    except Exception as error:
        raise UnreadableRun(f"{path} is not valid YAML ({type(error).__name__}).") from None


def _describe(error: Exception) -> str:
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    reason = str(problem or type(error).__name__)[:80]
    return reason if mark is None else f"line {mark.line + 1}: {reason}"
