"""Python functions inside of programs: ops that call back, in place, with the values of their operands.

A compiled program calls them as steps, so they run once for each time that their place is reached, in program order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from rustorch_fn import dtypes, errors, tree
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import closed
from rustorch_fn.core.primitive import BatchAxis, Primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import EVAL, aval_of, running
from rustorch_fn.transform.batch import move_to
from rustorch_fn.transform.grad import lifted, name_of

METHODS = ("sequential", "sequential_unrolled", "expand_dims", "broadcast_all", "legacy_vectorized")


class Callback:
    """A Python function with the structure of its arguments and results; equal ones are one object.

    As an attribute of an op it prints as a number, which no other callback of the process has.
    """

    __slots__ = ("fun", "in_tree", "kinds", "out_tree", "method", "number", "__weakref__")

    def __init__(self, fun: Callable[..., Any], in_tree: Any, kinds: Any, out_tree: Any, method: str | None) -> None:
        self.fun, self.in_tree, self.kinds, self.out_tree, self.method = fun, in_tree, kinds, out_tree, method
        self.number = next(_numbers)

    def __repr__(self) -> str:
        return f"<{name_of(self.fun)} {self.number}>"

    def __call__(self, *values: np.ndarray) -> Any:
        """What the function gives for these leaves, which are copied, as their memory is the program's."""
        wholes = [_whole(np.array(x), k) for x, k in zip(values, self.kinds, strict=True)]
        arrays = [Array.of(x, form(Aval(x.shape, k))) for x, k in zip(wholes, self.kinds, strict=True)]
        args, kwargs = tree.unflatten(self.in_tree, arrays)
        # the caller ignores what overflows; the user's own NumPy should not
        with running(EVAL), np.errstate(divide="warn", over="warn", invalid="warn"):
            return self.fun(*args, **kwargs)


def _whole(x: np.ndarray, kind: Any) -> np.ndarray:
    """A leaf in its own type: programs may hold a complex one as its parts along a last axis."""
    return x.view(kind)[..., 0] if kind in dtypes.COMPLEX and x.dtype not in dtypes.COMPLEX else x


_numbers = itertools.count(1)
_known: WeakValueDictionary[Any, Callback] = WeakValueDictionary()


def prepared(
    op: str, fun: Any, args: Sequence[Any], kwargs: Any, out_tree: Any = None, method: str | None = None
) -> tuple[Callback, list[Any]]:
    """A function as a callback, and its arguments as operands."""
    if not callable(fun):
        raise errors.BadType(op, "callback", fun, "A function")
    leaves, in_tree = tree.flatten((tuple(args), dict(kwargs)))
    operands = lifted(op, fun, leaves)
    kinds = tuple(aval_of(x).dtype for x in operands)
    key = (id(fun), in_tree, kinds, out_tree, method)
    found = _known.get(key)
    if found is None or found.fun is not fun:
        found = _known[key] = Callback(fun, in_tree, kinds, out_tree, method)
    return found, operands


def _lanes(run: Callable[..., Any], lanes: Any, values: Sequence[np.ndarray]) -> list[Any]:
    """What `run` gives for each lane of each mapped axis, the outermost first."""
    if not lanes:
        return [run(*values)]
    (size, mapped), rest = lanes[0], lanes[1:]
    picked = ([x[k] if on else x for x, on in zip(values, mapped, strict=True)] for k in range(size))
    return [out for lane in picked for out in _lanes(run, rest, lane)]


class _Calls(Primitive):
    """What callbacks share: they are steps that Python does."""

    multiple = True
    step = "host"

    def mapped(
        self, axis: BatchAxis, xs: Sequence[Any], ds: Sequence[int | None], lanes: Any
    ) -> tuple[list[Any], tuple[Any, ...]]:
        """Operands with the new axis in front, and the mapped axes with the new one, the outermost."""
        moved = [x if d is None else move_to(x, d, 0, axis) for x, d in zip(xs, ds, strict=True)]
        return moved, ((axis.size, tuple(d is not None for d in ds)), *lanes)


class PureCallback(_Calls):
    """results of `callback(*operands)`, once for each lane of `lanes`."""

    name = "pure_callback"

    def shape(self, *avals: Aval, callback: Callback, results: tuple[Aval, ...], lanes: Any) -> list[Aval]:
        sizes = tuple(size for size, _ in lanes)
        return [a.like(shape=(*sizes, *a.shape)) for a in results]

    def ref(self, *values: Any, callback: Callback, results: tuple[Aval, ...], lanes: Any) -> Any:
        made = [self.checked(callback, results, out) for out in _lanes(callback, lanes, values)]
        sizes = tuple(size for size, _ in lanes)
        if not lanes:
            return made[0]
        rows = zip(*made, strict=True) if made else ([] for _ in results)
        return [
            np.stack(row).reshape(*sizes, *a.shape) if row else np.zeros((*sizes, *a.shape), dtypes.physical(a.dtype))
            for row, a in zip(map(list, rows), results, strict=True)
        ]

    def checked(self, callback: Callback, results: tuple[Aval, ...], out: Any) -> list[np.ndarray]:
        """What a callback gave, as what it said that it gives."""
        what = f"pure_callback({name_of(callback.fun)})"
        made = []
        for k, (leaf, want) in enumerate(zip(tree.flatten_up_to(callback.out_tree, out, what), results, strict=True)):
            if want.dtype is dtypes.key:
                y = roles.asarray(leaf).view
            else:
                y = np.asarray(leaf)
                if y.dtype != want.dtype and not _same_kind(y.dtype, want.dtype):
                    got = f"{y.dtype} for {want}, result leaf {k}"
                    raise errors.DtypeError(f"{what}: the result is of another type than was said", got=got)
            if y.shape != want.shape:
                got = f"{list(y.shape)} for {want}, result leaf {k}"
                raise errors.ShapeError(f"{what}: the result has another shape than was said", got=got)
            made.append(np.asarray(y, dtypes.physical(want.dtype)))
        return made

    def lin(self, active: tuple[bool, ...], *xs: Any, callback: Callback, **attrs: Any) -> Any:
        raise errors.NonDifferentiable(
            f"pure_callback({name_of(callback.fun)}): a Python function has no derivative",
            hint="rt.custom_jvp or rt.custom_vjp gives it one; rt.lax.stop_gradient leaves it out.",
        )

    def batch(
        self, axis: BatchAxis, xs: Any, ds: Any, *, callback: Callback, results: tuple[Aval, ...], lanes: Any
    ) -> Any:
        method = callback.method
        if method is None:
            raise errors.BadArgument("pure_callback under vmap", "vmap_method", None, f"One of {', '.join(METHODS)}")
        moved, wide = self.mapped(axis, xs, ds, lanes)
        if method.startswith("sequential"):
            outs = pure_callback_op(*moved, callback=callback, results=results, lanes=wide)
        else:
            if method == "broadcast_all":
                moved = [move_to(x, None if d is None else 0, 0, axis) for x, d in zip(moved, ds, strict=True)]
            elif method == "expand_dims":
                moved = [_expanded(x) if d is None else x for x, d in zip(moved, ds, strict=True)]
            more = tuple(a.like(shape=(axis.size, *a.shape)) for a in results)
            outs = pure_callback_op(*moved, callback=callback, results=more, lanes=())
        return outs, [0] * len(outs)


def _expanded(x: Any) -> Any:
    return roles.reshape(x, (1, *aval_of(x).shape))


def _same_kind(got: np.dtype, want: Any) -> bool:
    """Whether a result is what was said but for its width, which NumPy likes to be 64 bits."""
    return got.itemsize == 8 and got.kind == np.dtype(want).kind and np.dtype(want).itemsize == 4


class DebugCallback(_Calls):
    """`callback(*operands)` for what it does, once for each lane of `lanes`; it gives nothing."""

    name = "debug_callback"
    effects = frozenset(("io",))

    def shape(self, *avals: Aval, callback: Callback, lanes: Any) -> list[Aval]:
        return []

    def ref(self, *values: Any, callback: Callback, lanes: Any) -> Any:
        _lanes(callback, lanes, values)
        return []

    def lin(self, active: tuple[bool, ...], *xs: Any, **attrs: Any) -> Any:
        return self(*xs, **attrs), lambda *ts: []

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, callback: Callback, lanes: Any) -> Any:
        moved, wide = self.mapped(axis, xs, ds, lanes)
        self(*moved, callback=callback, lanes=wide)
        return [], []

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        return self(*map(closed, xs), **attrs)


class OrderedCallback(DebugCallback):
    """A debug_callback that keeps its place among others, which lanes have none of."""

    name = "ordered_callback"
    effects = frozenset(("io", "ordered"))

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        raise errors.BadArgument("a callback under vmap", "ordered", True, "False, as lanes have no order,")


pure_callback_op: Any = register(PureCallback())
debug_callback_op: Any = register(DebugCallback())
ordered_callback_op: Any = register(OrderedCallback())


def pure_callback(
    callback: Callable[..., Any],
    result_shape_dtypes: Any,
    *args: Any,
    sharding: None = None,
    vmap_method: str | None = None,
    **kwargs: Any,
) -> Any:
    """callback(*args, **kwargs), a Python function without side effects, as part of a program that may be compiled.

    The function receives arrays, and gives a tree like `result_shape_dtypes`, whose leaves have shape and dtype (as
    rt.ShapeDtypeStruct). How often it is called is open: equal calls may be one, and one that nobody needs is none.
    It has no derivative of its own: see rt.custom_jvp. Under vmap it is called lane by lane (vmap_method
    "sequential"), or once with a new leading axis on its arguments ("expand_dims": of size 1 where an argument is
    not mapped; "broadcast_all": repeated there), which its results have too. Raises ShapeError or DtypeError where
    the results are not as they were said to be, and what the function raises.

    >>> said = rt.ShapeDtypeStruct((2,), "float32")
    >>> rt.jit(lambda x: rt.pure_callback(np.sort, said, x) * 10)(rt.numpy.array([3.0, 1.0]))
    Array([10., 30.], dtype=float32)
    """
    if vmap_method is not None and vmap_method not in METHODS:
        raise errors.BadArgument("pure_callback", "vmap_method", vmap_method, f"One of {', '.join(METHODS)}")
    if sharding is not None:
        raise errors.BadArgument("pure_callback", "sharding", sharding, "None, as arrays live on one device,")
    wanted, out_tree = tree.flatten(result_shape_dtypes)
    results = tuple(_said(x) for x in wanted)
    made, operands = prepared("pure_callback", callback, args, kwargs, out_tree, vmap_method)
    outs = pure_callback_op(*operands, callback=made, results=results, lanes=())
    return tree.unflatten(out_tree, outs)


def _said(x: Any) -> Aval:
    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        raise errors.BadType("pure_callback", "result_shape_dtypes", x, "A tree of things with shape and dtype")
    return Aval(tuple(x.shape), dtypes.asdtype(x.dtype))


def debug_callback(fun: Callable[..., Any], args: Sequence[Any], kwargs: Any, ordered: bool) -> None:
    """Stage or make a call of `fun` for what it does."""
    made, operands = prepared("debug.callback", fun, args, kwargs)
    op = ordered_callback_op if ordered else debug_callback_op
    op(*operands, callback=made, lanes=())
