"""Public functions say what they take and give: mypy and pyright read this file, and pytest runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_type

import numpy as np

import rustorch_fn as rt
from rustorch_fn import lax, nn, optim, random
from rustorch_fn import numpy as jnp
from rustorch_fn.typing import Array, ArrayLike, Axis, DTypeLike, PyTree, Shape

X = jnp.ones((2, 3))


def takes(x: ArrayLike, dtype: DTypeLike, shape: Shape, axis: Axis, tree: PyTree) -> Array:
    """All the types that public signatures speak of."""
    return jnp.sum(jnp.broadcast_to(jnp.asarray(x, dtype), tuple(shape)), axis) + len(rt.tree.leaves(tree))


def test_the_types_of_arguments() -> None:
    for dtype in ("float32", float, np.float32, jnp.float32, X.dtype, np.dtype("float32")):
        assert takes(1.0, dtype, (2,), None, None) == 2
    for x in (X, np.ones((2, 3)), np.float32(1), True, 1, 1.0):
        assert takes(x, "float32", [2, 3], (0, 1), {"a": 1}) == 7
    if TYPE_CHECKING:
        takes("1", "float32", (2,), None, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        takes(1, 32, (2,), None, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        takes(1, "float32", 2.5, None, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        takes(1, "float32", (2,), "0", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_arrays() -> None:
    assert_type(X.shape, tuple[int, ...])
    assert_type(X + 1, Array)
    assert_type(1 + X, Array)
    assert_type(-X @ X.T, Array)
    assert_type(X == 1, Array)
    assert_type(X > np.ones(3), Array)
    assert_type(divmod(X, 2), tuple[Array, Array])
    assert_type(X[0, None], Array)
    assert_type(X.sum(axis=0, keepdims=True), Array)
    assert_type(X.reshape(3, 2).astype("int32").mean(), Array)
    assert_type(X.at[0].set(1.0), Array)
    assert_type(X.at[0, 1].add([1.0]), Array)
    assert_type(X.T, Array)
    assert_type([row for row in X], list[Array])
    assert_type(float(X[0, 0]), float)
    assert_type(X.devices(), set[rt.Device])
    if TYPE_CHECKING:
        X + "1"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
        X.sum(axes=0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        X.summ()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        X.at[0].put(1)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        X.shape = (3, 2)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_numpy() -> None:
    assert_type(jnp.sin(1.0), Array)
    assert_type(jnp.add(X, 1), Array)
    assert_type(jnp.where(X > 0, X, 0), Array)
    assert_type(jnp.where(X > 0), tuple[Array, ...])
    assert_type(jnp.linalg.norm(X), Array)
    assert_type(jnp.modf(X), tuple[Array, Array])
    assert_type(jnp.zeros((2, 3), jnp.int32), Array)
    assert_type(jnp.einsum("ij,kj->ik", X, X), Array)
    assert_type(jnp.concatenate([X, X], axis=1), Array)
    if TYPE_CHECKING:
        jnp.sin("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        jnp.sin(x=X)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        jnp.add(X)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        jnp.zeros(X, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        jnp.sine(X)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        _ = jnp.np  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_lax() -> None:
    assert_type(lax.exp(X), Array)
    assert_type(lax.dot_general(X, X, (((1,), (1,)), ((), ()))), Array)
    assert_type(lax.dynamic_slice_in_dim(X, 0, 1), Array)
    assert_type(lax.max(X, 0.0), Array)
    if TYPE_CHECKING:
        lax.exp([1.0])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lax.max(X)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_random() -> None:
    key = random.key(0)
    assert_type(key, Array)
    assert_type(random.normal(key, (3,)), Array)
    one, _ = random.split(key)
    assert_type(one, Array)
    if TYPE_CHECKING:
        random.normal(0, (3,))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        random.normal(key, shap=(3,))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_nn_and_optim() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    params, _ = model.init(random.key(0))
    assert_type(params, dict[str, Any])
    adam = optim.adam(1e-3)
    assert_type(adam, optim.GradientTransformation)
    updates, _ = adam.update(params, adam.init(params), params)
    assert rt.tree.structure(optim.apply_updates(params, updates)) == rt.tree.structure(params)
    assert_type(nn.relu(X), Array)
    if TYPE_CHECKING:
        nn.Linear("3", 2)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        nn.relu()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        optim.adam(lr="0.1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        nn.Lineal(3, 2)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_other_rooms() -> None:
    assert_type(rt.tree.leaves({"a": 1}), list[Any])
    assert_type(rt.devices(), list[rt.Device])
    assert_type(rt.default_backend(), str)
    assert isinstance(rt.formats.safetensors.dumps({"a": X}), bytes)
    assert_type(rt.data.Digits.__name__, str)
    if TYPE_CHECKING:
        _ = rt.format  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        rt.set_default_backend(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_tracers_are_arrays() -> None:
    seen: list[bool] = []

    def look(x: Array) -> Array:
        seen.append(isinstance(x, rt.Array) and isinstance(x, jnp.ndarray) and issubclass(type(x), rt.Array))
        return x * 2

    for transform in (rt.jit, rt.vmap, rt.checkpoint, lambda f: rt.jit(rt.vmap(f)), rt.jacrev, rt.jacfwd):
        transform(look)(jnp.ones(2))
    assert seen == [True] * len(seen)
    assert len(seen) >= 6
    others: list[object] = [np.ones(2), 1.0, [X], None]
    assert not any(isinstance(x, rt.Array) for x in others)
