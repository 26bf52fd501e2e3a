"""Read what an object file needs from elsewhere: ELF, Mach-O and COFF, 64 bits, little endian."""

from __future__ import annotations

import struct
from collections.abc import Iterator


def undefined(data: bytes) -> set[str]:
    """The symbols that an object file uses and does not define, as C spells them."""
    if data[:4] == b"\x7fELF":
        return set(_elf(data))
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return {name.removeprefix("_") for name in _macho(data)}
    return set(_coff(data))


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode()


def _elf(data: bytes) -> Iterator[str]:
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + k * size) for k in range(count)]
    for _, kind, _, _, offset, length, link, *_ in sections:
        if kind == 2:  # the table of symbols
            names = sections[link][4]
            for at in range(offset, offset + length, 24):
                name, _, _, section = struct.unpack_from("<IBBH", data, at)
                if name and not section:
                    yield _text(data, names + name)


def _macho(data: bytes) -> Iterator[str]:
    (count,) = struct.unpack_from("<I", data, 16)
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", data, at)
        if command == 2:  # LC_SYMTAB
            symbols, number, names, _ = struct.unpack_from("<IIII", data, at + 8)
            for k in range(number):
                name, kind, _, _, _ = struct.unpack_from("<IBBHQ", data, symbols + 16 * k)
                if kind & 0x0F == 1:  # external, of no section
                    yield _text(data, names + name)
        at += size


def _coff(data: bytes) -> Iterator[str]:
    machine, _, _, symbols, number = struct.unpack_from("<HHIII", data, 0)
    if machine not in (0x8664, 0xAA64):
        raise ValueError(f"no object file for a 64-bit machine: it begins with {data[:4]!r}")
    k = 0
    while k < number:
        at = symbols + 18 * k
        name, value, section, _, kind, more = struct.unpack_from("<8sIhHBB", data, at)
        if not section and not value and kind == 2:
            far = struct.unpack_from("<II", name)
            yield _text(data, symbols + 18 * number + far[1]) if not far[0] else name.rstrip(b"\0").decode()
        k += 1 + more
