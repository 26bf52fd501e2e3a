"""Draws that are made with factorisations: correlated normal numbers, and rotations."""

from __future__ import annotations

from operator import index as as_index
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift, linalg
from rustorch_fn.random.samplers import draw_shape, float_type, normal
from rustorch_fn.typing import Array, ArrayLike, DTypeLike, Shape


def multivariate_normal(
    key: Array,
    mean: ArrayLike,
    cov: ArrayLike,
    shape: int | Shape | None = None,
    dtype: DTypeLike | None = None,
    method: str = "cholesky",
) -> Array:
    """Normal vectors with mean `[…, n]` and covariance `[…, n, n]`; `shape` is that of the axes before n.

    `method` says how the covariance is factored: 'cholesky' is quick, 'eigh' and 'svd' take semidefinite ones too.

    >>> rt.random.multivariate_normal(rt.random.key(0), rt.numpy.zeros(2), rt.numpy.eye(2), (3,)).shape
    (3, 2)
    """
    kind = float_type("multivariate_normal", dtype)
    if method not in ("cholesky", "eigh", "svd"):
        raise errors.BadArgument("multivariate_normal", "method", method, "'cholesky', 'eigh' or 'svd'")
    m, c = (lift.convert(lift.operand("multivariate_normal", x), kind) for x in (mean, cov))
    if not m.ndim or c.ndim < 2 or c.shape[-2:] != (m.shape[-1], m.shape[-1]):
        raise errors.ShapeError("multivariate_normal: mean and covariance do not fit", got=f"{m.aval} · {c.aval}",
                                hint="They are […, n] and […, n, n].")  # fmt: skip
    lead = rnp.zeros(m.shape[:-1]), rnp.zeros(c.shape[:-2])
    size = draw_shape("multivariate_normal", shape, *lead)
    noise = normal(key, (*size, m.shape[-1]), kind)
    return m + rnp.einsum("...ij,...j->...i", _factor(c, method), noise)


def _factor(cov: Any, method: str) -> Any:
    """A matrix whose product with its transpose is the covariance."""
    if method == "cholesky":
        return linalg.cholesky(cov)
    if method == "eigh":
        vectors, values = linalg.eigh(cov)
    else:
        vectors, values, _ = linalg.svd(cov, full_matrices=False)
    return vectors * rnp.sqrt(values[..., None, :])


def orthogonal(
    key: Array, n: int, shape: int | Shape = (), dtype: DTypeLike | None = None, m: int | None = None
) -> Array:
    """Evenly drawn n x n orthogonal matrices (Mezzadri, 2007), unitary ones for a complex dtype.

    With m, n x m matrices whose rows (or columns, if they are fewer) are orthonormal.

    >>> q = rt.random.orthogonal(rt.random.key(0), 3)
    >>> rt.numpy.allclose(q @ q.T, rt.numpy.eye(3), atol=1e-5)
    Array(True, dtype=bool)
    """
    kind = float_type("orthogonal", dtype, complex_too=True)
    rows = as_index(n)
    columns = rows if m is None else as_index(m)
    if rows < 0 or columns < 0:
        raise errors.BadArgument("orthogonal", "n and m", (rows, columns), "Sizes from 0")
    size = lift.shape_of("orthogonal", shape)
    noise = normal(key, (*size, max(rows, columns), min(rows, columns)), kind)
    if not min(rows, columns):
        return rnp.reshape(noise, (*size, rows, columns))
    q, r = linalg.qr(noise, full_matrices=False)
    diagonal = rnp.diagonal(r, axis1=-2, axis2=-1)
    sign = diagonal / rnp.abs(diagonal) if kind in dtypes.COMPLEX else rnp.sign(diagonal)
    x = q * rnp.expand_dims(sign, -2)
    return rnp.matrix_transpose(x) if rows < columns else x
