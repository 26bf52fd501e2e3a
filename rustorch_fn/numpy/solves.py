"""Systems of linear equations, inverses and determinants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from rustorch_fn import errors
from rustorch_fn.lax import lift, stop_gradient
from rustorch_fn.lax import linalg as lax_linalg
from rustorch_fn.lax.programs import custom_jvp
from rustorch_fn.lax.reflections import geqrf
from rustorch_fn.lax.solving import factored_solve
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import arange, eye, zeros
from rustorch_fn.numpy.factors import adjoint, matrices, svd, svdvals
from rustorch_fn.numpy.indexing import take_along_axis
from rustorch_fn.numpy.products import matmul
from rustorch_fn.numpy.search import where
from rustorch_fn.numpy.shapes import concatenate, diagonal, moveaxis, trace
from rustorch_fn.numpy.types import finfo
from rustorch_fn.typing import Array, ArrayLike


class SlogdetResult(NamedTuple):
    """What `slogdet` gives."""

    sign: Array
    logabsdet: Array


def broadcast_batch(op: str, a: Any, *others: Any, ranks: Sequence[int]) -> list[Any]:
    """Operands with their leading axes, all but the last few of each, broadcast together."""
    xs = (a, *others)
    batch = lift.broadcast_shapes(*(x.shape[: x.ndim - k] for x, k in zip(xs, ranks, strict=True)), op=op)
    return [lift.broadcast_to(x, (*batch, *x.shape[x.ndim - k :])) for x, k in zip(xs, ranks, strict=True)]


def solve(a: ArrayLike, b: ArrayLike) -> Array:
    """x with a x = b: a is (…, n, n), and b is a vector (n,) or columns (…, n, k); leading axes broadcast.

    Singular matrices give inf and nan. Derivatives are solves with the same factors.

    >>> rt.numpy.linalg.solve(rt.numpy.array([[2.0, 0.0], [1.0, 4.0]]), rt.numpy.array([2.0, 9.0]))
    Array([1., 2.], dtype=float32)
    """
    x, y = lift.common("solve", a, b, floating=True)
    matrices("solve", x, square=True)
    vector = y.ndim == 1
    if not y.ndim or y.shape[-1 if vector else -2] != x.shape[-1]:
        hint = "b is (n,), or (…, n, k)."
        if y.ndim == x.ndim - 1 and y.shape[-1:] == x.shape[-1:]:
            hint = "For a vector for each matrix: solve(a, b[..., None])[..., 0]."
        raise errors.ShapeError("solve: the shapes of a and b do not fit", got=f"{x.aval} · {y.aval}", hint=hint)
    columns = y[..., None] if vector else y
    x, columns = broadcast_batch("solve", x, columns, ranks=(2, 2))
    factors, _, places = lax_linalg.lu(stop_gradient(x))
    out = factored_solve(x, factors, places, columns, method="lu", lower=True, transpose=False)
    return out[..., 0] if vector else out


def inv(a: ArrayLike) -> Array:
    """The inverse of each matrix of a (…, n, n); inf and nan for those that have none.

    >>> rt.numpy.linalg.inv(rt.numpy.array([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    x = matrices("inv", a, square=True)
    return solve(x, lift.broadcast_to(eye(x.shape[-1], dtype=x.dtype), x.shape))


# --- determinants ---


def slogdet(a: ArrayLike, *, method: str | None = None) -> SlogdetResult:
    """The sign of each determinant, and the logarithm of its absolute value: 0 and -inf where it is 0.

    `method` is "lu" (or None) or "qr", which reflects instead of pivoting.

    >>> rt.numpy.linalg.slogdet(rt.numpy.array([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Array(-1., dtype=float32), logabsdet=Array(0., dtype=float32))
    """
    x = matrices("slogdet", a, square=True)
    if method not in (None, "lu", "qr"):
        raise errors.BadArgument("slogdet", "method", method, "None, 'lu' or 'qr'")
    return SlogdetResult(*(_slogdet_qr if method == "qr" else _slogdet)(x))


@custom_jvp
def _slogdet(x: Any) -> tuple[Any, Any]:
    n = x.shape[-1]
    if n in (1, 2):
        value = x[..., 0, 0] if n == 1 else _small(x)
        return u.sign(value), u.log(u.abs(value))
    factors, pivots, _ = lax_linalg.lu(x)
    d = diagonal(factors, 0, -2, -1)
    swaps = r.sum(u.not_equal(pivots, _count(pivots)), -1)
    none = r.any(u.equal(d, 0), -1)
    return _unless(none, _parity(swaps, x.dtype) * _phase(d), 0), _unless(none, r.sum(u.log(u.abs(d)), -1), -math.inf)


def _phase(d: Any) -> Any:
    """The product of the signs, or of the directions of complex numbers."""
    return r.prod(u.sign(d), -1)


def _count(x: Any) -> Any:
    return arange(x.shape[-1], dtype=x.dtype)


def _parity(count: Any, dtype: Any) -> Any:
    return (1 - 2 * (count % 2)).astype(dtype)


def _unless(none: Any, x: Any, value: float) -> Any:
    return where(none, lift.full((), value, x.dtype), x)


@custom_jvp
def _slogdet_qr(x: Any) -> tuple[Any, Any]:
    a, taus = geqrf(x)
    d = diagonal(a, 0, -2, -1)
    # each reflection turns the space inside out; LAPACK's last one only where the matrix is complex
    flips = r.sum(u.not_equal(taus, 0), -1)
    return _parity(flips, x.dtype) * _phase(d), r.sum(u.log(u.abs(d)), -1)


def _slogdet_slope(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    sign, value = slogdet(x)
    n = x.shape[-1]
    if n == 1:
        moved = t[..., 0, 0] / x[..., 0, 0]
    elif n == 2:
        moved = (t[..., 0, 0] * x[..., 1, 1] - t[..., 0, 1] * x[..., 1, 0] - t[..., 1, 0] * x[..., 0, 1]
                 + t[..., 1, 1] * x[..., 0, 0]) / _small(x)  # fmt: skip
    else:
        moved = trace(solve(x, t), 0, -2, -1)
    real = u.real(moved)
    if x.dtype.kind == "c":
        return (sign, value), ((moved - real) * sign, real)
    return (sign, value), (sign * 0, real)


_slogdet.defjvp(_slogdet_slope)
_slogdet_qr.defjvp(_slogdet_slope)


def _small(a: Any) -> Any:
    """The determinant of 2 x 2 matrices."""
    return a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] * a[..., 1, 0]


def det(a: ArrayLike) -> Array:
    """The determinant of each matrix of a (…, n, n), with derivatives where it is 0 too.

    >>> rt.numpy.linalg.det(rt.numpy.array([[1.0, 2.0], [3.0, 4.0]]))
    Array(-2., dtype=float32)
    """
    x = matrices("det", a, square=True)
    if x.shape[-1] == 2:
        return _small(x)
    if x.shape[-1] == 3:
        rows = [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
        terms = [x[..., 0, i] * (x[..., 1, j] * x[..., 2, k] - x[..., 1, k] * x[..., 2, j]) for i, j, k in rows]
        return terms[0] + terms[1] + terms[2]
    return _det(x)


@custom_jvp
def _det(x: Any) -> Any:
    sign, value = _slogdet(x)
    return sign * u.exp(value).astype(sign.dtype)


def _det_slope(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    if x.shape[-1] < 2:
        value = _det(x)
        return value, (t[..., 0, 0] if x.shape[-1] else value * 0)
    value, moved = _cofactors_times(x, t)
    return value, trace(moved, 0, -2, -1)


_det.defjvp(_det_slope)


def _cofactors_times(x: Any, b: Any) -> tuple[Any, Any]:
    """det(x), and det(x) x⁻¹ b, which is there for singular x of rank n - 1 too (0 for less), by one LU."""
    factors, pivots, places = lax_linalg.lu(x)
    n = x.shape[-1]
    d = diagonal(factors, 0, -2, -1)
    swaps = r.sum(u.not_equal(pivots, _count(pivots)), -1)
    products = r.cumprod(d, -1) * _parity(swaps, x.dtype)[..., None]
    # the last pivot may be 0: it is left to the product with all others
    last = where(u.equal(_count(pivots), n - 1), 1.0 / products[..., -2:-1], d)
    factors = factors + (last - d)[..., None] * eye(n, dtype=x.dtype)
    words = dict(left_side=True)
    ones = lift.full((*x.shape[:-1], 1), 1, x.dtype)
    tried = lax_linalg.triangular_solve(factors, ones, **words)
    lost = u.logical_not(r.all(u.isfinite(tried), (-2, -1), keepdims=True))
    b = where(lost, lift.full((), 0, x.dtype), b)
    y = lax_linalg.triangular_solve(factors, _rows(b, places), lower=True, unit_diagonal=True, **words)
    y = concatenate([y[..., :-1, :] * products[..., -1, None, None], y[..., -1:, :]], axis=-2)
    y = lax_linalg.triangular_solve(factors, y, **words)
    return products[..., -1], where(lost, lift.full((), 0, x.dtype), y)


def _rows(b: Any, places: Any) -> Any:
    """The rows of b in another order."""
    return take_along_axis(b, places[..., None], -2)


# --- least squares ---


def pinv(
    a: ArrayLike, rtol: ArrayLike | None = None, hermitian: bool = False, *, rcond: ArrayLike | None = None
) -> Array:
    """The pseudo-inverse of each matrix of a (…, m, n): singular values up to `rtol` times the greatest count as 0.

    By default rtol is 10 times the larger size times the type's epsilon. `rcond` is another name for it.

    >>> rt.numpy.linalg.pinv(rt.numpy.array([[2.0], [0.0]]))
    Array([[0.5, 0. ]], dtype=float32)
    """
    if rtol is not None and rcond is not None:
        raise errors.BadArgument("pinv", "rcond", rcond, "One of rtol and rcond")
    x = matrices("pinv", a, square=hermitian)
    if not x.size:
        return zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    limit = rcond if rtol is None else rtol
    if limit is None:
        limit = 10.0 * max(x.shape[-2:]) * float(finfo(x.dtype).eps)
    return (_pinv_hermitian if hermitian else _pinv)(x, stop_gradient(lift.asarray(limit)))


def _pseudo_inverse(x: Any, limit: Any, hermitian: bool) -> Any:
    left, s, vh = svd(x, full_matrices=False, hermitian=hermitian)
    kept = u.greater(s, limit[..., None] * s[..., :1])
    over = where(kept, 1 / where(kept, s, 1), 0).astype(x.dtype)
    return matmul(adjoint(vh), over[..., None] * adjoint(left)).astype(x.dtype)


@custom_jvp
def _pinv(x: Any, limit: Any) -> Any:
    return _pseudo_inverse(x, limit, False)


@custom_jvp
def _pinv_hermitian(x: Any, limit: Any) -> Any:
    return _pseudo_inverse(x, limit, True)


def _pinv_slope(p: Any, x: Any, t: Any) -> Any:
    """The tangent of a pseudo-inverse of constant rank (Golub and Pereyra, 1973)."""
    th, ph = adjoint(t), adjoint(p)
    if x.shape[-2] >= x.shape[-1]:
        s, q = matmul(matmul(p, ph), th), matmul(matmul(th, ph), p)
        return -matmul(matmul(p, t), p) + s - matmul(matmul(s, x), p) + q - matmul(matmul(p, x), q)
    s, q = matmul(p, matmul(ph, th)), matmul(th, matmul(ph, p))
    return -matmul(p, matmul(t, p)) + s - matmul(s, matmul(x, p)) + q - matmul(p, matmul(x, q))


def _pinv_jvp(primals: Any, tangents: Any) -> Any:
    p = _pinv(*primals)
    return p, _pinv_slope(p, primals[0], tangents[0])


_pinv.defjvp(_pinv_jvp)


def _pinv_hermitian_jvp(primals: Any, tangents: Any) -> Any:
    p = _pinv_hermitian(*primals)
    x, t = ((v + adjoint(v)) / 2 for v in (primals[0], tangents[0]))
    return p, _pinv_slope(p, x, t)


_pinv_hermitian.defjvp(_pinv_hermitian_jvp)


def lstsq(
    a: ArrayLike, b: ArrayLike, rcond: float | None = None, *, numpy_resid: bool = False
) -> tuple[Array, Array, Array, Array]:
    """x that makes |a x - b| least (the shortest such x), the sums of squares left, a's rank, its singular values.

    a is (m, n), b is (m,) or (m, k). Singular values below `rcond` times the greatest count as 0. With `numpy_resid`
    the second result is empty where NumPy's is; this needs values that are known.

    >>> x, left, rank, s = rt.numpy.linalg.lstsq(rt.numpy.array([[1.0], [1.0]]), rt.numpy.array([1.0, 3.0]))
    >>> rt.numpy.round(x, 4), rank
    (Array([2.], dtype=float32), Array(1, dtype=int32))
    """
    x, y = lift.common("lstsq", a, b, floating=True)
    if x.ndim != 2 or y.ndim not in (1, 2) or x.shape[0] != y.shape[0]:
        raise errors.ShapeError("lstsq: the shapes of a and b do not fit", got=f"{x.aval} · {y.aval}",
                                hint="a is (m, n), b is (m,) or (m, k).")  # fmt: skip
    columns = y[:, None] if y.ndim == 1 else y
    m, n = x.shape
    if not x.size:
        out, rank = zeros((n, columns.shape[1]), x.dtype), lift.full((), 0, "int32")
        s = zeros((0,), x.dtype)
    else:
        eps = float(finfo(x.dtype).eps)
        limit = eps * max(m, n) if rcond is None else where(u.less(lift.asarray(rcond), 0), eps, lift.asarray(rcond))
        left, s, vh = svd(x, full_matrices=False)
        kept = u.logical_and(u.greater(s, 0), u.greater_equal(s, s[0] * limit))
        rank = r.sum(kept)
        over = where(kept, 1 / where(kept, s, 1), 0).astype(x.dtype)[:, None]
        out = matmul(adjoint(vh), over * matmul(adjoint(left), columns))
    if numpy_resid and (int(rank) < n or m <= n):
        rest = zeros((0,), s.dtype)
    else:
        off = columns - matmul(x, out)
        rest = r.sum(u.real(off * u.conj(off)), 0)
    return (out[:, 0] if y.ndim == 1 else out), rest, rank, s


def cond(x: ArrayLike, p: Any = None) -> Array:
    """How much solving with each matrix may enlarge errors: |x| |x⁻¹|, in the norm `p`, by default the 2-norm.

    >>> rt.numpy.linalg.cond(rt.numpy.array([[4.0, 0.0], [0.0, 2.0]]))
    Array(2., dtype=float32)
    """
    from rustorch_fn.numpy.linalg import norm

    a = matrices("cond", x)
    if not a.shape[-1] or not a.shape[-2]:
        raise errors.ShapeError("cond: matrices of at least one row and column are needed", got=a.aval)
    if p is None or p == 2:
        s = svdvals(a)
        return s[..., 0] / s[..., -1]
    if p == -2:
        s = svdvals(a)
        found = s[..., -1] / s[..., 0]
    else:
        matrices("cond", a, square=True)
        found = norm(a, p, (-2, -1)) * norm(inv(a), p, (-2, -1))
    strange = u.logical_and(u.isnan(found), u.logical_not(r.any(u.isnan(a), (-2, -1))))
    return where(strange, math.inf, found)


def tensorinv(a: ArrayLike, ind: int = 2) -> Array:
    """The inverse of a as a map from its last axes to its first `ind`.

    >>> rt.numpy.linalg.tensorinv(2 * rt.numpy.eye(4).reshape(2, 2, 4)).shape
    (4, 2, 2)
    """
    x = lift.operand("tensorinv", a)
    if not hasattr(ind, "__index__") or ind < 1:
        raise errors.BadArgument("tensorinv", "ind", ind, "A number of axes of at least 1")
    first, rest = x.shape[:ind], x.shape[ind:]
    if math.prod(first) != math.prod(rest):
        raise errors.ShapeError("tensorinv: the first axes together are not as many as the others", got=x.aval,
                                hint=f"With ind={ind} they are {math.prod(first)} and {math.prod(rest)}.")  # fmt: skip
    return inv(x.reshape((math.prod(first), math.prod(rest)))).reshape((*rest, *first))


def tensorsolve(a: ArrayLike, b: ArrayLike, axes: tuple[int, ...] | None = None) -> Array:
    """x with tensordot(a, x, x.ndim) = b; `axes` of a go last first.

    >>> rt.numpy.linalg.tensorsolve(2 * rt.numpy.eye(4).reshape(2, 2, 4), rt.numpy.ones((2, 2)))
    Array([0.5, 0.5, 0.5, 0.5], dtype=float32)
    """
    x, y = lift.operand("tensorsolve", a), lift.operand("tensorsolve", b)
    for axis in axes or ():
        x = moveaxis(x, axis, x.ndim - 1)
    shape = x.shape[y.ndim :]
    if x.shape[: y.ndim] != y.shape or y.size != math.prod(shape):
        raise errors.ShapeError("tensorsolve: the shapes of a and b do not fit", got=f"{x.aval} · {y.aval}",
                                hint="a begins with the axes of b, and its others are as many together.")  # fmt: skip
    return solve(x.reshape((y.size, math.prod(shape))), y.reshape(-1)).reshape(shape)
