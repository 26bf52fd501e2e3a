"""The polar decomposition by dynamically weighted Halley iterations.

Y. Nakatsukasa, Z. Bai and F. Gygi, "Optimizing Halley's iteration for computing the matrix polar decomposition" (2010).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rustorch_fn import dtypes
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import factorization as f
from rustorch_fn.lax import families, folding, lift
from rustorch_fn.lax import matrices as mat
from rustorch_fn.lax.control import cond, while_loop
from rustorch_fn.lax.solving import cholesky_applied

STEEP = 100.0  # a weight from which a step takes QR, as Cholesky would lose digits


def halley(x: Any, most: int, eps: float | None) -> tuple[Any, Any, Any, Any]:
    """u and h with x = u h, the number of steps, and whether u has stopped moving."""
    real = dtypes.part(x.dtype)
    tiny = float(np.finfo(real).eps) if eps is None else float(eps)
    sums = (folding.reduce_sum(ew.abs(x), axes=(k,)) for k in (0, 1))
    one, infinity = (folding.reduce_max(s, axes=(0,)) for s in sums)
    length = (one * infinity) ** 0.5
    start = x / lift.convert(length, x.dtype)
    enough = (4 * tiny) ** (1 / 3)

    def going(state: Any) -> Any:
        _, low, count, moved = state
        # the first steps move small singular values only
        return (count < most) & ((low + 5 * tiny < 1) | (moved > enough))

    def step(state: Any) -> Any:
        u, low, count, _ = state
        square = low * low
        bend = (4 * (1 / square - 1) / square) ** (1 / 3)
        root = (1 + bend) ** 0.5
        a = root + (2 - bend + 2 * (2 - square) / (square * root)) ** 0.5
        b = (a - 1) * (a - 1) / 4
        c = a + b - 1
        after = cond(c > STEEP, _by_qr, _by_cholesky, u, a, b, c)
        low = ew.min(low * (a + b * square) / (1 + c * square), families.filled(low, 1.0))
        return after, low, count + 1, _length(after - u)

    first = (start, lift.full((), tiny, real), lift.full((), 0, dtypes.int32), lift.full((), np.inf, real))
    u, _, count, moved = while_loop(going, step, first)
    # a step of Newton and Schulz makes up for what the iterations have lost
    u = 1.5 * u - 0.5 * mat.product(u, mat.product(mat.adjoint(u), u))
    h = mat.product(mat.adjoint(u), x)
    return u, (h + mat.adjoint(h)) / 2, count, moved <= enough


def _length(x: Any) -> Any:
    size = ew.abs(x)
    return folding.reduce_sum(size * size, axes=(0, 1)) ** 0.5


def _by_qr(u: Any, a: Any, b: Any, c: Any) -> Any:
    m, n = u.shape
    below = mat.eye((n, n), u.dtype)
    tall = lift.roles.concat([lift.convert(c**0.5, u.dtype) * u, below], 0)
    q, _ = f.qr(tall, full=False, pivoting=False)
    weight, rest = lift.convert((a - b / c) / c**0.5, u.dtype), lift.convert(b / c, u.dtype)
    return rest * u + weight * mat.product(q[:m], mat.adjoint(q[m:]))


def _by_cholesky(u: Any, a: Any, b: Any, c: Any) -> Any:
    n = u.shape[1]
    z = mat.eye((n, n), u.dtype) + lift.convert(c, u.dtype) * mat.product(mat.adjoint(u), u)
    solved = mat.adjoint(cholesky_applied(f.cholesky(z), mat.adjoint(u), True))
    return lift.convert(b / c, u.dtype) * u + lift.convert(a - b / c, u.dtype) * solved
