"""Names for parts of a program, for people who read it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from rustorch_fn import errors, tree
from rustorch_fn.boundary import boundary
from rustorch_fn.core.trace import EVAL, aval_of, current, scope, trace
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


class named_scope(contextlib.ContextDecorator):
    """`with named_scope("encoder"):` (or as a decorator) names a part of a program for people.

    The name stands beside the line in what is said about ops that were traced inside: errors, and RT_DEBUG's reports.
    Scopes within scopes are joined by "/". Raises BadArgument for a name that is no text.

    >>> @rt.named_scope("encoder")
    ... def f(x):
    ...     return rt.numpy.log(x)
    >>> with rt.debug.nans():
    ...     rt.jit(f)(-1.0)
    Traceback (most recent call last):
    rustorch_fn.errors.NotFinite: log gave nan for -1.0: ... in encoder)...
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise errors.BadArgument("named_scope", "name", name, "A text")
        self.name = name
        self.tokens: list[Any] = []

    def __enter__(self) -> None:
        around = scope.get()
        self.tokens.append(scope.set(f"{around}/{self.name}" if around else self.name))

    def __exit__(self, *_: object) -> None:
        scope.reset(self.tokens.pop())
