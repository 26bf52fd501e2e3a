"""Names for parts of a program, for people who read it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from rustorch_fn import tree
from rustorch_fn.boundary import boundary
from rustorch_fn.core.trace import EVAL, aval_of, current, trace
from rustorch_fn.transform.call import apply, named
from rustorch_fn.transform.grad import Flat, lifted, name_of

P = ParamSpec("P")
R = TypeVar("R")


def named_call(fun: Callable[P, R], *, name: str | None = None) -> Callable[P, R]:
    """The function as a part with a name of its own in printed programs.

    >>> double = rt.named_call(lambda x: x + x, name="double")
    >>> print(rt.make_jaxpr(double)(1.0))
    func(a: f32[]*) -> f32[]* {
      b: f32[]* = call{func=func(a: f32[]*) -> f32[]* {
        b: f32[]* = add a a
        return b
      }, rule=@double} a
      return b
    }
    """
    title = name or name_of(fun)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Any:
        if current() is EVAL:
            return fun(*args, **kwargs)
        leaves, treedef = tree.flatten((args, kwargs))
        leaves = lifted("named_call", fun, leaves)
        flat = Flat(lambda a, k: fun(*a, **k), treedef, name=title)
        func, captured = trace(flat, [aval_of(x) for x in leaves])
        return tree.unflatten(flat.out_tree, apply(func, [*captured, *leaves], named(title)))

    return wrapped
