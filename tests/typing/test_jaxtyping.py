"""jaxtyping's annotations hold for our arrays: for type checkers, and at run time in every trace."""

# ruff: noqa: F722  (the strings name axes)
from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_type

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import BFloat16, Bool, Float, Float32, Int, Int32, Key, Shaped, TypeCheckError, UInt8, jaxtyped

import rustorch_fn as rt
from rustorch_fn.typing import Array

if TYPE_CHECKING:
    Rows = Float[rt.Array, "b n"]


@jaxtyped(typechecker=beartype)
def product(x: Float[rt.Array, "b n"], w: Float[rt.Array, "n m"]) -> Float[rt.Array, "b m"]:
    """Checked at each call: sizes of one name are equal."""
    return x @ w


X, W = rt.numpy.ones((4, 3)), rt.numpy.ones((3, 2))


def test_calls_that_fit() -> None:
    assert product(X, W).shape == (4, 2)
    assert_type(product(X, W), Array)
    if TYPE_CHECKING:
        rows: Rows = X
        product(rows)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        product(rows, "w")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("x", "w"),
    [
        (X, rt.numpy.ones((4, 2))),
        (X, rt.numpy.ones(3)),
        (X.astype("int32"), W),
        (np.ones((4, 3), np.float32), W),
        (1.0, W),
    ],
)
def test_calls_that_do_not_fit(x: Any, w: Any) -> None:
    with pytest.raises(TypeCheckError):
        product(x, w)


def test_tracers_are_checked_like_arrays() -> None:
    assert rt.jit(product)(X, W).shape == (4, 2)
    assert rt.grad(lambda x: product(x, W).sum())(X).shape == (4, 3)
    assert rt.jvp(product, (X, W), (X, W))[1].shape == (4, 2)
    assert rt.vmap(product, in_axes=(0, None))(X[None], W).shape == (1, 4, 2)
    assert rt.jit(rt.vmap(rt.grad(lambda w, x: product(x, w).sum()), (None, 0)))(W, X[None]).shape == (1, 3, 2)
    for transform in (rt.jit, lambda f: rt.vmap(f, in_axes=(None, 0))):
        wrong: Any = transform(product)
        with pytest.raises(TypeCheckError):
            wrong(X, rt.numpy.ones((4, 2)))


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        (Float, "float32"), (Float, "bfloat16"), (Float32, "float32"), (BFloat16, "bfloat16"), (Int, "int32"),
        (Int32, "int32"), (UInt8, "uint8"), (Bool, "bool"), (Shaped, "float16"),
    ],
)  # fmt: skip
def test_each_element_type(kind: Any, dtype: str) -> None:
    x = rt.numpy.zeros((2,), dtype)
    assert isinstance(x, kind[rt.Array, "2"])
    assert not isinstance(x, kind[rt.Array, "3"])
    assert isinstance(x, kind[rt.numpy.ndarray, "..."])
    seen = []
    rt.jit(lambda x: seen.append(isinstance(x, kind[rt.Array, "2"])))(x)
    assert seen == [True]


def fits(x: object, kind: Any) -> bool:
    """isinstance, of which type checkers know nothing here."""
    return isinstance(x, kind)


def test_keys() -> None:
    key = rt.random.key(0)
    assert fits(key, Key[rt.Array, ""])
    assert fits(rt.random.split(key), Key[rt.Array, "2"])
    assert not fits(X, Key[rt.Array, "..."])
    assert not fits(key, Float[rt.Array, ""])
