"""Run the user's own code: its errors become one sentence that names the line, and its prints go to stderr.

Nothing here decides to run code: only a module that the user passes in Python, or the option --network, does.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import torch

from engine.errors import GrokError, WrongUsage

_TORCH = str(Path(torch.__file__).parent)
# Folders whose lines are not the user's.
_LIBRARIES = (_TORCH, str(Path(__file__).parents[1]), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))


# The modules in its folder that a file imported when it was last loaded, by file: a reload imports them again.
_neighbours: dict[Path, set[str]] = {}


class UserCodeError(GrokError):
    """The user's own code failed; the message has its exception and line."""


@contextmanager
def running_user_code(what: str, advice: str = "") -> Iterator[None]:
    """Turn an exception of the user's code into one sentence; `what` is its subject, `advice` may follow.

    Raises:
        UserCodeError: the code failed.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except GrokError:
        raise
    except (Exception, SystemExit) as error:
        line = _line_of(error)
        where = f" in {line}" if line else ""
        raise UserCodeError(f"{what} failed{where}: {_described(error)}{advice}.") from error


def load_function(file: Path, name: str) -> Any:
    """Import a file, with the files of its folder that it imports, and return one of its functions.

    Raises:
        WrongUsage: there is no such file or function.
        UserCodeError: the file cannot be imported.
    """
    try:
        source = file.read_bytes()
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror or error}; --network is FILE.py:FUNCTION.") from error
    module = ModuleType(f"_network_{hashlib.sha256(bytes(file.absolute()) + source).hexdigest()[:16]}")
    module.__file__ = str(file)
    for name_of_neighbour in _neighbours.pop(file.absolute(), ()):
        sys.modules.pop(name_of_neighbour, None)
    with running_user_code(f"Importing {file}"), _noting_neighbours(file), importing_from(file.absolute().parent):
        sys.modules[module.__name__] = module  # dataclasses and pickles look a class's module up
        exec(compile(source, str(file), "exec"), vars(module))
    function = getattr(module, name, None)
    if not callable(function):
        functions = [key for key, value in vars(module).items() if inspect.isroutine(value) and not key.startswith("_")]
        raise WrongUsage(f"{file} has no function {name}; it has {', '.join(functions) or 'none'}.")
    return function


@contextmanager
def _noting_neighbours(file: Path) -> Iterator[None]:
    """Note which modules of the folder of a file are imported; none of this program, if it lies there."""
    before, folder, own = set(sys.modules), str(file.absolute().parent), __name__.partition(".")[0]
    try:
        yield
    finally:
        _neighbours[file.absolute()] = {
            name
            for name in sys.modules.keys() - before
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(folder)
            and name.partition(".")[0] not in (own, "grok_tui")
        }


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let imports find the files of a folder, as `python FILE` would; writes no bytecode beside them."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


def code_digest(file: Path, module: torch.nn.Module) -> str:
    """SHA-256 of the file and of the files that define the classes of a module, except those of PyTorch."""
    files = {file.absolute()}
    for submodule in module.modules():
        try:
            source = inspect.getsourcefile(type(submodule))
        except TypeError:  # a class of the file itself
            continue
        if source is not None and not source.startswith(_TORCH) and Path(source).is_file():
            files.add(Path(source).absolute())
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in sorted(files)]
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _described(error: BaseException) -> str:
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text[:300].rstrip('.')}" if text else name


def _line_of(error: BaseException) -> str:
    """The innermost line of the user's code in a traceback; of a syntax error, its own line."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"line {error.lineno} of {error.filename}"
    for file, line in reversed(_frames(error.__traceback__)):
        if not file.startswith((*_LIBRARIES, "<frozen")):
            return f"line {line} of {file}"
    return ""


def _frames(traceback: TracebackType | None) -> Sequence[tuple[str, int]]:
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames
