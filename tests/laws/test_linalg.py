"""The laws of primitives, for factorisations and solves: on matrices that have them, through the public functions.

What a matrix must be (symmetric, positive definite, well apart from singular) is part of the function that is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from laws.examples import array
from laws.test_primitives import difference

import rustorch_fn as rt
from rustorch_fn.core.primitive import REGISTRY, BatchAxis, Hole, Primitive
from rustorch_fn.lax import basics, factorization, lapack, reflections, solving
from rustorch_fn.transform.batch import batch
from rustorch_fn.transform.linearize import forward, linearize
from rustorch_fn.transform.transpose import backward

L = rt.lax.linalg
N = 4


def positive(x: Any) -> Any:
    """A positive definite matrix."""
    return x @ rt.numpy.matrix_transpose(x) + 2 * rt.numpy.eye(x.shape[-1], dtype=x.dtype)


def dominant(x: Any) -> Any:
    """A matrix that is far from singular."""
    return x + 6 * rt.numpy.eye(*x.shape[-2:], dtype=x.dtype)


def graded(x: Any) -> Any:
    """A matrix whose columns have lengths that are well apart, so that pivots do not change."""
    return x * rt.numpy.asarray([3.0**k for k in range(x.shape[-1])], dtype=x.dtype)


def halves(ys: Sequence[Any]) -> list[Any]:
    """The real and the imaginary parts of complex results."""
    return [part for y in ys for part in (y.real, y.imag)]


def triangular(**words: bool) -> Any:
    return lambda a, b: L.triangular_solve(dominant(a), b, **words)


def factored(method: str, transpose: bool) -> Any:
    def solve(x: Any, b: Any) -> Any:
        a = positive(x)
        still = rt.lax.stop_gradient(a)
        factors = L.lu(still)[::2] if method == "lu" else (L.cholesky(still),)
        return solving.factored_solve(a, *factors, b, method=method, lower=True, transpose=transpose)

    return solve


ALONE = {"compute_left_eigenvectors": False, "compute_right_eigenvectors": False, "enable_eigvec_derivs": True}
SQUARE, TALL, WIDE, VECTOR = (N, N), (5, 3), (3, 5), (N,)
# name -> function, shapes of its operands; what has derivatives
SMOOTH: dict[str, tuple[Callable[..., Any], Sequence[tuple[int, ...]]]] = {
    "cholesky": (lambda x: L.cholesky(positive(x)), [SQUARE]),
    "cholesky of a triangle": (lambda x: L.cholesky(positive(x), symmetrize_input=False), [SQUARE]),
    **{f"lu {s}": (lambda x: L.lu(graded(x))[0], [s]) for s in (SQUARE, TALL, WIDE)},
    **{f"qr {s}": (lambda x: L.qr(x, full_matrices=False), [s]) for s in (SQUARE, TALL, WIDE)},
    "qr, square Q": (lambda x: L.qr(x), [TALL]),
    **{f"qr, pivots {s}": (lambda x: L.qr(graded(x), pivoting=True, full_matrices=False)[:2], [s])
       for s in (TALL, WIDE)},
    **{f"svd {s}": (lambda x: L.svd(graded(x), full_matrices=False), [s]) for s in (SQUARE, TALL, WIDE)},
    "singular values": (lambda x: L.svd(graded(x), compute_uv=False), [WIDE]),
    "eigh": (lambda x: L.eigh(graded(x)), [SQUARE]),
    "eigenvalues": (lambda x: halves(L.eig(graded(x), **ALONE)), [SQUARE]),
    "eigenvectors": (lambda x: halves(L.eig(graded(x), enable_eigvec_derivs=True)), [SQUARE]),
    "triangular": (triangular(), [SQUARE, (2, N)]),
    "triangular, left": (triangular(left_side=True, lower=True, transpose_a=True), [SQUARE, (N, 2)]),
    "triangular, unit": (triangular(left_side=True, unit_diagonal=True), [SQUARE, VECTOR]),
    "tridiagonal": (lambda x, y, z, b: L.tridiagonal_solve(x, y + 6, z, b), [VECTOR, VECTOR, VECTOR, (N, 2)]),
    "solve by lu": (factored("lu", False), [SQUARE, (N, 2)]),
    "transposed solve by lu": (factored("lu", True), [SQUARE, (N, 2)]),
    "solve by cholesky": (factored("cholesky", False), [SQUARE, (N, 2)]),
    "symmetric product": (lambda a, c: L.symmetric_product(a, c, alpha=2.0, beta=0.5), [TALL, (5, 5)]),
    "rank-one update": (lambda x, w: L.cholesky_update(rt.numpy.triu(dominant(x)), w), [SQUARE, VECTOR]),
}  # fmt: skip
OTHERS: dict[str, tuple[Callable[..., Any], Sequence[tuple[int, ...]]]] = {
    "lu with swaps": (lambda x: L.lu(graded(x)), [TALL]),
    "permutation": (lambda x: L.lu_pivots_to_permutation(rt.numpy.argsort(x).astype("int32"), 6), [VECTOR]),
    "hessenberg": (L.hessenberg, [SQUARE]),
    "tridiagonal form": (lambda x: L.tridiagonal(positive(x), lower=False), [SQUARE]),
    "schur": (L.schur, [SQUARE]),
    "schur form": (lambda x: L.schur(x, compute_schur_vectors=False), [SQUARE]),
    "reflections": (lambda x: L.householder_product(*reflections.geqrf(x)), [TALL]),
    "reflections of a matrix": (lambda x, c: L.ormqr(*reflections.geqrf(x), c, left=False), [TALL, (2, 5)]),
    "order of columns": (lambda x: list(reflections.geqp3(graded(x))), [WIDE]),
    "svd by QR": (lambda x: L.svd(x, algorithm=L.SvdAlgorithm.QR), [TALL]),
}  # fmt: skip
ALL = {**SMOOTH, **OTHERS}


def flat(name: str) -> Any:
    """The function, giving a list."""

    def f(*xs: Any) -> list[Any]:
        y = ALL[name][0](*xs)
        return list(y) if isinstance(y, tuple | list) else [y]

    return f


def drawn(name: str, seed: int, kind: Any = np.float64, more: tuple[int, ...] = ()) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((*more, *shape)).astype(kind) for shape in ALL[name][1]]


def seen(ys: Sequence[Any]) -> list[np.ndarray]:
    return [np.asarray(y) for y in ys]


def test_every_op_of_these_rooms_is_tried() -> None:
    tried: set[str] = set()
    for name in ALL:
        func = rt.make_jaxpr(flat(name))(*map(array, drawn(name, 0)))
        tried |= {e.op.name for e in func.equations}
    rooms = (factorization, solving, reflections)
    assert {op.name for room in rooms for op in vars(room).values() if isinstance(op, Primitive)} <= tried


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(ALL))
def test_compiled_equals_eager(name: str, kind: Any) -> None:
    xs = [array(x) for x in drawn(name, 1, kind)]
    compiled = rt.jit(flat(name)).lower(*xs).compile()
    assert compiled.cost_analysis()["python steps"] == 0
    for got, want in zip(seen(compiled(*xs)), seen(flat(name)(*xs)), strict=True):
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-10 if kind == np.float64 else 2e-3, atol=1e-4)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_batch_is_a_loop(name: str) -> None:
    xs = drawn(name, 2, more=(3,))
    want = [seen(flat(name)(*(array(x[k]) for x in xs))) for k in range(3)]
    ys, ds = batch(flat(name), BatchAxis(3), [array(x) for x in xs], [0] * len(xs))
    for k, (y, d) in enumerate(zip(ys, ds, strict=True)):
        np.testing.assert_allclose(np.moveaxis(np.asarray(y), d, 0), [w[k] for w in want], rtol=1e-9, atol=1e-9)
    # and leading axes are a batch; a vector where matrices are expected is one for each
    if name not in ("rank-one update", "permutation", "triangular, unit"):
        for k, y in enumerate(seen(rt.jit(flat(name))(*map(array, xs)))):
            np.testing.assert_allclose(y, [w[k] for w in want], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_derivatives_equal_differences(name: str) -> None:
    f, xs, rng = flat(name), drawn(name, 3), np.random.default_rng(4)
    ts, others = ([rng.standard_normal(x.shape) for x in xs] for _ in range(2))
    fixed = [array(t) for t in ts]

    def slope(*ys: Any) -> list[Any]:
        out, pushed = forward(f, ys, fixed)
        return [basics.zeros(y.aval) if t is None else t for y, t in zip(out, pushed, strict=True)]

    for got, want in zip(seen(slope(*map(array, xs))), difference(f, xs, ts), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)
    _, got = forward(slope, [array(x) for x in xs], [array(t) for t in others])
    for g, want in zip(got, difference(slope, xs, others), strict=True):
        np.testing.assert_allclose(np.asarray(g), want, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_transposes_are_adjoint(name: str) -> None:
    f, xs, rng = flat(name), [array(x) for x in drawn(name, 5)], np.random.default_rng(6)
    ts = [rng.standard_normal(x.shape) for x in xs]
    _, linear = linearize(f, xs, [True] * len(xs))
    out = linear([array(t) for t in ts])
    cts = [rng.standard_normal(y.shape) for y in out]
    holes = [Hole(v.aval) for v in linear.func.inputs[len(linear.residuals) :]]
    back = backward(linear.func, [*linear.residuals, *holes], [array(c) for c in cts])[len(linear.residuals) :]
    left = sum(float(np.sum(t.view * c)) for t, c in zip(out, cts, strict=True))
    right = sum(float(np.sum(np.asarray(b) * t)) for b, t in zip(back, ts, strict=True) if b is not None)
    np.testing.assert_allclose(left, right, rtol=1e-8)


def test_every_routine_has_foreign_words() -> None:
    from rustorch_fn.target.llvm.lapack import CALLS

    assert {op.routine for op in REGISTRY.values() if isinstance(op, lapack.Routine)} == set(CALLS)
