"""Functions of the rooms above that run as one compiled program each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rustorch_fn.transform.custom import custom_jvp
from rustorch_fn.transform.grad import jvp
from rustorch_fn.transform.jit import jit
from rustorch_fn.transform.vmap import vmap

__all__ = ["custom_jvp", "jvp", "program", "vmap"]


def program(*static: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function; the named arguments are part of the program."""

    def decorate(fun: Callable[..., Any]) -> Callable[..., Any]:
        return jit(fun, static_argnames=static)

    return decorate
