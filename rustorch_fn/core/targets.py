"""Where programs can run: names of targets, imported when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from rustorch_fn import errors
from rustorch_fn.core import forks
from rustorch_fn.core.ir import Func


class Program(Protocol):
    """A compiled Func."""

    def __call__(self, args: Sequence[Any]) -> list[Any]:
        """Run on arrays, in the order of the Func's inputs."""

    def short(self, *args: Any) -> Any:
        """Run without Python: the one result or a list of them, None to decline, or a number to `fail` with."""
        return None

    def fail(self, number: int) -> None:
        """Raise what the number of `short` means."""
        raise errors.InternalError(f"a program failed with {number}")

    def memory(self) -> dict[str, int]:
        """Bytes: argument, output, temp, alias, generated code."""

    def cost(self) -> dict[str, float]:
        """Estimates: flops, bytes accessed, seconds."""

    def text(self) -> str:
        """What the target's compiler was given."""


class Target(Protocol):
    """A module `rustorch_fn.target.<name>`."""

    def compile(self, func: Func, donated: tuple[bool, ...], options: dict[str, Any]) -> Program:
        """A program for a tidied Func; `donated` inputs may be overwritten."""

    def found(self) -> str:
        """What it runs on, with versions; MissingExtra where that is not installed."""


TARGETS = {"llvm": "rustorch_fn.target.llvm", "numpy": "rustorch_fn.target.numpy"}
ALIASES = {"cpu": "llvm"}


def target(name: str) -> Any:
    """The target module of this name."""
    known = ALIASES.get(name, name)
    if known not in TARGETS:
        raise errors.TargetError(f"there is no backend {name!r}", hint=f"There are {', '.join(sorted(TARGETS))}.")
    return forks.module(TARGETS[known])
