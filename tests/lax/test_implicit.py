"""Roots and linear solutions: values and derivatives as JAX's, and as the explicit solution's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

A = np.array([[3.0, 1.0, 0.2], [0.5, 4.0, 1.0], [0.1, 0.3, 5.0]], np.float32)
S = A + A.T
B = np.array([1.0, -2.0, 0.5], np.float32)
V = np.array([0.3, 0.1, -0.7], np.float32)
LIBS = [(rt, rt.numpy), (jax, jnp)]


def linear(lib, np_, symmetric=False, aux=False):
    def solved(a, b):
        # Jacobi's method: the diagonals of these matrices are large
        def solve(product, b):
            x = lib.lax.fori_loop(0, 60, lambda _, x: x + (b - product(x)) / np_.diag(a), np_.zeros_like(b))
            return (x, np_.sum(b)) if aux else x

        options = {"symmetric": True} if symmetric else {"transpose_solve": solve}
        return lib.lax.custom_linear_solve(lambda x: a @ x, b, solve, has_aux=aux, **options)

    return solved


def near(ours, theirs):
    for a, b in zip(rt.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=2e-4, atol=2e-5)


def total(f):
    return lambda a, b: (f(a, b) ** 2).sum()


WAYS = {
    "value": lambda lib, f: lambda: f(A, B),
    "jit": lambda lib, f: lambda: lib.jit(f)(A, B),
    "grad": lambda lib, f: lambda: lib.grad(total(f), argnums=(0, 1))(A, B),
    "jit of grad": lambda lib, f: lambda: lib.jit(lib.grad(total(f), argnums=(0, 1)))(A, B),
    "jvp": lambda lib, f: lambda: lib.jvp(f, (A, B), (S, V)),
    "grad of grad": lambda lib, f: lambda: lib.jacfwd(lib.grad(total(f), argnums=1), argnums=1)(A, B),
    "vmap": lambda lib, f: lambda: lib.vmap(f, in_axes=(None, 0))(A, np.stack([B, V])),
    "vmap of both": lambda lib, f: lambda: lib.vmap(f)(np.stack([A, A.T]), np.stack([B, V])),
    "grad of vmap": lambda lib, f: (
        lambda: lib.grad(lambda b: (lib.vmap(f, in_axes=(None, 0))(A, b) ** 2).sum())(np.stack([B, V]))
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_linear_solve_as_jax(way):
    ours, theirs = (WAYS[way](lib, linear(lib, np_)) for lib, np_ in LIBS)
    near(ours(), jax.jit(theirs)() if way != "jit" else theirs())


def test_symmetric_systems_trees_and_aux():
    ours, theirs = (linear(lib, np_, symmetric=True) for lib, np_ in LIBS)
    near(rt.grad(lambda b: total(ours)(S, b))(B), jax.grad(lambda b: total(theirs)(S, b))(B))
    x, aux = linear(rt, rt.numpy, aux=True)(A, B)
    near(x, np.linalg.solve(A, B))
    assert float(aux) == pytest.approx(B.sum())
    near(rt.grad(lambda b: linear(rt, rt.numpy, aux=True)(A, b)[0].sum())(B), np.linalg.solve(A.T, np.ones(3)))

    def halves(b):
        return rt.lax.custom_linear_solve(
            lambda x: {"u": 2 * x["u"], "v": 4 * x["v"]}, b, lambda _, b: {"u": b["u"] / 2, "v": b["v"] / 4},
            symmetric=True,
        )  # fmt: skip

    out = rt.jit(rt.grad(lambda b: halves(b)["u"] * 3 + halves(b)["v"]))({"u": 1.0, "v": 2.0})
    assert (float(out["u"]), float(out["v"])) == (1.5, 0.25)


def test_reverse_mode_needs_a_transpose():
    f = lambda b: rt.lax.custom_linear_solve(lambda x: A @ x, b, lambda _, b: np.linalg.inv(A) @ b).sum()  # noqa: E731
    near(rt.jvp(f, (B,), (V,)), (np.linalg.solve(A, B).sum(), np.linalg.solve(A, V).sum()))
    with pytest.raises(errors.NonDifferentiable, match="transpose_solve"):
        rt.grad(f)(B)


def root(lib, np_, aux=False):
    """x with x³ + a x = b, elementwise."""

    def solved(a, b):
        def f(x):
            return x**3 + a * x - b

        def solve(f, x):
            step = lambda _, x: x - f(x) / (3 * x**2 + lib.lax.stop_gradient(a))  # noqa: E731
            x = lib.lax.fori_loop(0, 20, step, x)
            return (x, np_.max(abs(f(x)))) if aux else x

        return lib.lax.custom_root(f, np_.ones_like(b), solve, lambda g, y: y / g(np_.ones_like(y)), has_aux=aux)

    return solved


GIVEN = np.array([2.0, 1.0, 0.5], np.float32), np.array([3.0, 1.0, 4.0], np.float32)
ROOTS = {
    "value": lambda lib, f: lambda: f(*GIVEN),
    "grad": lambda lib, f: lambda: lib.grad(total(f), argnums=(0, 1))(*GIVEN),
    "jit of grad": lambda lib, f: lambda: lib.jit(lib.grad(total(f), argnums=(0, 1)))(*GIVEN),
    "jvp": lambda lib, f: lambda: lib.jvp(f, GIVEN, (B, V)),
    "grad of grad": lambda lib, f: lambda: lib.jacfwd(lib.grad(total(f), argnums=1), argnums=1)(*GIVEN),
    "vmap": lambda lib, f: lambda: lib.vmap(f)(*lib.device_put(GIVEN)),
}


@pytest.mark.parametrize("way", ROOTS)
def test_root_as_jax(way):
    ours, theirs = (ROOTS[way](lib, root(lib, np_)) for lib, np_ in LIBS)
    near(ours(), jax.jit(theirs)())


def test_root_with_aux():
    x, left = root(rt, rt.numpy, aux=True)(*GIVEN)
    assert float(left) < 1e-5
    near(x, root(jax, jnp)(*GIVEN))
    slope = rt.grad(lambda b: root(rt, rt.numpy, aux=True)(GIVEN[0], b)[0].sum())(GIVEN[1])
    near(slope, jax.grad(lambda b: root(jax, jnp)(GIVEN[0], b).sum())(GIVEN[1]))


MISTAKES = {
    "matvec": lambda: rt.lax.custom_linear_solve(lambda x: (x, x), B, lambda _, b: b),
    "matvec's shape": lambda: rt.lax.custom_linear_solve(lambda x: x[:2], B, lambda _, b: b),
    "solve": lambda: rt.lax.custom_linear_solve(lambda x: x, B, lambda _, b: b[:2]),
    "equation": lambda: rt.lax.custom_root(lambda x: {"x": x}, 1.0, lambda f, x: x, lambda g, y: y),
    "search": lambda: rt.lax.custom_root(lambda x: x, 1.0, lambda f, x: (x, x), lambda g, y: y),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    with pytest.raises((errors.TreeMismatch, errors.ShapeError), match="custom_"):
        MISTAKES[case]()
