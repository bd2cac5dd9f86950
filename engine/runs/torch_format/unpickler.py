"""An unpickler for data only: it cannot import or call anything.

A pickle is a program for a stack machine. This machine implements the instructions that describe data (numbers, text,
lists, dicts). Every global name is looked up in `ALLOWED_GLOBALS`, whose few entries describe tensors, arrays and plain
values; any other name is opaque, and what is built with it has attributes but no behaviour. No module is imported, and
no method of an unpickled value is called. What is built takes memory in proportion to the pickle: calls are charged to
a budget of twice the pickle's length.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from engine.runs.torch_format.allowed_globals import (
    ALLOWED_GLOBALS,
    SAVED_STORAGE,
    UNSUPPORTED_TENSOR_GLOBALS,
    AllowedGlobal,
)
from engine.runs.torch_format.errors import (
    ForbiddenGlobal,
    MalformedCheckpoint,
    RejectedCheckpoint,
    UnsupportedTensor,
)
from engine.runs.torch_format.numpy_values import NumpyDtype, UnfilledArray, array_from_state
from engine.runs.torch_format.opaque_objects import InertObject, OpaqueGlobal, runs_code, set_state

# Larger integers become None: no checkpoint needs them, and Python fails to convert them to text or float.
_MAX_INT = 2**1023


class Buffer(Protocol):
    """Bytes, a bytearray or a mapped file."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: Any, /) -> Any: ...
    def find(self, sought: bytes, start: int, /) -> int: ...


ResolveStorage = Callable[[tuple[object, ...]], object]


LoadStorage = Callable[[bytes], object]


def unpickle(
    data: Buffer,
    start: int = 0,
    resolve_storage: ResolveStorage | None = None,
    load_storage: LoadStorage | None = None,
) -> tuple[object, int]:
    """The value of the pickle that begins at `start`, and the position after it.

    `resolve_storage` maps a persistent id, torch's name for a storage, to the storage. `load_storage` reads a storage
    that is saved inside the pickle as a file of its own, as Python's `pickle.dump` of a tensor does.

    Raises:
        RejectedCheckpoint: one of its subclasses.
    """
    unpickler = _DataUnpickler(data, start, resolve_storage, load_storage)
    try:
        return unpickler.run(), unpickler.position
    except RejectedCheckpoint:
        raise
    # The instructions assume what torch.save writes; any other failure comes from a crafted or damaged pickle.
    except (IndexError, KeyError, TypeError, ValueError, ArithmeticError, struct.error, RuntimeError) as error:
        raise MalformedCheckpoint(str(error)) from error


class _DataUnpickler:
    """The stack machine."""

    def __init__(
        self, data: Buffer, start: int, resolve_storage: ResolveStorage | None, load_storage: LoadStorage | None
    ) -> None:
        self.position = start
        self._data = data
        self._resolve_storage = resolve_storage
        self._load_storage = load_storage
        self._stack: list[Any] = []
        self._outer_stacks: list[list[Any]] = []  # one for each open mark
        self._memo: dict[int, Any] = {}
        self._budget = 2 * (len(data) - start)

    def run(self) -> object:
        data, instructions = self._data, _INSTRUCTIONS
        while True:
            opcode = data[self.position]
            self.position += 1
            if opcode == _STOP:
                return self._stack.pop()
            instruction = instructions.get(opcode)
            if instruction is None:
                raise MalformedCheckpoint(f"opcode {opcode}")
            instruction(self)

    # Arguments of an instruction -----------------------------------------------------------------------------------

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise MalformedCheckpoint("truncated")
        argument = bytes(self._data[self.position : end])
        self.position = end
        return argument

    def byte(self) -> int:
        self.position += 1
        value: int = self._data[self.position - 1]
        return value

    def number(self, length: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(length), "little", signed=signed)

    def line(self) -> str:
        end = self._data.find(b"\n", self.position)
        if end < 0:
            raise MalformedCheckpoint("truncated")
        argument = self.take(end - self.position)
        self.position += 1
        return argument.decode()

    # The stack -----------------------------------------------------------------------------------------------------

    def push(self, value: object) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        return self._stack.pop()

    def mark(self) -> None:
        self._outer_stacks.append(self._stack)
        self._stack = []

    def pop_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._outer_stacks.pop()
        return items

    def pop_n(self, count: int) -> tuple[Any, ...]:
        items = [self._stack.pop() for _ in range(count)]
        return tuple(reversed(items))

    def charge(self, amount: int) -> None:
        self._budget -= amount
        if self._budget < 0:
            raise MalformedCheckpoint("it describes far more than it contains")

    # Instructions that do more than push ----------------------------------------------------------------------------

    def put(self, index: int) -> None:
        value = self._memo[index] = self._stack[-1]
        if isinstance(value, UnfilledArray):
            value.memo.append(index)

    def memoize(self) -> None:
        self.put(len(self._memo))

    def get(self, index: int) -> None:
        self.push(self._memo[index])

    def long(self, length: int) -> None:
        value = self.number(length, signed=True)
        self.push(value if -_MAX_INT < value < _MAX_INT else None)

    def append(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, InertObject):  # the items of an opaque list are lost
            _as(list, target).extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, InertObject):
            set_state(target, dict(self.valid_items(items)))
        else:
            _as(dict, target).update(self.valid_items(items))

    def valid_items(self, items: list[Any]) -> Iterator[tuple[Any, Any]]:
        return ((key, value) for key, value in zip(items[::2], items[1::2], strict=True) if _is_key(key))

    def find_global(self, module: str, name: str) -> None:
        full_name = f"{_MODULES_OF_PYTHON_2.get(module, module)}.{name}"
        if full_name in UNSUPPORTED_TENSOR_GLOBALS:
            raise UnsupportedTensor(full_name)
        if runs_code(full_name):
            raise ForbiddenGlobal(f"{module}.{name}")
        self.push(ALLOWED_GLOBALS.get(full_name, OpaqueGlobal(full_name)))

    def reduce(self) -> None:
        function, arguments = self.pop_n(2)
        arguments = _as(tuple, arguments)
        if isinstance(function, OpaqueGlobal | InertObject):
            self.charge(1)
            self.push(InertObject(function.name if isinstance(function, OpaqueGlobal) else ""))
            return
        function = _as(AllowedGlobal, function)
        self.charge(function.cost(arguments))
        if function is SAVED_STORAGE and self._load_storage is not None:
            self.push(self._load_storage(*arguments))
            return
        self.push(function.build(*arguments))

    def build(self) -> None:
        """Set the attributes of an opaque object or the content of an array; the state of anything else is ignored."""
        state = self.pop()
        target = self._stack[-1]
        if isinstance(target, InertObject):
            self.charge(set_state(target, state))
        elif isinstance(target, NumpyDtype):
            target.set_state(state)
        elif isinstance(target, UnfilledArray):
            array, size = array_from_state(state)
            self.charge(size + len(target.memo))
            self._stack[-1] = array
            self._memo.update(dict.fromkeys(target.memo, array))
            target.memo.clear()

    def persistent_id(self) -> None:
        if self._resolve_storage is None:
            raise MalformedCheckpoint("unexpected storage")
        persistent_id = _as(tuple, self.pop())
        if persistent_id[0] == "module":  # a class, with its source code, which is ignored
            self.push(_as(OpaqueGlobal, persistent_id[1]))
        else:
            self.push(self._resolve_storage(persistent_id))


def _as(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise MalformedCheckpoint(f"a {type(value).__name__} instead of a {kind.__name__}")
    return value


def _is_key(key: object) -> bool:
    """Whether a key hashes quickly and cannot be made to collide; items with other keys are dropped."""
    return type(key) is str or (type(key) is int and abs(key) < 2**60) or key is None or type(key) in (bool, float)


_STOP = ord(".")
_MODULES_OF_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}

# The binary opcodes that describe data. Rejected, because torch.save never writes them: the text opcodes of protocol 0,
# INST, OBJ, NEWOBJ_EX, EXT and PERSID.
_INSTRUCTIONS: dict[int, Callable[[_DataUnpickler], None]] = {
    ord(opcode): instruction
    for opcode, instruction in {
        "\x80": lambda m: m.take(1),  # PROTO
        "\x95": lambda m: m.take(8),  # FRAME
        "N": lambda m: m.push(None),
        "\x88": lambda m: m.push(True),
        "\x89": lambda m: m.push(False),
        "J": lambda m: m.push(m.number(4, signed=True)),
        "K": lambda m: m.push(m.byte()),
        "M": lambda m: m.push(m.number(2)),
        "\x8a": lambda m: m.long(m.byte()),
        "\x8b": lambda m: m.long(m.number(4)),
        "G": lambda m: m.push(struct.unpack(">d", m.take(8))[0]),
        "U": lambda m: m.push(m.take(m.byte()).decode("latin-1")),  # str of Python 2
        "T": lambda m: m.push(m.take(m.number(4)).decode("latin-1")),
        "\x8c": lambda m: m.push(m.take(m.byte()).decode(errors="replace")),
        "X": lambda m: m.push(m.take(m.number(4)).decode(errors="replace")),
        "\x8d": lambda m: m.push(m.take(m.number(8)).decode(errors="replace")),
        "C": lambda m: m.push(m.take(m.byte())),
        "B": lambda m: m.push(m.take(m.number(4))),
        "\x8e": lambda m: m.push(m.take(m.number(8))),
        "\x96": lambda m: m.push(m.take(m.number(8))),  # a bytearray
        ")": lambda m: m.push(()),
        "]": lambda m: m.push([]),
        "}": lambda m: m.push({}),
        "\x8f": lambda m: m.push([]),  # a set, read as a list: its items need not be hashable
        "\x85": lambda m: m.push(m.pop_n(1)),
        "\x86": lambda m: m.push(m.pop_n(2)),
        "\x87": lambda m: m.push(m.pop_n(3)),
        "(": _DataUnpickler.mark,
        "0": lambda m: m.pop(),
        "1": lambda m: m.pop_mark(),
        "t": lambda m: m.push(tuple(m.pop_mark())),
        "l": lambda m: m.push(m.pop_mark()),
        "\x91": lambda m: m.push(m.pop_mark()),  # a frozenset
        "a": lambda m: m.append([m.pop()]),
        "e": lambda m: m.append(m.pop_mark()),
        "\x90": lambda m: m.append(m.pop_mark()),  # items of a set
        "s": lambda m: m.set_items(list(m.pop_n(2))),
        "u": lambda m: m.set_items(m.pop_mark()),
        "q": lambda m: m.put(m.byte()),
        "r": lambda m: m.put(m.number(4)),
        "\x94": _DataUnpickler.memoize,
        "h": lambda m: m.get(m.byte()),
        "j": lambda m: m.get(m.number(4)),
        "c": lambda m: m.find_global(m.line(), m.line()),
        "\x93": lambda m: m.find_global(*map(str, m.pop_n(2))),
        "R": _DataUnpickler.reduce,
        "\x81": _DataUnpickler.reduce,
        "b": _DataUnpickler.build,
        "Q": _DataUnpickler.persistent_id,
    }.items()
}
