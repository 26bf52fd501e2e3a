"""Small networks written once for both libraries: `lib` is rustorch_fn or jax, whose names agree."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

Params = dict[str, Any]


def jax_library() -> SimpleNamespace:
    """JAX under the names that rustorch_fn has."""
    import jax

    return SimpleNamespace(
        numpy=jax.numpy, lax=jax.lax, tree=jax.tree, grad=jax.grad, jit=jax.jit, jvp=jax.jvp, vmap=jax.vmap,
        vjp=jax.vjp, linearize=jax.linearize, checkpoint=jax.checkpoint, jacfwd=jax.jacfwd, jacrev=jax.jacrev,
        custom_vjp=jax.custom_vjp, hessian=jax.hessian,
    )  # fmt: skip


def mlp(dtype: Any = np.float32) -> tuple[Any, Params, dict[str, np.ndarray]]:
    """A network of two layers on five examples: (outputs(lib, p, data), parameters, data)."""
    rng = np.random.default_rng(0)
    params = {
        "w1": 0.5 * rng.standard_normal((6, 7)), "b1": 0.1 * rng.standard_normal(7),
        "w2": 0.5 * rng.standard_normal((7, 5)), "b2": 0.1 * rng.standard_normal(5),
    }  # fmt: skip
    data = {"x": rng.standard_normal((4, 6)), "y": rng.integers(0, 5, 4).astype(np.int32)}

    def outputs(lib: Any, p: Params, d: dict[str, Any]) -> Any:
        h = lib.numpy.tanh(d["x"] @ p["w1"] + p["b1"])
        return h @ p["w2"] + p["b2"]

    return outputs, _typed(params, dtype), _typed(data, dtype)


def convnet(dtype: Any = np.float32) -> tuple[Any, Params, dict[str, np.ndarray]]:
    """Two convolutions, a pool and a linear layer on three pictures."""
    rng = np.random.default_rng(1)
    params = {
        "k1": 0.4 * rng.standard_normal((3, 1, 3, 3)), "b1": 0.1 * rng.standard_normal((3, 1, 1)),
        "k2": 0.3 * rng.standard_normal((4, 3, 3, 3)),
        "w": 0.4 * rng.standard_normal((16, 5)), "b": 0.1 * rng.standard_normal(5),
    }  # fmt: skip
    data = {"x": rng.standard_normal((3, 1, 6, 6)), "y": rng.integers(0, 5, 3).astype(np.int32)}

    def outputs(lib: Any, p: Params, d: dict[str, Any]) -> Any:
        n, conv = lib.numpy, lib.lax.conv_general_dilated
        h = n.tanh(conv(d["x"], p["k1"], (1, 1), "SAME") + p["b1"])
        h = lib.lax.reduce_window(h, -np.inf, lib.lax.max, (1, 1, 2, 2), (1, 1, 1, 1), "VALID")
        h = n.maximum(conv(h, p["k2"], (2, 2), "VALID"), 0.0)
        return n.reshape(h, (h.shape[0], -1)) @ p["w"] + p["b"]

    return outputs, _typed(params, dtype), _typed(data, dtype)


def loss(lib: Any, outputs: Any, p: Params, d: dict[str, Any]) -> Any:
    """The mean softmax cross-entropy."""
    n = lib.numpy
    z = outputs(lib, p, d)
    top = n.max(z, axis=-1, keepdims=True)
    logs = z - top - n.log(n.sum(n.exp(z - top), axis=-1, keepdims=True))
    return -n.mean(n.take_along_axis(logs, d["y"][..., None], axis=-1))


def _typed(values: dict[str, np.ndarray], dtype: Any) -> dict[str, np.ndarray]:
    return {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in values.items()}
