"""Derivatives held against differences, with jax.test_util's names; what differs raises AssertionError.

>>> rt.test_util.check_grads(rt.numpy.tanh, (np.float32(0.5),), order=2)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, tree
from rustorch_fn import numpy as rnp
from rustorch_fn.transform.grad import jvp, vjp

__all__ = ["check_grads", "check_jvp", "check_vjp"]

STEP = 1e-4
Tolerance = float | Mapping[Any, float] | None
# by what derivatives of each type may be off, a number of the result
_LOOSE = {dtypes.bfloat16: 1e-1, dtypes.float16: 1e-2, dtypes.float32: 2e-3, dtypes.float64: 1e-5}


def check_jvp(
    f: Callable[..., Any],
    f_jvp: Callable[..., Any],
    args: Sequence[Any],
    atol: Tolerance = None,
    rtol: Tolerance = None,
    eps: float = STEP,
    err_msg: str = "",
) -> None:
    """Hold `f_jvp(args, tangents)`, as rt.jvp gives it, against a difference quotient in one random direction.

    A tolerance is a number, or one for each dtype. Raises AssertionError where the two differ.

    >>> from functools import partial
    >>> rt.test_util.check_jvp(rt.numpy.sin, partial(rt.jvp, rt.numpy.sin), (np.float32(0.5),), eps=1e-2)
    """
    args = _arrays(args)
    tangents = _like(np.random.RandomState(0), args)
    value, slope = f_jvp(args, tangents)
    _close(value, f(*args), atol, rtol, f"{err_msg} primal")
    _close(slope, _quotient(f, args, tangents, eps), atol, rtol, f"{err_msg} tangent")


def check_vjp(
    f: Callable[..., Any],
    f_vjp: Callable[..., Any],
    args: Sequence[Any],
    atol: Tolerance = None,
    rtol: Tolerance = None,
    eps: float = STEP,
    err_msg: str = "",
) -> None:
    """Hold `f_vjp(*args)`, as rt.vjp gives it, against a difference quotient: the same product with one random pair.

    A tolerance is a number, or one for each dtype. Raises AssertionError where the two differ.

    >>> from functools import partial
    >>> rt.test_util.check_vjp(rt.numpy.sin, partial(rt.vjp, rt.numpy.sin), (np.float32(0.5),), eps=1e-2)
    """
    args = _arrays(args)
    random = np.random.RandomState(0)
    value, pull = f_vjp(*args)
    _close(value, f(*args), atol, rtol, f"{err_msg} primal")
    tangents = _like(random, args)
    slope = _quotient(f, args, tangents, eps)
    cotangents = _like(random, value)
    pulled = tree.map(rnp.conj, pull(tree.map(rnp.conj, cotangents)))
    _close(_inner(tangents, pulled), _inner(slope, cotangents), atol, rtol, f"{err_msg} cotangent projection")


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: Tolerance = None,
    rtol: Tolerance = None,
    eps: float | None = None,
) -> None:
    """Hold derivatives of `f` at `args` against difference quotients, up to an order, by either mode or both.

    Floating leaves of `args` are moved. Raises AssertionError, which names the derivative, where the two differ.

    >>> rt.test_util.check_grads(lambda x: x**3, (2.0,), order=2, modes=["rev"], eps=1e-2)
    """
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or not modes:
        raise errors.BadArgument("check_grads", "modes", list(modes), "'fwd', 'rev' or both")
    step = STEP if eps is None else eps

    def check(f: Any, args: Any, order: int, title: str) -> None:
        if "fwd" in modes:
            name = f"JVP of {title}" if title else "JVP"
            check_jvp(f, partial(jvp, f), args, atol, rtol, step, name)
            if order > 1:
                check(partial(jvp, f), (args, _like(np.random.RandomState(0), args)), order - 1, name)
        if "rev" in modes:
            name = f"VJP of {title}" if title else "VJP"
            check_vjp(f, partial(vjp, f), args, atol, rtol, step, name)
            if order > 1:
                value, _ = vjp(f, *args)
                cotangents = _like(np.random.RandomState(0), value)
                pulled = lambda *xs: vjp(f, *xs[:-1])[1](xs[-1])  # noqa: E731
                check(pulled, (*args, cotangents), order - 1, name)

    check(f, _arrays(args), order, "")


def _arrays(args: Sequence[Any]) -> Any:
    return tree.map(rnp.asarray, tuple(args))


def _like(random: np.random.RandomState, x: Any) -> Any:
    """A random tree like x."""

    def one(leaf: Any) -> Any:
        drawn = random.randn(*leaf.shape)
        if leaf.dtype.kind == "c":
            drawn = drawn + 1j * random.randn(*leaf.shape)
        return rnp.asarray(np.asarray(drawn).astype(leaf.dtype), leaf.dtype)

    return tree.map(one, x)


def _quotient(f: Callable[..., Any], args: Any, tangents: Any, step: float) -> Any:
    """The symmetric difference quotient along the tangents; where both sides are infinite alike, 0."""

    def moved(by: float) -> Any:
        return tree.map(np.asarray, f(*tree.map(lambda x, t: (x + t * by).astype(x.dtype), args, tangents)))

    def slope(a: Any, b: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return (np.where(a == b, 0, a - b) * (0.5 / step)).astype(a.dtype)

    return tree.map(slope, moved(step), moved(-step))


def _inner(xs: Any, ys: Any) -> Any:
    products = tree.map(lambda x, y: np.real(np.vdot(np.asarray(x), np.asarray(y))), xs, ys)
    return np.asarray(sum(tree.leaves(products)))


def _tolerance(given: Tolerance, dtype: Any) -> float:
    if isinstance(given, int | float):
        return float(given)
    known = _LOOSE | {np.dtype(k): v for k, v in (given or {}).items()}
    # a complex number is as good as its parts
    real = np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype
    return known.get(dtype, known.get(real, 0.0))


def _close(ours: Any, theirs: Any, atol: Tolerance, rtol: Tolerance, title: str) -> None:
    def one(a: Any, b: Any) -> None:
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape, f"{title}: shapes {a.shape} and {b.shape}"
        near, along = (max(_tolerance(t, a.dtype), _tolerance(t, b.dtype)) for t in (atol, rtol))
        x, y = (v.astype(np.complex128 if v.dtype.kind == "c" else np.float64) for v in (a, b))
        np.testing.assert_allclose(x, y, atol=near * a.size, rtol=along * b.size, err_msg=title.strip())

    tree.map(one, ours, theirs)


def __dir__() -> list[str]:
    return __all__
