"""Settings from the environment: every variable begins with RT_ and stands in the table `FLAGS`.

`get("RT_DEBUG")` gives the value, read once; a misspelt RT_ name or a bad value gives one warning.
"""

from __future__ import annotations

import difflib
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadArgument, BadFlag

__all__ = [
    "FLAGS", "Flag", "get", "refresh", "say", "table", "warn_misspelt",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flag:
    """One environment variable: how to read its text, what it is without one, and what it does.

    >>> rt.flags.FLAGS["RT_SPEC"].takes
    '0 or 1'
    """

    read: Callable[[str], Any]
    default: Any
    takes: str
    doc: str


def _switch(text: str) -> bool:
    return {"1": True, "0": False, "": False}[text]


def _level(text: str) -> int:
    value = int(text or 0)
    if not 0 <= value <= 9:
        raise ValueError(text)
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _bytes(text: str) -> int:
    unit = {"K": 10, "M": 20, "G": 30}.get(text[-1:].upper())
    return _count(text if unit is None else text[:-1]) << (unit or 0)


def _choice(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return read


FLAGS: Mapping[str, Flag] = {
    "RT_DEBUG": Flag(
        _level, 0, "0 to 9",
        "How much to show: 1 our own frames in tracebacks; to stderr also 2 compile times and what is left to "
        "Python, 3 what got memory and why, 4 kernels, 5 every pass.",
    ),
    "RT_SPEC": Flag(_switch, False, "0 or 1", "Check every program after every pass."),
    "RT_KEYS": Flag(_switch, False, "0 or 1", "Raise where a random key is used twice."),
    "RT_NUM_THREADS": Flag(_count, None, "a number from 1", "Threads a program may use; all usable cores without it."),
    "RT_CPU": Flag(
        _choice("", "sse4", "avx2", "avx512"), "", "sse4, avx2 or avx512",
        "Use no CPU features beyond these; everything the machine has without it.",
    ),
    "RT_CACHE_DIR": Flag(str, "", "a folder, or off", "Where compiled kernels are kept; off keeps none on disk."),
    "RT_CACHE_BYTES": Flag(
        _bytes, 1 << 30, "a number of bytes, as 500M or 2G",
        "How much may be kept there: what was not used for longest leaves first.",
    ),
    "RT_PORTABLE": Flag(_switch, False, "0 or 1", "Use the plain fallback of everything that is Linux's alone."),
    "RT_REQUIRE_PEERS": Flag(_switch, False, "0 or 1", "For the tests: fail where PyTorch is missing."),
}  # fmt: skip

_values: dict[str, Any] = {}


def get(name: str) -> Any:
    """The value of a flag: what the environment says at its first use, else its default.

    >>> rt.flags.get("RT_DEBUG") in range(10)
    True
    """
    try:
        return _values[name]
    except KeyError:
        if name not in FLAGS:
            raise BadArgument("flags.get", "name", name, f"One of {', '.join(FLAGS)}") from None
        value = _values[name] = _from_environment(name)
        return value


def _from_environment(name: str) -> Any:
    flag = FLAGS[name]
    text = os.environ.get(name)
    if text is None:
        return flag.default
    try:
        return flag.read(text.strip())
    except (ValueError, KeyError):
        message = f"{name}={text!r} is not understood and does nothing: {flag.takes} would work. [{BadFlag.code}]"
        warnings.warn(message, BadFlag, stacklevel=3)
        return flag.default


def warn_misspelt(environment: Mapping[str, str] = os.environ) -> None:
    """Warn about each RT_ variable that is not in the table; it happens once, when this module is imported.

    >>> rt.flags.warn_misspelt({"HOME": "elsewhere"})
    """
    for name in environment:
        if name.startswith("RT_") and name not in FLAGS:
            near = difflib.get_close_matches(name, FLAGS, 1)
            meant = f"did you mean {near[0]}?" if near else f"the flags are {', '.join(FLAGS)}."
            message = f"the environment variable {name} does nothing: {meant} [{BadFlag.code}]"
            warnings.warn(message, BadFlag, stacklevel=3)


def say(level: int, text: Callable[[], str]) -> None:
    """Print to stderr, if RT_DEBUG is at least `level`.

    >>> rt.flags.say(9, lambda: "the text is made only if it is printed")
    """
    if get("RT_DEBUG") >= level:
        print(text(), file=sys.stderr)


def refresh() -> None:
    """Forget the values read so far, so that the environment is read again.

    >>> rt.flags.refresh()
    """
    _values.clear()


def table() -> str:
    """All flags as a Markdown table: the page of the docs.

    >>> print(rt.flags.table().splitlines()[0])
    | variable | takes | default | what it does |
    """
    rows = [f"| `{name}` | {flag.takes} | {flag.default!r} | {flag.doc} |" for name, flag in FLAGS.items()]
    return "\n".join(["| variable | takes | default | what it does |", "|---|---|---|---|", *rows])


def __dir__() -> list[str]:
    return __all__


warn_misspelt()
