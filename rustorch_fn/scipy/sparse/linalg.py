"""Linear systems solved by iteration: the matrix is asked only for its product with vectors, which may be trees.

Sources: Hestenes and Stiefel (1952) for cg, van der Vorst (1992) for bicgstab, Saad and Schultz (1986) for gmres.
Derivatives are those of the solution, by one more solve, not of the iterations.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import Any

from rustorch_fn import boundary, errors, lax, tree
from rustorch_fn import numpy as rnp
from rustorch_fn.flatten_util import ravel_pytree

__all__ = ["bicgstab", "cg", "gmres"]

Product = Callable[[Any], Any]


def _dot(x: Any, y: Any) -> Any:
    """The real part of <x, y> over trees."""
    parts = tree.leaves(tree.map(lambda a, b: rnp.real(rnp.vdot(a, b)), x, y))
    return functools.reduce(operator.add, parts)


def _product(x: Any, y: Any) -> Any:
    """<x, y> over trees."""
    return functools.reduce(operator.add, tree.leaves(tree.map(rnp.vdot, x, y)))


def _plus(x: Any, scale: Any, y: Any) -> Any:
    """x + scale y, in x's types."""
    return tree.map(lambda a, b: (a + scale * b).astype(a.dtype), x, y)


def _step(name: str, A: Any) -> Product:
    """What multiplies by A: itself, or the product with a matrix."""
    if callable(A):
        return A
    if getattr(A, "ndim", 0) != 2 or A.shape[0] != A.shape[1]:
        raise errors.ShapeError(
            f"{name}: A is neither a function nor a square matrix",
            got=rnp.shape(A),
            hint="A(x) with the shape of x, or a matrix, would work.",
        )
    return functools.partial(rnp.matmul, A)


def _same(x: Any) -> Any:
    return x


def _bound(b: Any, tol: Any, atol: Any) -> Any:
    """The square of the residual at which iteration ends."""
    return rnp.maximum(tol**2 * _dot(b, b), rnp.asarray(atol) ** 2)


def _conjugate(A: Product, b: Any, x0: Any, tol: Any, atol: Any, maxiter: int, M: Product) -> Any:
    bound, r0 = _bound(b, tol, atol), _plus(b, -1.0, A(x0))
    z0 = M(r0)

    def go(state: Any) -> Any:
        _, r, gamma, _, k = state
        return ((gamma if M is _same else _dot(r, r)) > bound) & (k < maxiter)

    def step(state: Any) -> Any:
        x, r, gamma, p, k = state
        q = A(p)
        alpha = gamma / _dot(p, q)
        x, r = _plus(x, alpha, p), _plus(r, -alpha, q)
        z = M(r)
        after = _dot(r, z)
        return x, r, after, _plus(z, after / gamma, p), k + 1

    return lax.while_loop(go, step, (x0, r0, _dot(r0, z0), z0, 0))[0]


def _stabilized(A: Product, b: Any, x0: Any, tol: Any, atol: Any, maxiter: int, M: Product) -> Any:
    bound, r0 = _bound(b, tol, atol), _plus(b, -1.0, A(x0))
    one = rnp.ones((), rnp.result_type(*tree.leaves(b)))

    def go(state: Any) -> Any:
        _, r, *_, k = state
        return (_dot(r, r) > bound) & (k < maxiter) & (k >= 0)

    def step(state: Any) -> Any:
        x, r, alpha, omega, rho, p, q, k = state
        rho_ = _product(r0, r)
        p = _plus(r, rho_ / rho * alpha / omega, _plus(p, -omega, q))
        toward = M(p)
        q = A(toward)
        alpha = rho_ / _product(r0, q)
        s = _plus(r, -alpha, q)
        early = _dot(s, s) < bound
        aside = M(s)
        t = A(aside)
        omega = _product(t, s) / _product(t, t)
        half = _plus(x, alpha, toward)
        x = tree.map(functools.partial(rnp.where, early), half, _plus(half, omega, aside))
        r = tree.map(functools.partial(rnp.where, early), s, _plus(s, -omega, t))
        stuck = (omega == 0) | (alpha == 0) | (rho_ == 0)
        return x, r, alpha, omega, rho_, p, q, rnp.where(stuck & ~early, -10, k + 1)

    return lax.while_loop(go, step, (x0, r0, one, one, one, r0, r0, 0))[0]


def _minimal(A: Product, b: Any, x0: Any, tol: Any, atol: Any, maxiter: int, M: Product, restart: int) -> Any:
    flat, back = ravel_pytree(b)
    n, size = flat.size, min(restart, flat.size)

    def multiply(v: Any) -> Any:
        return ravel_pytree(M(A(back(v))))[0]

    def residual(x: Any) -> Any:
        r = ravel_pytree(M(_plus(b, -1.0, A(back(x)))))[0]
        return r, rnp.sqrt(_dot(r, r))

    bound = rnp.sqrt(_bound(M(b), tol, atol))

    def arnoldi(k: Any, state: Any) -> Any:
        basis, upper = state
        v = multiply(basis[k])
        known = rnp.arange(size + 1) <= k
        total = rnp.zeros(size + 1, flat.dtype)
        for _ in range(2):  # once more, as rounding leaves something of the others
            share = rnp.where(known, rnp.conj(basis) @ v, 0).astype(flat.dtype)
            v, total = v - share @ basis, total + share
        length = rnp.sqrt(_dot(v, v))
        v = rnp.where(length > 1e-10 * rnp.sqrt(_dot(total, total)), v / rnp.where(length == 0, 1, length), 0)
        total = rnp.where(rnp.arange(size + 1) == k + 1, length.astype(flat.dtype), total)
        row, column = rnp.arange(size + 1)[:, None] == k + 1, rnp.arange(size)[None] == k
        return rnp.where(row, v[None], basis), rnp.where(column, total[:, None], upper)

    def step(state: Any) -> Any:
        x, r, length, k = state
        start = rnp.zeros((size + 1, n), flat.dtype).at[0].set(r / rnp.where(length == 0, 1, length))
        upper = rnp.zeros((size + 1, size), flat.dtype)
        basis, upper = lax.fori_loop(0, size, arnoldi, (start, upper))
        target = rnp.zeros(size + 1, flat.dtype).at[0].set(length.astype(flat.dtype))
        x = x + rnp.linalg.lstsq(upper, target)[0] @ basis[:-1]
        return x, *residual(x), k + 1

    first = ravel_pytree(x0)[0]
    found = lax.while_loop(lambda s: (s[2] > bound) & (s[3] < maxiter), step, (first, *residual(first), 0))
    return back(found[0])


def _solved(
    name: str, solver: Any, A: Any, b: Any, x0: Any, maxiter: int | None, M: Any, symmetric: bool, **how: Any
) -> Any:
    """The solution by a solver, differentiable as the solution of a linear system."""
    product, improve = _step(name, A), _same if M is None else _step(name, M)
    b = tree.map(rnp.asarray, b)
    x0 = tree.map(rnp.zeros_like, b) if x0 is None else tree.map(rnp.asarray, x0)
    if tree.structure(x0) != tree.structure(b) or [x.shape for x in tree.leaves(x0)] != [
        y.shape for y in tree.leaves(b)
    ]:
        raise errors.ShapeError(f"{name}: x0 and b differ", got=f"{tree.map(rnp.shape, x0)}, {tree.map(rnp.shape, b)}")
    steps = 10 * sum(leaf.size for leaf in tree.leaves(b)) if maxiter is None else maxiter
    x0, b = _floating(x0, b)

    def solve(multiply: Product, rhs: Any) -> Any:
        return solver(multiply, rhs, x0, maxiter=steps, M=improve, **how)

    real = not any(rnp.iscomplexobj(leaf) for leaf in tree.leaves(b))
    return lax.custom_linear_solve(product, b, solve, solve, symmetric=symmetric and real), None


def _floating(*trees: Any) -> list[Any]:
    """The trees with leaves that are no integers."""
    whole = lambda x: x if rnp.issubdtype(x.dtype, rnp.inexact) else x.astype("float32")  # noqa: E731
    return [tree.map(whole, t) for t in trees]


def cg(
    A: Any, b: Any, x0: Any = None, *, tol: float = 1e-5, atol: float = 0.0, maxiter: int | None = None, M: Any = None
) -> tuple[Any, None]:
    """x with A x = b by conjugate gradients, for a hermitian, positive definite A; and None in the place of a status.

    A is a matrix or a function that multiplies by it; b, x0 and the result are arrays or trees of them. M approximates
    the inverse of A. It ends where the residual is at most max(tol |b|, atol), or after `maxiter` steps (10 for each
    number in b). Raises ShapeError if A is not square or x0 differs from b.

    >>> x, _ = rt.scipy.sparse.linalg.cg(rt.numpy.array([[4.0, 1.0], [1.0, 3.0]]), rt.numpy.array([1.0, 2.0]))
    >>> x.round(3)
    Array([0.091, 0.636], dtype=float32)
    """
    return _solved("cg", _conjugate, A, b, x0, maxiter, M, True, tol=tol, atol=atol)


def bicgstab(
    A: Any, b: Any, x0: Any = None, *, tol: float = 1e-5, atol: float = 0.0, maxiter: int | None = None, M: Any = None
) -> tuple[Any, None]:
    """x with A x = b by stabilised biconjugate gradients, for any A; and None in the place of a status.

    Arguments are those of `cg`.

    >>> x, _ = rt.scipy.sparse.linalg.bicgstab(rt.numpy.array([[4.0, 1.0], [0.0, 3.0]]), rt.numpy.array([1.0, 3.0]))
    >>> x.round(3) + 0.0
    Array([0., 1.], dtype=float32)
    """
    return _solved("bicgstab", _stabilized, A, b, x0, maxiter, M, False, tol=tol, atol=atol)


def gmres(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    restart: int = 20,
    maxiter: int | None = None,
    M: Any = None,
    solve_method: str = "batched",
) -> tuple[Any, None]:
    """x with A x = b by least residuals over `restart` directions at a time, for any A; and None as a status.

    Arguments are those of `cg`; `maxiter` counts restarts. `solve_method` is 'batched' or 'incremental', which are one
    here: the small least-squares problem is solved when its directions are there.

    >>> x, _ = rt.scipy.sparse.linalg.gmres(rt.numpy.array([[4.0, 1.0], [0.0, 3.0]]), rt.numpy.array([1.0, 3.0]))
    >>> (x.round(3) + 0.0)
    Array([0., 1.], dtype=float32)
    """
    if solve_method not in ("batched", "incremental"):
        raise errors.BadArgument("gmres", "solve_method", solve_method, "'batched' or 'incremental'")
    how = {"tol": tol, "atol": atol, "restart": restart}
    return _solved("gmres", _minimal, A, b, x0, maxiter, M, False, **how)


boundary.close(sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
