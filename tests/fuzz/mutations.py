"""Mutations of a file: bytes anywhere, and the fields where its format stores sizes, names and values."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

Mutation = Callable[[bytes, Random], bytes]

_BOUNDARIES = (0, 1, 7, 127, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**64 - 1)
_VALUES: tuple[Any, ...] = (
    *(None, True, "", "x", "\x1b]0;owned\x07", "9" * 5000, [], {}, [[]], {"": {}}, 0, -1, 1.5, 1e308, float("nan")),
    *(
        float("inf"),
        7,
        8,
        10**9,
        2**53,
        2**63,
        10**30,
        "F32",
        "I64",
        "x y =",
        "random.seed",
        [0, 2**62],
        [2**32, 2**32],
    ),
)
_OPCODES = (
    b"cposix\nsystem\n",
    b"cbuiltins\neval\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
    b"cnumpy._core.numeric\n_frombuffer\n",
    b"cnumpy\ndtype\n",
    b"cfoo\nBar\n)\x81",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch\nFloatStorage\n",
    b"X\x02\x00\x00\x00idcposix\nsystem\nq\x01h\x01\x86R",
    b"(X\x02\x00\x00\x00idios\nsystem\n",
    *(b"R", b"b", b"\x81", b"Q", b"0", b"2", b"(", b"t", b"}", b"]", b"h\x00", b"\x93", b"\x94", b".", b"u", b"e"),
)


def mutate(data: bytes, name: str, random: Random) -> bytes:
    """Apply one to three random mutations that suit the format."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        data = random.choice(_mutations_for(name, data))(data, random)
    return data


def _mutations_for(name: str, data: bytes) -> tuple[Mutation, ...]:
    for suffix, mutations in _OF_TEXT.items():
        if name.endswith(suffix):
            return (*_ANYWHERE, *mutations)
    if data[:2] == b"PK":
        return (*_ANYWHERE, _zip_member, _zip_member, _zip_member, _zip_shape, _zip_shape)
    if data[8:9] == b"{":
        return (*_ANYWHERE, _header_value, _header_value, _header_value, _header_length)
    return (*_ANYWHERE, _pickle_opcode, _pickle_opcode)


# Anywhere -----------------------------------------------------------------------------------------------------------


def _flip(data: bytes, random: Random) -> bytes:
    out = bytearray(data)
    for _ in range(random.randint(1, 8)):
        if out:
            out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return bytes(out)


def _truncate(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _cut(data: bytes, random: Random) -> bytes:
    at, length = _span(data, random)
    return data[:at] + data[at + length :]


def _repeat(data: bytes, random: Random) -> bytes:
    at, length = _span(data, random)
    return data[: at + length] + data[at : at + length] * random.choice((1, 2, 50)) + data[at + length :]


def _splice(data: bytes, random: Random) -> bytes:
    """Copy a part of the file over another part."""
    at, length = _span(data, random)
    to, _ = _span(data, random)
    return data[:to] + data[at : at + length] + data[to + length :]


def _noise(data: bytes, random: Random) -> bytes:
    at, length = _span(data, random)
    return data[:at] + random.randbytes(length) + data[at + random.choice((0, length)) :]


def _number(data: bytes, random: Random) -> bytes:
    """Overwrite 1, 2, 4 or 8 bytes with a boundary value."""
    width = random.choice((1, 2, 4, 8))
    at = random.randrange(len(data) + 1)
    value = random.choice(_BOUNDARIES) % (1 << 8 * width)
    return data[:at] + value.to_bytes(width, "little") + data[at + width :]


def _span(data: bytes, random: Random) -> tuple[int, int]:
    return random.randrange(len(data) + 1), random.choice((1, 4, 8, 64, 1000))


_ANYWHERE: tuple[Mutation, ...] = (_flip, _truncate, _cut, _repeat, _splice, _noise, _number)


# A pickle -----------------------------------------------------------------------------------------------------------


def _pickle_opcode(data: bytes, random: Random) -> bytes:
    """Insert or overwrite opcodes near the start of the file, where the program is."""
    at = random.randrange(min(len(data), 6000) + 1)
    opcodes = random.choice((*_OPCODES, b"K\xff", b"J\xff\xff\xff\x7f", b"\x8a\x08" + b"\xff" * 7 + b"\x7f"))
    return data[:at] + opcodes + data[at + random.choice((0, len(opcodes), 2)) :]


# A zip --------------------------------------------------------------------------------------------------------------


def _zip_member(data: bytes, random: Random) -> bytes:
    """Damage one member of a valid archive."""
    members = _members(data)
    if not members:
        return _flip(data, random)
    name = random.choice([*members, *(name for name in members if name.endswith("data.pkl"))])
    change = random.choice((*_ANYWHERE, _pickle_opcode, _pickle_opcode))
    members[name] = change(members[name], random)
    return _archive(members)


def _zip_shape(data: bytes, random: Random) -> bytes:
    """Drop, rename, swap or compress members, or nest the archive in another."""
    members = _members(data)
    if not members:
        return _truncate(data, random)
    one, other = random.choice(list(members)), random.choice(list(members))
    match random.randrange(6):
        case 0:
            del members[one]
        case 1:
            members[f"../../{other}"] = members.pop(one)
        case 2:
            members[one], members[other] = members[other], members[one]
        case 3:
            members[one] = bytes(random.choice((1, 2**20, 2**26)))
            return _archive(members, zipfile.ZIP_DEFLATED)
        case 4:
            return _archive({"archive/data.pkl": data, "archive/data/0": data})
        case _:
            members = {name.replace("data.pkl", "data.pkl/data.pkl"): value for name, value in members.items()}
    return _archive(members)


def _members(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # damaged by an earlier mutation
        return {}


def _archive(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, value in members.items():
            archive.writestr(name, value)
    return out.getvalue()


# JSON ---------------------------------------------------------------------------------------------------------------


def _json_value(data: bytes, random: Random) -> bytes:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _flip(data, random)
    return json.dumps(_changed(value, random)).encode()


def _json_line(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    lines[at] = _json_value(lines[at], random)
    return b"\n".join(lines)


def _changed(value: Any, random: Random) -> Any:
    """The value with one item at any depth replaced, dropped or renamed."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        match random.randrange(8):
            case 0:
                return {name: item for name, item in value.items() if name != key}
            case 1:
                return {
                    random.choice(("", "\x1b[2J", "b" * 500, "W_E", 'a"b')) if k == key else k: v
                    for k, v in value.items()
                }
            case _:
                return {**value, key: _changed(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.7:
        at = random.randrange(len(value))
        return [*value[:at], _changed(value[at], random), *value[at + 1 :]]
    return random.choice(_VALUES)


def _header_value(data: bytes, random: Random) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header = _json_value(data[8 : 8 + length], random)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def _header_length(data: bytes, random: Random) -> bytes:
    return random.choice((*_BOUNDARIES, len(data), len(data) - 8)).to_bytes(8, "little") + data[8:]


# CSV ----------------------------------------------------------------------------------------------------------------


def _csv_cell(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    cells = lines[at].split(b",")
    values = (
        b"",
        b"nan",
        b"inf",
        b"-1",
        b"1e400",
        b"1" * 400,
        b"\xff\xfe",
        b"\x00",
        b"1_0",
        b'"',
        b"1,2",
        b"x" * 200_000,
    )
    cells[random.randrange(len(cells))] = random.choice(values)
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


# YAML ---------------------------------------------------------------------------------------------------------------


def _yaml_token(data: bytes, random: Random) -> bytes:
    """Insert a token, or nested ones, where a line or word begins."""
    tokens = (
        *(b"&a ", b"*a", b"<<: *a\n", b"!!python/object/apply:os.system [id]", b"!!binary ", b"!!timestamp ", b"? "),
        *(b"[" * 500, b"{" * 500, b"- " * 500, b"x: " * 50, b"9" * 5000, b"1:" * 500),
        *(b"|\n", b"\x1b[2J", b"\t", b"%", b"---\n", b".inf", b"null: ", b"\xff", b"'", b'"'),
    )
    places = [place for place, byte in enumerate(data) if byte in b"\n :,["] or [0]
    at = random.choice(places) + 1
    return data[:at] + random.choice(tokens) + data[at:]


_OF_TEXT: dict[str, tuple[Mutation, ...]] = {
    ".json": (_json_value,) * 4,
    ".jsonl": (_json_line,) * 3,
    ".csv": (_csv_cell,) * 3,
    ".yaml": (_yaml_token,) * 3,
    ".yml": (_yaml_token,) * 3,
}
