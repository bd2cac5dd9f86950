"""A pickle read without Python's `pickle`: a machine of plain values that can call nothing.

A pickle is a program. This machine runs the part of its language that describes data (numbers, texts, lists, dicts)
and looks every other name up in `inert.KNOWN`, whose few entries describe tensors and keep records; a name that is not
there ends the reading. No name is ever imported, no method of a read value is ever called, and what is built takes
memory in proportion to the pickle: whoever wants to spend more pays from a credit as long as the pickle itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Protocol

from engine.runs.torch_format.allowed_globals import KNOWN, NOT_DENSE, Known, RecordedConfig, TensorOutOfBounds

# Beyond this no file means a number, and Python's conversions to text and to float fail.
_LARGEST = 2**1023


class MalformedPickle(ValueError):
    """Not a pickle of plain values: truncated, damaged, or made to be neither."""


class UnsafePickle(ValueError):
    """A pickle that names something to import and call."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotDense(ValueError):
    """A pickle with a sparse, quantised or absent tensor."""


class Bytes(Protocol):
    """What a pickle lies in: bytes, a bytearray or a mapped file."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: Any, /) -> Any: ...
    def find(self, sought: bytes, start: int, /) -> int: ...


StorageOf = Callable[[tuple[object, ...]], object]


def read_pickle(data: Bytes, start: int = 0, storage_of: StorageOf | None = None) -> tuple[object, int]:
    """The value of the pickle that begins at `start`, and where it ends.

    `storage_of` finds what a persistent id, torch's name for a stretch of numbers, stands for.

    Raises:
        Malformed, UnsafePickle, NotDense, Overstated: as they say.
    """
    machine = _Unpickler(data, start, storage_of)
    try:
        return machine.run(), machine.at
    except (MalformedPickle, UnsafePickle, NotDense, TensorOutOfBounds):
        raise
    # Each of the machine's steps takes for granted what a torch.save writes; whatever else fails here is made up.
    except (IndexError, KeyError, TypeError, ValueError, ArithmeticError, struct.error, RuntimeError) as error:
        raise MalformedPickle(str(error)) from error


class _Unpickler:
    def __init__(self, data: Bytes, start: int, storage_of: StorageOf | None) -> None:
        self.at = start
        self._data = data
        self._storage_of = storage_of
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks under each mark
        self._memo: dict[int, Any] = {}
        self._credit = len(data) - start

    def run(self) -> object:
        data, operations = self._data, _OPERATIONS
        while True:
            operation = data[self.at]
            self.at += 1
            if operation == _STOP:
                return self._stack.pop()
            step = operations.get(operation)
            if step is None:
                raise MalformedPickle(f"operation {operation}")
            step(self)

    # What follows an operation -------------------------------------------------------------------------------------

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self._data):
            raise MalformedPickle("truncated")
        taken = bytes(self._data[self.at : end])
        self.at = end
        return taken

    def byte(self) -> int:
        self.at += 1
        value: int = self._data[self.at - 1]
        return value

    def number(self, length: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(length), "little", signed=signed)

    def line(self) -> str:
        end = self._data.find(b"\n", self.at)
        if end < 0:
            raise MalformedPickle("truncated")
        taken = self.take(end - self.at)
        self.at += 1
        return taken.decode()

    # The stack -----------------------------------------------------------------------------------------------------

    def push(self, value: object) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        return self._stack.pop()

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def pop_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._below.pop()
        return items

    def pop_few(self, count: int) -> tuple[Any, ...]:
        items = [self._stack.pop() for _ in range(count)]
        return tuple(reversed(items))

    def spend(self, amount: int) -> None:
        self._credit -= amount
        if self._credit < 0:
            raise MalformedPickle("it describes far more than it holds")

    # Operations that do more than push -----------------------------------------------------------------------------

    def put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def memoize(self) -> None:
        self.put(len(self._memo))

    def get(self, index: int) -> None:
        self.push(self._memo[index])

    def long(self, length: int) -> None:
        value = self.number(length, signed=True)
        self.push(value if -_LARGEST < value < _LARGEST else None)

    def append(self, items: list[Any]) -> None:
        _as(list, self._stack[-1]).extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = _as(dict, self._stack[-1])
        for key, value in zip(items[::2], items[1::2], strict=True):
            if _is_key(key):
                target[key] = value

    def name(self, module: str, name: str) -> None:
        full = f"{_MODULES_OF_PYTHON_2.get(module, module)}.{name}"
        if full in NOT_DENSE:
            raise NotDense(full)
        if full not in KNOWN:
            raise UnsafePickle(f"{module}.{name}")
        self.push(KNOWN[full])

    def build_new(self) -> None:
        known, arguments = self.pop_few(2)
        known, arguments = _as(Known, known), _as(tuple, arguments)
        self.spend(known.cost(arguments))
        self.push(known.build(*arguments))

    def set_state(self) -> None:
        """Attributes of a recorded config are kept; those of dicts and tensors say nothing that is used."""
        state = self.pop()
        target = self._stack[-1]
        if isinstance(target, RecordedConfig) and isinstance(state, dict):
            vars(target).update((key, value) for key, value in state.items() if isinstance(key, str))

    def persistent(self) -> None:
        if self._storage_of is None:
            raise MalformedPickle("numbers where none are expected")
        self.push(self._storage_of(_as(tuple, self.pop())))


def _as(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise MalformedPickle(f"a {type(value).__name__} for a {kind.__name__}")
    return value


def _is_key(key: object) -> bool:
    """Keys that hash in no time and do not collide; an item under any other is left out."""
    return type(key) is str or (type(key) is int and abs(key) < 2**60) or key is None or type(key) in (bool, float)


_STOP = ord(".")
_MODULES_OF_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}

# The operations of a binary pickle that describe data. Not here, so refused: those of protocol 0, INST, OBJ,
# NEWOBJ_EX, EXT and PERSID, which no torch.save writes.
_OPERATIONS: dict[int, Callable[[_Unpickler], None]] = {
    ord(operation): step
    for operation, step in {
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
        "U": lambda m: m.push(m.take(m.byte()).decode("latin-1")),  # text of Python 2
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
        "\x8f": lambda m: m.push([]),  # a set, kept as a list: its items need not hash
        "\x85": lambda m: m.push(m.pop_few(1)),
        "\x86": lambda m: m.push(m.pop_few(2)),
        "\x87": lambda m: m.push(m.pop_few(3)),
        "(": _Unpickler.mark,
        "0": lambda m: m.pop(),
        "1": lambda m: m.pop_mark(),
        "t": lambda m: m.push(tuple(m.pop_mark())),
        "l": lambda m: m.push(m.pop_mark()),
        "\x91": lambda m: m.push(m.pop_mark()),  # a frozen set
        "a": lambda m: m.append([m.pop()]),
        "e": lambda m: m.append(m.pop_mark()),
        "\x90": lambda m: m.append(m.pop_mark()),  # items of a set
        "s": lambda m: m.set_items(list(m.pop_few(2))),
        "u": lambda m: m.set_items(m.pop_mark()),
        "q": lambda m: m.put(m.byte()),
        "r": lambda m: m.put(m.number(4)),
        "\x94": _Unpickler.memoize,
        "h": lambda m: m.get(m.byte()),
        "j": lambda m: m.get(m.number(4)),
        "c": lambda m: m.name(m.line(), m.line()),
        "\x93": lambda m: m.name(*map(str, m.pop_few(2))),
        "R": _Unpickler.build_new,
        "\x81": _Unpickler.build_new,
        "b": _Unpickler.set_state,
        "Q": _Unpickler.persistent,
    }.items()
}
