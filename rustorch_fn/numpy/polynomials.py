"""Polynomials as vectors of coefficients, the highest power first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import lift
from rustorch_fn.numpy import factors, solves
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import arange, eye, vander, zeros
from rustorch_fn.numpy.products import matmul
from rustorch_fn.numpy.shapes import atleast_1d, concatenate
from rustorch_fn.numpy.signal import convolve
from rustorch_fn.typing import Array, ArrayLike


def _line(name: str, *ps: Any) -> list[Any]:
    out = [atleast_1d(p) for p in lift.common(name, *(lift.asarray(p) for p in ps))]
    if any(p.ndim != 1 for p in out):
        raise errors.ShapeError(
            f"{name}: coefficients are vectors",
            got=" · ".join(repr(p.aval) for p in out),
            hint="The highest power comes first.",
        )
    return out


def polyval(p: ArrayLike, x: ArrayLike, *, unroll: int = 16) -> Array:
    """The polynomial at x, by Horner's rule.

    >>> rt.numpy.polyval(rt.numpy.array([1.0, 0.0, 2.0]), 3.0)
    Array(11., dtype=float32)
    """
    (p,) = _line("polyval", p)
    p, x = lift.common("polyval", p, x)
    y = u.like(x, 0)
    for k in range(p.shape[0]):
        y = u.add(u.multiply(y, x), p[k])
    return y


def _aligned(name: str, a1: Any, a2: Any) -> tuple[Any, Any]:
    a, b = _line(name, a1, a2)
    n = max(a.size, b.size)
    return tuple(concatenate([lift.full((n - p.size,), 0, p.dtype), p]) for p in (a, b))  # type: ignore[return-value]


def polyadd(a1: ArrayLike, a2: ArrayLike) -> Array:
    """The sum of two polynomials.

    >>> rt.numpy.polyadd(rt.numpy.array([1, 2]), rt.numpy.array([1, 0, 0]))
    Array([1, 1, 2], dtype=int32)
    """
    return u.add(*_aligned("polyadd", a1, a2))


def polysub(a1: ArrayLike, a2: ArrayLike) -> Array:
    """The difference of two polynomials.

    >>> rt.numpy.polysub(rt.numpy.array([1, 0, 0]), rt.numpy.array([1, 2]))
    Array([ 1, -1, -2], dtype=int32)
    """
    return u.subtract(*_aligned("polysub", a1, a2))


def polymul(a1: ArrayLike, a2: ArrayLike, *, trim_leading_zeros: bool = False) -> Array:
    """The product of two polynomials.

    >>> rt.numpy.polymul(rt.numpy.array([1, 1]), rt.numpy.array([1, -1]))
    Array([ 1.,  0., -1.], dtype=float32)
    """
    a, b = _line("polymul", a1, a2)
    if trim_leading_zeros:
        a, b = _trimmed(a), _trimmed(b)
    a, b = lift.common("polymul", a, b, floating=True)
    return convolve(a, b)


def _trimmed(p: Any) -> Any:
    places = np.flatnonzero(lift.concrete(p))
    return p[int(places[0]) :] if places.size else p[:0]


def polyder(p: ArrayLike, m: int = 1) -> Array:
    """The m-th derivative.

    >>> rt.numpy.polyder(rt.numpy.array([1, 2, 3]))
    Array([2., 2.], dtype=float32)
    """
    (p,) = _line("polyder", p)
    if m < 0:
        raise errors.BadArgument("polyder", "m", m, "A number of at least 0")
    p = u.floats("polyder", p)
    for _ in range(min(m, p.size)):
        p = u.multiply(p[:-1], lift.convert(arange(p.size - 1, 0, -1), p.dtype))
    return p


def polyint(p: ArrayLike, m: int = 1, k: Any = None) -> Array:
    """The m-th integral, with constants k.

    >>> rt.numpy.polyint(rt.numpy.array([2, 2]))
    Array([1., 2., 0.], dtype=float32)
    """
    (p,) = _line("polyint", p)
    if not 0 <= m < 1 << 16:
        raise errors.BadArgument("polyint", "m", m, "A number from 0 to 65535")
    p = u.floats("polyint", p)
    given = atleast_1d(lift.asarray(0.0 if k is None else k))
    constants = (
        lift.broadcast_to(lift.convert(given, p.dtype), (m,)) if given.size == 1 else lift.convert(given, p.dtype)
    )
    for step in range(m):
        p = concatenate([u.divide(p, lift.convert(arange(p.size, 0, -1), p.dtype)), constants[step : step + 1]])
    return p


def polydiv(u: ArrayLike, v: ArrayLike, *, trim_leading_zeros: bool = False) -> tuple[Array, Array]:
    """Quotient and remainder of two polynomials.

    >>> rt.numpy.polydiv(rt.numpy.array([1.0, 3.0, 2.0]), rt.numpy.array([1.0, 1.0]))
    (Array([1., 2.], dtype=float32), Array([0., 0., 0.], dtype=float32))
    """
    a, b = lift.common("polydiv", *_line("polydiv", u, v), floating=True)
    quotient, rest = _polydiv(a, b)
    return quotient, _trimmed(rest) if trim_leading_zeros else rest


def _polydiv(a: Any, b: Any) -> tuple[Any, Any]:
    steps = a.size - b.size + 1
    if steps <= 0:
        return lift.full((1,), 0, a.dtype), a
    quotient = []
    for k in range(steps):
        quotient.append(u.divide(a[k], b[0]))
        a = a.at[k : k + b.size].add(u.multiply(u.negative(quotient[-1]), b))
    return lift.asarray(quotient), a


def poly(seq_of_zeros: ArrayLike | Sequence[Any]) -> Array:
    """The polynomial with these zeros; without any it is the number 1.

    >>> rt.numpy.poly(rt.numpy.array([1.0, 2.0]))
    Array([ 1., -3.,  2.], dtype=float32)
    """
    zeros = u.floats("poly", lift.asarray(seq_of_zeros))
    if zeros.ndim != 1:
        raise errors.ShapeError(
            "poly: a vector of zeros is needed",
            got=zeros.aval,
            hint="A square matrix would work too: its eigenvalues are the zeros.",
        )
    out = lift.full((1,) if zeros.size else (), 1, zeros.dtype)
    for k in range(zeros.size):
        out = convolve(out, lift.asarray([lift.full((), 1, zeros.dtype), u.negative(zeros[k])]))
    return out


def roots(p: ArrayLike, *, strip_zeros: bool = True) -> Array:
    """Where a polynomial is 0, as complex numbers: the eigenvalues of its companion matrix.

    With `strip_zeros` coefficients of 0 at both ends are left out first, for which they have to be known; without it a
    leading 0 gives nan.

    >>> rt.numpy.sort(rt.numpy.roots(rt.numpy.array([1.0, -3.0, 2.0]))).round(3)
    Array([1.+0.j, 2.+0.j], dtype=complex64)
    """
    (line,) = _line("roots", u.floats("roots", lift.asarray(p)))
    zeros_at_end = 0
    if strip_zeros:
        places = np.flatnonzero(lift.concrete(line))
        first, last = (int(places[0]), int(places[-1])) if places.size else (0, -1)
        zeros_at_end = line.shape[0] - 1 - last if places.size else 0
        line = line[first : last + 1]
    kind, n = dtypes.whole(line.dtype), line.shape[0] - 1
    if n < 1:
        return zeros(zeros_at_end, kind)
    companion = eye(n, k=-1, dtype=line.dtype).at[0].set(u.negative(u.divide(line[1:], line[0])))
    return concatenate([lift.convert(factors.eigvals(companion), kind), zeros(zeros_at_end, kind)])


def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: ArrayLike | None = None,
    cov: bool | str = False,
) -> Any:
    """The polynomial of degree deg that fits y at x with least squares; of a matrix y one for each column.

    `full` adds what lstsq says of the fit: sums of squares left, rank, singular values, rcond. `cov` adds the
    covariances of the coefficients, scaled by what is left unless it is "unscaled".

    >>> x = rt.numpy.array([0.0, 1.0, 2.0, 3.0])
    >>> rt.numpy.polyfit(x, 2 * x + 1, 1).round(3)
    Array([2., 1.], dtype=float32)
    """
    if not hasattr(deg, "__index__") or deg < 0:
        raise errors.BadArgument("polyfit", "deg", deg, "A degree of at least 0")
    points, values = lift.common("polyfit", x, y, floating=True)
    if points.ndim != 1 or values.ndim not in (1, 2) or not points.size or points.shape[0] != values.shape[0]:
        raise errors.ShapeError("polyfit: the shapes of x and y do not fit", got=f"{points.aval} · {values.aval}",
                                hint="x is (n,), y is (n,) or (n, k).")  # fmt: skip
    least = points.shape[0] * float(dtypes.finfo(dtypes.part(points.dtype)).eps) if rcond is None else rcond
    lhs, rhs = vander(points, deg + 1), values
    if w is not None:
        weights = lift.to(w, points.dtype, False)
        lhs = u.multiply(lhs, weights[:, None])
        rhs = u.multiply(rhs, weights[:, None] if rhs.ndim == 2 else weights)
    scale = u.sqrt(r.sum(u.size_squared(lhs), 0))
    found, left, rank, s = solves.lstsq(u.divide(lhs, scale), rhs, least)
    found = u.divide(found.T, scale).T
    if full:
        return found, left, rank, s, least
    if not cov:
        return found
    spread = solves.inv(u.divide(matmul(lhs.T, lhs), u.multiply(scale[:, None], scale)))
    spread = u.divide(spread, u.multiply(scale[:, None], scale))
    if cov == "unscaled":
        return found, spread
    free = points.shape[0] - (deg + 1)
    if free <= 0:
        raise errors.BadArgument("polyfit", "cov", cov, f"More than {deg + 1} points, or cov='unscaled',")
    factor = u.divide(left, free)
    return found, u.multiply(spread[:, :, None], factor) if values.ndim == 2 else u.multiply(spread, factor)
