"""Matrices of known forms, made of vectors or of a size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.typing import Array, ArrayLike, DTypeLike


def _vector(op: str, a: ArrayLike, least: int = 0) -> Any:
    """A vector, or a batch of them, with at least so many numbers; a number is a vector of one."""
    x = rnp.atleast_1d(lift.operand(op, a))
    if x.shape[-1] < least:
        raise errors.ShapeError(f"{op}: a vector of at least {least} numbers is needed", got=x.aval)
    return x


def _size(op: str, n: Any, least: int = 0) -> int:
    if not hasattr(n, "__index__"):
        raise errors.BadType(op, "n", n, "An int")
    if int(n) < least:
        raise errors.BadArgument(op, "n", n, f"A size of at least {least}")
    return int(n)


def _kind(op: str, kind: str | None) -> str:
    if kind not in (None, "symmetric", "lower", "upper"):
        raise errors.BadArgument(op, "kind", kind, "'symmetric', 'lower' or 'upper'")
    return kind or "symmetric"


def _made(x: np.ndarray, dtype: Any = dtypes.float32) -> Array:
    return rnp.asarray(x, dtype=dtype)


def _offsets(m: int, n: int) -> np.ndarray:
    """Row minus column, for each place of a matrix."""
    return np.subtract.outer(np.arange(m, dtype=np.int32), np.arange(n, dtype=np.int32))


def block_diag(*arrs: ArrayLike) -> Array:
    """A matrix with these matrices along its diagonal, zeros elsewhere; a vector is a matrix of one row.

    >>> rt.scipy.linalg.block_diag(rt.numpy.array([[1, 2]]), 3)
    Array([[1, 2, 0],
           [0, 0, 3]], dtype=int32)
    """
    xs = lift.common("block_diag", *(arrs or (rnp.zeros((1, 0)),)))
    for x in xs:
        if x.ndim > 2:
            raise errors.ShapeError("block_diag: at most two axes each", got=x.aval)
    xs = [rnp.atleast_2d(x) for x in xs]
    total, before, rows = sum(x.shape[1] for x in xs), 0, []
    for x in xs:
        rows.append(rnp.pad(x, [(0, 0), (before, total - before - x.shape[1])]))
        before += x.shape[1]
    return rnp.concatenate(rows, axis=0)


def toeplitz(c: ArrayLike, r: ArrayLike | None = None) -> Array:
    """Constant diagonals: c is the first column, and r the first row, whose first number is not read (c's conjugate).

    >>> rt.scipy.linalg.toeplitz(rt.numpy.array([1, 2, 3]))
    Array([[1, 2, 3],
           [2, 1, 2],
           [3, 2, 1]], dtype=int32)
    """
    column = _vector("toeplitz", c)
    row = rnp.conj(column) if r is None else _vector("toeplitz", r)
    column, row = lift.common("toeplitz", column, row)
    m, n = column.shape[-1], row.shape[-1]
    batch = lift.broadcast_shapes(column.shape[:-1], row.shape[:-1], op="toeplitz")
    if not m or not n:
        return rnp.zeros((*batch, m, n), column.dtype)
    column, row = rnp.broadcast_to(column, (*batch, m)), rnp.broadcast_to(row, (*batch, n))
    line = rnp.concatenate([rnp.flip(column, -1), row[..., 1:]], axis=-1)
    return line[..., m - 1 - _offsets(m, n)]


def hankel(c: ArrayLike, r: ArrayLike | None = None) -> Array:
    """Constant diagonals from the lower left: c is the first column, r the last row (zeros), but for its first number.

    >>> rt.scipy.linalg.hankel(rt.numpy.array([1, 2, 3]))
    Array([[1, 2, 3],
           [2, 3, 0],
           [3, 0, 0]], dtype=int32)
    """
    column = lift.operand("hankel", c)
    row = rnp.zeros_like(column) if r is None else lift.operand("hankel", r)
    column, row = lift.common("hankel", column, row)
    if not column.ndim or not row.ndim:
        raise errors.ShapeError("hankel: vectors are needed", got=f"{column.aval} · {row.aval}")
    m, n = column.shape[-1], row.shape[-1]
    batch = lift.broadcast_shapes(column.shape[:-1], row.shape[:-1], op="hankel")
    if not m or not n:
        return rnp.zeros((*batch, m, n), column.dtype)
    column, row = rnp.broadcast_to(column, (*batch, m)), rnp.broadcast_to(row, (*batch, n))
    line = rnp.concatenate([column, row[..., 1:]], axis=-1)
    return line[..., np.add.outer(np.arange(m), np.arange(n)).astype(np.int32)]


def circulant(c: ArrayLike) -> Array:
    """Each column is the one before, one place on: c is the first.

    >>> rt.scipy.linalg.circulant(rt.numpy.array([1, 2, 3]))
    Array([[1, 3, 2],
           [2, 1, 3],
           [3, 2, 1]], dtype=int32)
    """
    x = _vector("circulant", c)
    n = x.shape[-1]
    return x[..., _offsets(n, n) % n] if n else rnp.zeros((*x.shape, 0), x.dtype)


def _first_row(row: Any, below: Any) -> Array:
    """A square matrix of its first row and what is under its diagonal."""
    n = row.shape[-1]
    top, under = np.arange(n)[:, None] == 0, _offsets(n, n) == 1
    spread = rnp.pad(below, [(0, 0)] * (below.ndim - 1) + [(0, n - below.shape[-1])])
    return rnp.where(top, row[..., None, :], rnp.where(under, spread[..., None, :], rnp.zeros((), row.dtype)))


def leslie(f: ArrayLike, s: ArrayLike) -> Array:
    """A population's step: f are the birth rates, in the first row, and s the survival rates, under the diagonal.

    >>> rt.scipy.linalg.leslie(rt.numpy.array([0.5, 2.0]), rt.numpy.array([0.25]))
    Array([[0.5 , 2.  ],
           [0.25, 0.  ]], dtype=float32)
    """
    x, y = lift.common("leslie", _vector("leslie", f, 2), _vector("leslie", s))
    if y.shape[-1] != x.shape[-1] - 1:
        raise errors.ShapeError("leslie: s has one number less than f", got=f"{x.aval} · {y.aval}")
    batch = lift.broadcast_shapes(x.shape[:-1], y.shape[:-1], op="leslie")
    return _first_row(rnp.broadcast_to(x, (*batch, x.shape[-1])), rnp.broadcast_to(y, (*batch, y.shape[-1])))


def companion(a: ArrayLike) -> Array:
    """The matrix whose eigenvalues are the roots of the polynomial with coefficients a, the highest first.

    >>> rt.scipy.linalg.companion(rt.numpy.array([1.0, -3.0, 2.0]))
    Array([[ 3., -2.],
           [ 1.,  0.]], dtype=float32)
    """
    x = lift.common("companion", _vector("companion", a, 2), floating=True)[0]
    return _first_row(-x[..., 1:] / x[..., :1], rnp.ones((*x.shape[:-1], x.shape[-1] - 2), x.dtype))


def fiedler(a: ArrayLike) -> Array:
    """The distances |a[i] - a[j]|.

    >>> rt.scipy.linalg.fiedler(rt.numpy.array([1, 4]))
    Array([[0, 3],
           [3, 0]], dtype=int32)
    """
    x = _vector("fiedler", a)
    return rnp.abs(x[..., None] - x[..., None, :])


def fiedler_companion(a: ArrayLike) -> Array:
    """As `companion`, with five diagonals.

    >>> rt.scipy.linalg.fiedler_companion(rt.numpy.array([1.0, -3.0, 2.0]))
    Array([[ 3., -2.],
           [ 1.,  0.]], dtype=float32)
    """
    x = lift.common("fiedler_companion", _vector("fiedler_companion", a, 1), floating=True)[0]
    n = x.shape[-1] - 1
    if n < 2:
        return -(x[..., 1:] / x[..., :1])[..., None] if n else rnp.zeros((*x.shape[:-1], 0, 0), x.dtype)
    x = x / x[..., :1]
    i, j = np.arange(n)[:, None], np.arange(n)
    even, odd = i % 2 == 0, i % 2 == 1
    ones = ((i == 1) & (j == 0)) | ((j == i + 2) & even) | ((j == i - 2) & odd & (i >= 3))
    out = rnp.where(ones, rnp.ones((), x.dtype), rnp.zeros((), x.dtype))
    out = rnp.where((j == i + 1) & even, -x[..., np.minimum(i + 2, n)], out)
    out = rnp.where((j == i - 1) & even & (i >= 2), -x[..., np.minimum(i + 1, n)], out)
    return rnp.where((i == 0) & (j == 0), -x[..., 1:2, None], out)


def convolution_matrix(a: ArrayLike, n: int, mode: str = "full") -> Array:
    """The matrix whose product with a vector of n numbers is its convolution with a, as `mode` says.

    >>> rt.scipy.linalg.convolution_matrix(rt.numpy.array([1, 2]), 2)
    Array([[1, 0],
           [2, 1],
           [0, 2]], dtype=int32)
    """
    x, n = lift.operand("convolution_matrix", a), _size("convolution_matrix", n, 1)
    if not x.ndim or not x.shape[-1]:
        raise errors.ShapeError("convolution_matrix: a vector of at least one number is needed", got=x.aval)
    if mode not in ("full", "valid", "same"):
        raise errors.BadArgument("convolution_matrix", "mode", mode, "'full', 'valid' or 'same'")
    m = x.shape[-1]
    less = min(n, m) - 1
    first = {"full": 0, "same": less // 2, "valid": less}[mode]
    last = m + n - 1 - {"full": 0, "same": less - less // 2, "valid": less}[mode]
    places = _offsets(m + n - 1, n)[first:last]
    inside = (places >= 0) & (places < m)
    return rnp.where(inside, x[..., np.clip(places, 0, m - 1)], rnp.zeros((), x.dtype))


def dft(n: int, scale: str | None = None, *, dtype: DTypeLike | None = None) -> Array:
    """The matrix of the Fourier transform of n numbers, over √n for `scale` "sqrtn", or n.

    >>> rt.scipy.linalg.dft(2).real
    Array([[ 1.,  1.],
           [ 1., -1.]], dtype=float32)
    """
    size = _size("dft", n)
    if scale not in (None, "sqrtn", "n"):
        raise errors.BadArgument("dft", "scale", scale, "None, 'sqrtn' or 'n'")
    kind = dtypes.complex64 if dtype is None else dtypes.asdtype(dtype)
    if kind not in dtypes.COMPLEX:
        raise errors.DtypeError("dft: a complex type is needed", got=kind)
    turns = np.outer(np.arange(size), np.arange(size)) % max(size, 1)
    found = np.exp(-2j * np.pi * turns / max(size, 1))
    return _made(found / {None: 1, "sqrtn": math.sqrt(size or 1), "n": size or 1}[scale], kind)


def hadamard(n: int, dtype: DTypeLike = int) -> Array:
    """Rows of ±1 at right angles; n is a power of two (Sylvester's construction).

    >>> rt.scipy.linalg.hadamard(2)
    Array([[ 1,  1],
           [ 1, -1]], dtype=int32)
    """
    size = _size("hadamard", n, 1)
    if size & (size - 1):
        raise errors.BadArgument("hadamard", "n", n, "A power of two")
    out = np.ones((1, 1), np.int8)
    while len(out) < size:
        out = np.block([[out, out], [out, -out]])
    return _made(out, dtypes.asdtype(dtype))


def helmert(n: int, full: bool = False) -> Array:
    """Rows at right angles that compare each number with those before it; `full` adds the row of equal numbers.

    >>> rt.scipy.linalg.helmert(2)
    Array([[ 0.70710677, -0.70710677]], dtype=float32)
    """
    size = _size("helmert", n, 1)
    k = np.arange(1.0, size)[:, None]
    j = np.arange(size)
    out = np.where(j < k, 1.0, np.where(j == k, -k, 0.0)) / np.sqrt(k * (k + 1))
    return _made(np.concatenate([np.full((1, size), 1 / math.sqrt(size)), out]) if full else out)


def hilbert(n: int) -> Array:
    """1 / (i + j + 1).

    >>> rt.scipy.linalg.hilbert(2)
    Array([[1.        , 0.5       ],
           [0.5       , 0.33333334]], dtype=float32)
    """
    places = np.arange(_size("hilbert", n))
    return _made(1.0 / (np.add.outer(places, places) + 1))


def invhilbert(n: int) -> Array:
    """The inverse of `hilbert(n)`, each number rounded once.

    >>> rt.scipy.linalg.invhilbert(2)
    Array([[ 4., -6.],
           [-6., 12.]], dtype=float32)
    """
    size = _size("invhilbert", n)
    rows = [[(-1) ** (i + j) * (i + j + 1) * math.comb(size + i, size - j - 1) * math.comb(size + j, size - i - 1)
             * math.comb(i + j, i) ** 2 for j in range(size)] for i in range(size)]  # fmt: skip
    return _rounded(rows, size)


def _rounded(rows: list[list[int]], size: int) -> Array:
    """Exact integers as float32; those beyond its range are infinite."""
    most = 1 << 200
    return _made(np.array([[float(max(-most, min(most, v))) for v in row] for row in rows]).reshape(size, size))


def pascal(n: int, kind: str | None = None) -> Array:
    """Binomial coefficients: C(i + j, i), or with `kind` "lower" C(i, j), or "upper" its transpose.

    >>> rt.scipy.linalg.pascal(3)
    Array([[1., 1., 1.],
           [1., 2., 3.],
           [1., 3., 6.]], dtype=float32)
    """
    size, how = _size("pascal", n), _kind("pascal", kind)
    pick = {"symmetric": lambda i, j: math.comb(i + j, i), "lower": math.comb, "upper": lambda i, j: math.comb(j, i)}
    return _rounded([[pick[how](i, j) for j in range(size)] for i in range(size)], size)


def invpascal(n: int, kind: str | None = None) -> Array:
    """The inverse of `pascal(n, kind)`.

    >>> rt.scipy.linalg.invpascal(2)
    Array([[ 2., -1.],
           [-1.,  1.]], dtype=float32)
    """
    size, how = _size("invpascal", n), _kind("invpascal", kind)
    low = [[(-1) ** (i + j) * math.comb(i, j) for j in range(size)] for i in range(size)]
    if how == "lower":
        return _rounded(low, size)
    if how == "upper":
        return _rounded([[low[j][i] for j in range(size)] for i in range(size)], size)
    places = range(size)
    return _rounded([[sum(low[k][i] * low[k][j] for k in places) for j in places] for i in places], size)
