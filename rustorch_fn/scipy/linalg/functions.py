"""Functions of matrices, and matrix equations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rustorch_fn import dtypes, errors, jvp, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.lax import linalg as lax_linalg
from rustorch_fn.numpy.factors import adjoint, matrices
from rustorch_fn.scipy.linalg.factors import schur, to_complex
from rustorch_fn.typing import Array, ArrayLike

# coefficients of Padé's approximations of exp, and the 1-norm up to which they serve (Higham, 2005)
_PADE = {
    8: (5.371920351148152, (64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
        129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0,
        16380.0, 182.0, 1.0)),
    4: (3.925724783138660, (17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0)),
}  # fmt: skip


def expm(A: ArrayLike, *, upper_triangular: bool = False, max_squarings: int = 16) -> Array:
    """The exponential of each matrix, by scaling, Padé's approximation and squaring.

    It is nan where that needs more squarings.
        `upper_triangular` says that the matrices are, which is faster.

    >>> rt.scipy.linalg.expm(rt.numpy.array([[0.0, 1.0], [0.0, 0.0]]))
    Array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    x = matrices("expm", A, square=True)
    if not x.size:
        return x
    most, coefficients = _PADE[dtypes.part(x.dtype).itemsize]
    length = rnp.max(rnp.sum(rnp.abs(x), -2), -1)
    count = rnp.maximum(0, rnp.floor(rnp.log2(rnp.where(length > 0, length, 1) / most)))
    scale = rnp.where(count > max_squarings, 1, rnp.exp2(-rnp.minimum(count, max_squarings)))
    x = x * scale[..., None, None].astype(x.dtype)
    even, odd = _polynomials(x, coefficients)
    u = rnp.matmul(x, odd)
    p, q = even + u, even - u
    found = lax_linalg.triangular_solve(q, p, left_side=True) if upper_triangular else rnp.linalg.solve(q, p)

    def square(y: Any, k: Any) -> tuple[Any, None]:
        return rnp.where((k < count)[..., None, None], rnp.matmul(y, y), y), None

    found, _ = lax.scan(square, found, rnp.arange(max_squarings, dtype=count.dtype))
    return rnp.where((count > max_squarings)[..., None, None], math.nan, found)


def _polynomials(x: Any, coefficients: tuple[float, ...]) -> tuple[Any, Any]:
    """The even terms' sum, and that of the odd ones over x."""
    one = rnp.eye(x.shape[-1], dtype=x.dtype)
    squared = rnp.matmul(x, x)
    power, even, odd = one, coefficients[0] * one, coefficients[1] * one
    for k in range(2, len(coefficients), 2):
        power = squared if k == 2 else rnp.matmul(power, squared)
        even, odd = even + coefficients[k] * power, odd + coefficients[k + 1] * power
    return even, odd


def expm_frechet(A: ArrayLike, E: ArrayLike, *, method: str | None = None, compute_expm: bool = True) -> Any:
    """The exponential of each matrix, and its derivative in the direction E; the latter alone without `compute_expm`.

    >>> rt.scipy.linalg.expm_frechet(rt.numpy.zeros((2, 2)), rt.numpy.eye(2), compute_expm=False)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    x, t = (matrices("expm_frechet", v, square=True) for v in lift.common("expm_frechet", A, E, floating=True))
    if x.shape != t.shape:
        raise errors.ShapeError("expm_frechet: A and E have different shapes", got=f"{x.aval} · {t.aval}")
    value, slope = jvp(expm, (x,), (t,))
    return (value, slope) if compute_expm else slope


def sqrtm(A: ArrayLike, blocksize: int = 1) -> Array:
    """A square root of a matrix, complex, by its Schur form (Björck and Hammarling, 1983).

    >>> rt.scipy.linalg.sqrtm(rt.numpy.array([[4.0, 0.0], [0.0, 9.0]])).real
    Array([[2., 0.],
           [0., 3.]], dtype=float32)
    """
    if blocksize != 1:
        raise errors.BadArgument("sqrtm", "blocksize", blocksize, "1")
    x = matrices("sqrtm", A, square=True)
    if x.ndim > 2:
        return rnp.vectorize(sqrtm, signature="(n,n)->(n,n)")(x)
    t, z = schur(x, output="complex")
    n = x.shape[-1]
    roots, places = rnp.sqrt(rnp.diagonal(t)), rnp.arange(n)

    def column(j: Any, u: Any) -> Any:
        """Column j of the root solves a triangular system of those before it."""
        known = (places < j)[:, None] & (places < j)
        sums = roots + roots[j]
        sums = rnp.where(sums == 0, 1, sums)
        system = rnp.where(known & (places[:, None] < places), u, 0) + rnp.diag(rnp.where(places < j, sums, 1))
        above = rnp.where(places < j, t[:, j], 0)
        solved = lax_linalg.triangular_solve(system, above, left_side=True)
        return rnp.where(places == j, rnp.where(places[:, None] < j, solved[:, None], u), u)

    root = lax.fori_loop(0, n, column, rnp.diag(roots)) if n else t
    return rnp.matmul(rnp.matmul(z, root), adjoint(z))


def rsf2csf(T: ArrayLike, Z: ArrayLike, check_finite: bool = True) -> tuple[Array, Array]:
    """The complex Schur form of a real one: 2 x 2 blocks of T are turned to triangles, and Z with them.

    >>> t, z = rt.scipy.linalg.schur(rt.numpy.array([[0.0, 1.0], [-1.0, 0.0]]))
    >>> rt.numpy.diagonal(rt.scipy.linalg.rsf2csf(t, z)[0]).imag.round(4)
    Array([ 1., -1.], dtype=float32)
    """
    t, z = (to_complex(matrices("rsf2csf", v, square=True)) for v in lift.common("rsf2csf", T, Z, floating=True))
    if t.shape[-1] != z.shape[-1]:
        raise errors.ShapeError("rsf2csf: T and Z have different sizes", got=f"{t.aval} · {z.aval}")
    if t.ndim > 2 or z.ndim > 2:
        return rnp.vectorize(rsf2csf, signature="(n,n),(n,n)->(n,n),(n,n)")(t, z)
    n = t.shape[-1]
    places, eps = rnp.arange(n), float(rnp.finfo(t.dtype).eps)

    def turned(m: Any, t: Any, z: Any) -> Any:
        block = lax.dynamic_slice(t, (m - 1, m - 1), (2, 2))
        mu = rnp.linalg.eigvals(block)[0] - block[1, 1]
        below = block[1, 0]
        r = rnp.sqrt(rnp.abs(mu) ** 2 + rnp.abs(below) ** 2)
        c, s = mu / r, below / r
        row, column = places[:, None], places
        here = rnp.where((row == column) & (row != m) & (row != m - 1), 1, 0).astype(t.dtype)
        for value, i, j in ((rnp.conj(c), m - 1, m - 1), (s, m - 1, m), (-s, m, m - 1), (c, m, m)):
            here = rnp.where((row == i) & (column == j), value, here)
        return rnp.matmul(rnp.matmul(here, t), adjoint(here)), rnp.matmul(z, adjoint(here))

    def step(k: Any, state: Any) -> Any:
        t, z = state
        m = n - k
        size = rnp.abs(t[m - 1, m - 1]) + rnp.abs(t[m, m])
        t, z = lax.cond(rnp.abs(t[m, m - 1]) > eps * size, turned, lambda m, t, z: (t, z), m, t, z)
        return rnp.where((places[:, None] == m) & (places == m - 1), 0, t), z

    t, z = lax.fori_loop(1, n, step, (t, z))
    return t, z


def funm(A: ArrayLike, func: Callable[[Array], Array], disp: bool = True) -> Any:
    """A function of a matrix, given as one of its eigenvalues, by Parlett's recurrence; without `disp` an error too.

    >>> rt.scipy.linalg.funm(rt.numpy.array([[1.0, 0.0], [0.0, 2.0]]), lambda x: x * x).real
    Array([[1., 0.],
           [0., 4.]], dtype=float32)
    """
    x = matrices("funm", A, square=True)
    if x.ndim != 2:
        raise errors.ShapeError("funm: one matrix is needed", got=x.aval)
    t, z = rsf2csf(*schur(x))
    n = x.shape[-1]
    d, places = rnp.diagonal(t), rnp.arange(n)
    gaps, apart = d - d[:, None], places - places[:, None]

    def diagonal(p: Any, y: Any) -> Any:
        """Diagonal p follows from those before it, as y and t commute."""
        rest = rnp.matmul(t, y) - rnp.matmul(y, t)
        return rnp.where(apart == p, rest / rnp.where(gaps == 0, 1, gaps), y)

    y = lax.fori_loop(1, n, diagonal, rnp.diag(func(d).astype(t.dtype)))
    out = rnp.matmul(rnp.matmul(z, y), adjoint(z))
    if disp:
        return out
    tiny = float(rnp.finfo(t.dtype).eps)
    least = rnp.minimum(rnp.abs(d[0]), rnp.min(rnp.where(apart > 0, rnp.abs(gaps), math.inf)))
    least = rnp.where(least == 0, tiny, least)
    error = rnp.minimum(1, rnp.maximum(tiny, tiny / least * rnp.linalg.norm(rnp.triu(t, 1), 1)))
    return out, rnp.where(rnp.any(rnp.isinf(out)), math.inf, error)


def polar(
    a: ArrayLike,
    side: str = "right",
    *,
    method: str = "qdwh",
    eps: float | None = None,
    max_iterations: int | None = None,
) -> tuple[Array, Array]:
    """u and p with a = u p, or a = p u for `side` "left": u has orthonormal columns or rows, p is semidefinite.

    `method` "qdwh" takes tall matrices from the right and wide ones from the left, "svd" all.

    >>> rt.scipy.linalg.polar(rt.numpy.array([[0.0, 2.0], [3.0, 0.0]]))[1].round(4)
    Array([[3., 0.],
           [0., 2.]], dtype=float32)
    """
    x = matrices("polar", a)
    if side not in ("right", "left"):
        raise errors.BadArgument("polar", "side", side, "'right' or 'left'")
    if method not in ("qdwh", "svd"):
        raise errors.BadArgument("polar", "method", method, "'qdwh' or 'svd'")
    if method == "svd":
        u, s, vh = lax_linalg.svd(x, full_matrices=False)
        weights = s.astype(x.dtype)[..., None, :]
        if side == "right":
            return rnp.matmul(u, vh), rnp.matmul(adjoint(vh) * weights, vh)
        return rnp.matmul(u, vh), rnp.matmul(u * weights, adjoint(u))
    if x.ndim > 2:
        sizes = "(m,n)->(m,n),(n,n)" if side == "right" else "(m,n)->(m,n),(m,m)"
        one = rnp.vectorize(lambda y: polar(y, side, eps=eps, max_iterations=max_iterations), signature=sizes)
        return one(x)
    m, n = x.shape
    if (m >= n) != (side == "right"):
        raise errors.BadArgument(
            "polar", "side", side, "'right' for tall matrices, 'left' for wide ones, or method='svd'"
        )
    u, p, _, _ = lax_linalg.qdwh(x if side == "right" else adjoint(x), eps=eps, max_iterations=max_iterations)
    return (u, p) if side == "right" else (adjoint(u), adjoint(p))


def solve_sylvester(A: ArrayLike, B: ArrayLike, C: ArrayLike, *, method: str = "schur", tol: float = 1e-8) -> Array:
    """X with A X + X B = C; nan where an eigenvalue of A and one of B have a sum below `tol`.

    `method` is "schur" (Bartels and Stewart, 1972) or "eigen".

    >>> rt.scipy.linalg.solve_sylvester(rt.numpy.eye(2), rt.numpy.eye(2), 2 * rt.numpy.ones((2, 2)))
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    a, b, c = lift.common("solve_sylvester", A, B, C, floating=True)
    a, b = matrices("solve_sylvester", a, square=True), matrices("solve_sylvester", b, square=True)
    if c.ndim < 2 or c.shape[-2:] != (a.shape[-1], b.shape[-1]):
        raise errors.ShapeError("solve_sylvester: the shapes of A, B and C do not fit",
                                got=f"{a.aval} · {b.aval} · {c.aval}",
                                hint="They are (m, m), (n, n) and (m, n).")  # fmt: skip
    if method not in ("schur", "eigen"):
        raise errors.BadArgument("solve_sylvester", "method", method, "'schur' or 'eigen'")
    if max(a.ndim, b.ndim, c.ndim) > 2:
        one = rnp.vectorize(
            lambda x, y, z: solve_sylvester(x, y, z, method=method, tol=tol), signature="(m,m),(n,n),(m,n)->(m,n)"
        )
        return one(a, b, c)
    x, values, others = (_by_schur if method == "schur" else _by_vectors)(a, b, to_complex(c))
    x = x if c.dtype in dtypes.COMPLEX else x.real
    lost = rnp.any(rnp.abs(values[:, None] + others) < tol)
    return rnp.where(lost, math.nan, x)


def _by_schur(a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    r, u = schur(a, output="complex")
    s, v = schur(adjoint(b), output="complex")
    lower, f = adjoint(s), rnp.matmul(rnp.matmul(adjoint(u), c), v)
    m, n = c.shape
    one, places = rnp.eye(m, dtype=c.dtype), rnp.arange(n)

    def column(k: Any, y: Any) -> Any:
        """Column j, from those after it."""
        j = n - 1 - k
        rest = f[:, j] - rnp.matmul(y, rnp.where(places > j, lower[:, j], 0))
        solved = lax_linalg.triangular_solve(r + lower[j, j] * one, rest, left_side=True)
        return rnp.where(places == j, solved[:, None], y)

    y = lax.fori_loop(0, n, column, rnp.zeros_like(f))
    return rnp.matmul(rnp.matmul(u, y), adjoint(v)), rnp.diagonal(r), rnp.diagonal(lower)


def _by_vectors(a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    (p, u), (q, v) = rnp.linalg.eig(a), rnp.linalg.eig(b)
    f = rnp.linalg.solve(u, rnp.matmul(c, v))
    return rnp.matmul(rnp.matmul(u, f / (p[:, None] + q)), rnp.linalg.inv(v)), p, q
