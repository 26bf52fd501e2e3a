"""Transforms keep parameters and results: mypy and pyright read this file, and pytest runs it.

A line that has to be refused carries an ignore of each checker; both report ignores that nothing needs.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, assert_type

import rustorch_fn as rt
from rustorch_fn.typing import Array

X = rt.numpy.arange(3.0)
Params = dict[str, Array]


def loss(params: Params, x: Array, *, scale: float = 1.0) -> Array:
    """The function that is transformed."""
    return rt.numpy.sum(params["w"] * x) * scale


def counted(params: Params, x: Array) -> tuple[Array, int]:
    """One with something beside its value."""
    return rt.numpy.sum(params["w"] * x), 3


W: Params = {"w": X}


def test_jit() -> None:
    fast = rt.jit(loss)
    assert_type(fast(W, X), Array)
    assert_type(fast(W, X, scale=2.0), Array)
    assert fast.lower(W, X).compile()(W, X) == fast(W, X)
    assert_type(fast.lower(W, X).compile()(W, X), Array)
    if TYPE_CHECKING:
        fast(W)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        fast(W, "x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        fast(W, X, scale="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        fast(W, X, sale=2.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        fast.lower(W, X).compile()(W)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        rt.jit(loss, static_argnum=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        rt.jit(3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


@rt.jit
def bare(x: Array, n: int = 2) -> Array:
    """Decorated."""
    return x * n


@rt.jit(static_argnames="n")
def called(x: Array, n: int = 2) -> tuple[Array, Array]:
    """Decorated by what the call gives."""
    return x * n, x


@functools.partial(rt.jit, static_argnums=1)
def partial(x: Array, n: int = 2) -> Array:
    """Decorated by a partial, as JAX's users do."""
    return x * n


def test_jit_as_a_decorator() -> None:
    assert_type(bare(X, 3), Array)
    assert_type(called(X, n=3), tuple[Array, Array])
    y: Array = partial(X, 3)  # mypy loses what a partial makes
    assert rt.numpy.array_equal(y, bare(X, 3))
    if TYPE_CHECKING:
        bare(X, "3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        called(n=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class Model:
    """Its methods are transformed."""

    def __init__(self, w: Array) -> None:
        self.w = w

    @rt.jit(static_argnums=0)
    def called(self, x: Array, n: int = 1) -> Array:
        return self.w * x * n

    @functools.partial(rt.jit, static_argnums=0)
    def partial(self, x: Array) -> Array:
        return self.w * x

    @rt.named_call
    def named(self, x: Array) -> Array:
        return self.w * x

    @staticmethod
    @rt.jit
    def static(x: Array) -> Array:
        return x * 2


def test_methods() -> None:
    model = Model(X)
    assert_type(model.called(X, n=2), Array)
    assert_type(model.named(X), Array)
    assert_type(Model.static(X), Array)
    assert_type(Model.called(model, X), Array)
    untyped: Any = model  # mypy takes what a partial makes for a static method
    assert rt.numpy.array_equal(model.called(X), untyped.partial(X))
    assert rt.numpy.array_equal(model.called(X), model.named(X))
    if TYPE_CHECKING:
        model.called()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        model.called(X, n="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        model.named(1, 2)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]


def test_grad() -> None:
    slopes = rt.grad(loss)(W, X, scale=2.0)
    assert_type(slopes, Any)
    assert slopes["w"].shape == (3,)
    assert_type(rt.grad(counted, has_aux=True)(W, X), tuple[Any, int])
    assert_type(rt.value_and_grad(loss)(W, X), tuple[Array, Any])
    assert_type(rt.value_and_grad(counted, has_aux=True)(W, X), tuple[tuple[Array, int], Any])
    assert rt.grad(rt.grad(lambda x: x**3))(2.0) == 12
    if TYPE_CHECKING:
        rt.grad(loss)(W)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        rt.value_and_grad(loss)(X, X)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        rt.grad(loss, has_aux=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
        rt.grad(loss, argnum=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def test_jvp_and_vjp() -> None:
    value, tangent = rt.jvp(rt.numpy.sin, (X,), (X,))
    assert_type(tangent, Array)
    value, pull = rt.vjp(rt.numpy.sin, X)
    assert_type(value, Array)
    assert pull(X)[0].shape == (3,)
    assert_type(rt.linearize(rt.numpy.sin, X)[1](X), Array)
    for jacobian in (rt.jacfwd, rt.jacrev, rt.hessian):
        assert jacobian(lambda x: rt.numpy.sum(x**2))(X) is not None
    if TYPE_CHECKING:
        rt.jacrev(loss)(W)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_vmap() -> None:
    def row(x: Array, y: Array) -> Array:
        return rt.numpy.dot(x, y)

    rows = rt.numpy.ones((4, 3))
    assert_type(rt.vmap(row)(rows, rows), Array)
    assert_type(rt.vmap(row, in_axes=(0, None))(rows, X), Array)
    assert_type(rt.jit(rt.vmap(rt.value_and_grad(row)))(rows, rows), tuple[Array, Any])
    if TYPE_CHECKING:
        rt.vmap(row)(rows)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        rt.vmap(row)(rows, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@rt.checkpoint
def kept(x: Array, n: int = 1) -> Array:
    """Decorated."""
    return rt.numpy.sin(x) * n


@rt.checkpoint(policy=rt.checkpoint_policies.dots_saveable, static_argnums=1)
def kept_by_a_policy(x: Array, n: int = 1) -> Array:
    """Decorated by what the call gives."""
    return rt.numpy.sin(x) * n


def test_checkpoint() -> None:
    assert_type(kept(X, n=2), Array)
    assert_type(kept_by_a_policy(X, 2), Array)
    assert_type(rt.remat(loss)(W, X), Array)
    if TYPE_CHECKING:
        kept()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        kept_by_a_policy(X, "2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        rt.checkpoint(loss, policy=3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


@rt.custom_vjp
def halved(x: Array, y: Array) -> Array:
    """x * y with a derivative of its own."""
    return x * y


def halved_fwd(x: Array, y: Array) -> tuple[Array, tuple[Array, Array]]:
    """The value, and what the way back needs."""
    return x * y, (x, y)


def halved_bwd(kept: tuple[Array, Array], ct: Array) -> tuple[Array, Array]:
    """A cotangent for each argument."""
    x, y = kept
    return ct * y / 2, ct * x / 2


halved.defvjp(halved_fwd, halved_bwd)


@functools.partial(rt.custom_vjp, nondiff_argnums=(0,))
def scaled(n: int, x: Array) -> Array:
    """A function with a static argument."""
    return x * n


scaled.defvjp(lambda n, x: (x * n, None), lambda n, kept, ct: (ct * n,))


@rt.custom_jvp
def doubled(x: Array) -> Array:
    """x with a derivative of its own."""
    return x


@doubled.defjvp
def doubled_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    """The value and its tangent."""
    return doubled(*primals), 2 * tangents[0]


@rt.custom_gradient
def tripled(x: Array) -> tuple[Array, Any]:
    """x, with what gives its cotangent."""
    return x, lambda ct: (3 * ct,)


def test_custom_derivatives() -> None:
    assert_type(halved(X, X), Array)
    assert_type(doubled(X), Array)
    assert_type(tripled(X), Array)
    y: Array = scaled(2, X)  # pyright loses what a partial makes
    assert y[1] == 2
    assert rt.grad(lambda x: halved(x, x).sum())(X)[1] == 1
    assert rt.grad(lambda x: doubled(x).sum())(X)[1] == 2
    assert rt.grad(lambda x: tripled(x).sum())(X)[1] == 3
    assert_type(doubled_jvp((X,), (X,)), tuple[Array, Array])
    if TYPE_CHECKING:
        halved(X)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        doubled("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        halved.defvjp(halved_fwd)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        halved.defvjp(loss, halved_bwd)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_named_call() -> None:
    assert_type(rt.named_call(loss)(W, X), Array)
    assert_type(rt.named_call(loss, name="error")(W, X), Array)
    assert rt.named_call(loss).__name__ == "loss"
    if TYPE_CHECKING:
        rt.named_call(loss)(W)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_what_a_transform_gives_is_called_as_its_function() -> None:
    for transform in (rt.jit, rt.grad, rt.value_and_grad, rt.vmap, rt.checkpoint, rt.custom_vjp, rt.custom_jvp,
                      rt.named_call, rt.jacfwd, rt.jacrev, rt.hessian, rt.make_jaxpr):  # fmt: skip
        made: Any = transform(loss)
        assert (made.__name__, made.__doc__, made.__module__) == ("loss", loss.__doc__, __name__), transform
        assert inspect.unwrap(made) is loss
