"""The reference target: a program is its NumPy meaning, equation by equation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn.core import targets
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.ir import Func
from rustorch_fn.core.trace import reference


class Program(targets.Program):
    """A Func that is interpreted."""

    def __init__(self, func: Func) -> None:
        self.func = func
        self.forms = [form(a) for a in func.out_avals]

    def __call__(self, args: Sequence[Array]) -> list[Array]:
        outs = reference(self.func, [a.view for a in args])
        return [Array.of(np.asarray(y), f) for y, f in zip(outs, self.forms, strict=True)]

    def memory(self) -> dict[str, int]:
        """All values are kept as NumPy likes."""
        values = [v.aval.nbytes for e in self.func.equations for v in e.outputs]
        return {
            "argument_size_in_bytes": sum(a.nbytes for a in self.func.in_avals),
            "output_size_in_bytes": sum(a.nbytes for a in self.func.out_avals),
            "temp_size_in_bytes": sum(values),
            "alias_size_in_bytes": 0,
            "generated_code_size_in_bytes": 0,
        }

    def cost(self) -> dict[str, float]:
        """One operation an element, each value read and written once."""
        size = sum(v.aval.size for e in self.func.equations for v in e.outputs)
        nbytes = sum(v.aval.nbytes for e in self.func.equations for v in e.outputs)
        return {"flops": float(size), "bytes accessed": 2.0 * nbytes, "optimal_seconds": nbytes / 1e9}

    def text(self) -> str:
        return repr(self.func)


def compile(func: Func, donated: tuple[bool, ...], options: dict[str, Any]) -> Program:
    """A program for a tidied Func."""
    return Program(func)


def found() -> str:
    """What it runs on."""
    return f"NumPy {np.__version__}"
