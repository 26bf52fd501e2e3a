"""Linear algebra: factorisations, systems of equations, norms, powers, products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import lift
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import eye
from rustorch_fn.numpy.factors import cholesky, eig, eigh, eigvals, eigvalsh, matrix_rank, qr, svd, svdvals
from rustorch_fn.numpy.products import cross as _cross
from rustorch_fn.numpy.products import einsum, matmul, tensordot, vecdot
from rustorch_fn.numpy.products import outer as _outer
from rustorch_fn.numpy.shapes import diagonal as _diagonal
from rustorch_fn.numpy.shapes import matrix_transpose, moveaxis, ravel
from rustorch_fn.numpy.shapes import trace as _trace
from rustorch_fn.numpy.solves import cond, det, inv, lstsq, pinv, slogdet, solve, tensorinv, tensorsolve
from rustorch_fn.typing import Array, ArrayLike, Axis, DTypeLike

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matmul",
    "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr",
    "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip


def norm(x: ArrayLike, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """The length of vectors, or the norm of matrices: `ord` is None, 1, 2, inf, 'fro' …

    >>> rt.numpy.linalg.norm(rt.numpy.array([3.0, 4.0]))
    Array(5., dtype=float32)
    >>> rt.numpy.linalg.norm(rt.numpy.array([[3.0, 4.0], [0.0, 1.0]]), axis=1)
    Array([5., 1.], dtype=float32)
    """
    a = u.floats("norm", lift.operand("norm", x))
    if axis is None:
        if ord is None:
            return _kept(vector_norm(ravel(a)), a.ndim, keepdims)
        axes = tuple(range(a.ndim))
    else:
        axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) == 1:
        return vector_norm(a, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise errors.BadArgument("norm", "axis", axis, "One axis for vectors, or two for matrices,")
    a = moveaxis(a, axes, (-2, -1))
    y = matrix_norm(a, ord="fro" if ord is None else ord)
    if not keepdims:
        return y
    at = {lift.axis_of("norm", k, a.ndim) for k in axes}
    sizes = iter(y.shape)
    return y.reshape(tuple(1 if k in at else next(sizes) for k in range(a.ndim)))


def _kept(y: Any, ndim: int, keepdims: bool) -> Any:
    return y.reshape((1,) * ndim) if keepdims else y


def vector_norm(x: ArrayLike, /, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """The length of vectors along axes: (sum |x|**ord)**(1/ord), or the greatest or least for ±inf.

    >>> rt.numpy.linalg.vector_norm(rt.numpy.array([3.0, 4.0]))
    Array(5., dtype=float32)
    """
    a = u.floats("vector_norm", lift.operand("vector_norm", x))
    if isinstance(ord, str):
        raise errors.BadArgument("norm", "ord", ord, "A number, for vectors,")
    if ord == 2:
        return u.sqrt(r.sum(u.size_squared(a), axis, keepdims=keepdims))
    size = u.abs(a)
    if ord == math.inf:
        return r.max(size, axis, keepdims=keepdims, initial=0)
    if ord == -math.inf:
        return r.min(size, axis, keepdims=keepdims, initial=math.inf)
    if ord == 0:
        return r.sum(u.not_equal(a, 0), axis, size.dtype, keepdims=keepdims)
    if ord == 1:
        return r.sum(size, axis, keepdims=keepdims)
    return u.power(r.sum(u.power(size, ord), axis, keepdims=keepdims), 1.0 / ord)


def matrix_norm(x: ArrayLike, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """The norm of matrices: 'fro' is the length of all elements; 1 and inf the greatest sum of a column or a row.

    2 is the greatest singular value, -2 the least, and 'nuc' their sum.

    >>> rt.numpy.linalg.matrix_norm(rt.numpy.array([[3.0, 0.0], [0.0, 4.0]]))
    Array(5., dtype=float32)
    """
    a = u.floats("matrix_norm", lift.operand("matrix_norm", x))
    if ord in ("fro", "f"):
        return u.sqrt(r.sum(u.size_squared(a), (-2, -1), keepdims=keepdims))
    if ord in (2, -2, "nuc"):
        s = svdvals(a)
        y = r.sum(s, -1) if ord == "nuc" else r.max(s, -1, initial=0) if ord == 2 else r.min(s, -1)
        return y[..., None, None] if keepdims else y
    folds = {1: (r.max, -2), -1: (r.min, -2), math.inf: (r.max, -1), -math.inf: (r.min, -1)}
    if ord not in folds:
        raise errors.BadArgument("norm", "ord", ord, "'fro', 'nuc', 1, -1, 2, -2, inf or -inf, for matrices,")
    fold, summed = folds[ord]
    return fold(r.sum(u.abs(a), summed, keepdims=True), (-2, -1), keepdims=keepdims)


def matrix_power(a: ArrayLike, n: int) -> Array:
    """A square matrix times itself n times, by squaring; its inverse for negative n.

    >>> rt.numpy.linalg.matrix_power(rt.numpy.array([[1, 1], [0, 1]]), 5)
    Array([[1, 5],
           [0, 1]], dtype=int32)
    """
    x = lift.operand("matrix_power", a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise errors.ShapeError("matrix_power: square matrices are needed", got=x.aval,
                                hint="The last two axes have one size.")  # fmt: skip
    if not hasattr(n, "__index__"):
        raise errors.BadType("matrix_power", "n", n, "An int")
    if n < 0:
        x, n = inv(x), -n
    out = None
    while n:
        if n % 2:
            out = x if out is None else matmul(out, x)
        n //= 2
        x = matmul(x, x) if n else x
    return lift.broadcast_to(eye(x.shape[-1], dtype=x.dtype), x.shape) if out is None else out


def multi_dot(arrays: Sequence[ArrayLike], *, precision: Any = None) -> Array:
    """The product of several matrices in the order that needs the fewest multiplications.

    >>> rt.numpy.linalg.multi_dot([rt.numpy.ones((2, 3)), rt.numpy.ones((3, 4)), rt.numpy.ones(4)])
    Array([12., 12.], dtype=float32)
    """
    xs = [lift.operand("multi_dot", x) for x in arrays]
    if len(xs) < 2 or any(x.ndim != 2 for x in xs[1:-1]) or not {xs[0].ndim, xs[-1].ndim} <= {1, 2}:
        raise errors.BadArgument("multi_dot", "arrays", len(xs), "Two or more matrices (vectors only at the ends)")
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    terms = [letters[k : k + 2] for k in range(len(xs))]
    terms[0] = terms[0][-xs[0].ndim :]
    terms[-1] = terms[-1][: xs[-1].ndim]
    ends = (terms[0][0] if xs[0].ndim == 2 else "") + (terms[-1][-1] if xs[-1].ndim == 2 else "")
    return einsum(f"{','.join(terms)}->{ends}", *xs, optimize="optimal", precision=precision)


def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array:
    """The vector at right angles to both.

    >>> rt.numpy.linalg.cross(rt.numpy.array([1, 0, 0]), rt.numpy.array([0, 1, 0]))
    Array([0, 0, 1], dtype=int32)
    """
    for x in (lift.operand("cross", x1), lift.operand("cross", x2)):
        if x.shape[lift.axis_of("cross", axis, x.ndim)] != 3:
            raise errors.ShapeError("cross: vectors of 3 numbers are needed", got=x.aval,
                                    hint="rt.numpy.cross takes 2 as well.")  # fmt: skip
    return _cross(x1, x2, axis=axis)


def outer(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """The products of each element of one vector with each of another. Raises ShapeError for what is no vector.

    >>> rt.numpy.linalg.outer(rt.numpy.array([1, 2]), rt.numpy.array([3, 4]))
    Array([[3, 4],
           [6, 8]], dtype=int32)
    """
    for x in (lift.operand("outer", x1), lift.operand("outer", x2)):
        if x.ndim != 1:
            raise errors.ShapeError("outer: two vectors are needed", got=x.aval,
                                    hint="rt.numpy.outer takes any arrays, element by element.")  # fmt: skip
    return _outer(x1, x2)


def diagonal(x: ArrayLike, /, *, offset: int = 0) -> Array:
    """The diagonals of matrices.

    >>> rt.numpy.linalg.diagonal(rt.numpy.ones((5, 2, 3))).shape
    (5, 2)
    """
    return _diagonal(x, offset, -2, -1)


def trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Array:
    """The sums of diagonals of matrices.

    >>> rt.numpy.linalg.trace(rt.numpy.ones((5, 2, 2)))
    Array([2., 2., 2., 2., 2.], dtype=float32)
    """
    return _trace(x, offset, -2, -1, None if dtype is None else dtypes.asdtype(dtype))


def __dir__() -> list[str]:
    return __all__
