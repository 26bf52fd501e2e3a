"""Control flow as Python does it, where disable_jit asks for that: the functions see values, and can be stepped.

Each gives None where a value that decides is not known, as under vmap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import errors, tree
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import context


def asked() -> bool:
    """Whether control flow is Python's here."""
    return context().settings.disable_jit


def switch(index: Any, branches: Sequence[Callable[..., Any]], operands: Any) -> tuple[Any] | None:
    """The chosen branch's result, in a tuple."""
    try:
        chosen = int(index.concrete("int"))
    except errors.ConcretizationError:
        return None
    return (_arrays(branches[min(max(chosen, 0), len(branches) - 1)](*operands)),)


def while_loop(cond_fun: Callable[[Any], Any], body_fun: Callable[[Any], Any], val: Any) -> tuple[Any] | None:
    """The last value, in a tuple."""
    val = _arrays(val)
    try:
        while bool(cond_fun(val)):
            val = _arrays(body_fun(val))
    except errors.ConcretizationError:
        return None
    return (val,)


def scan(f: Callable[[Any, Any], Any], carry: Any, xs: Any, n: int, reverse: bool) -> tuple[Any, Any] | None:
    """(carry, ys), for at least one turn."""
    if not n:
        return None
    ys: list[Any] = [None] * n
    carry = _arrays(carry)
    for k in range(n - 1, -1, -1) if reverse else range(n):
        carry, y = f(carry, tree.map(lambda x, k=k: x[k], xs))
        carry, ys[k] = _arrays(carry), _arrays(y)
    return carry, tree.map(lambda *rows: roles.stack(list(rows)), *ys)


def _arrays(x: Any) -> Any:
    return tree.map(lambda leaf: roles.asarray(leaf) if isinstance(leaf, int | float | np.ndarray) else leaf, x)
